"""How many people one operation may act on: OPERATION_MAX_PEOPLE, in words, with how to go on."""

from django.conf import settings
from django.utils.translation import gettext


def too_many_people_text(count: int) -> str:
    said = gettext(
        "This would act on %(count)s people at once; the portal allows %(limit)s. Do it in smaller parts or when fewer "
        "people are connected, or have OPERATION_MAX_PEOPLE raised."
    )
    return said % {"count": count, "limit": settings.OPERATION_MAX_PEOPLE}
