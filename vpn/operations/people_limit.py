"""OPERATION_MAX_PEOPLE: how many people one operation may affect. It limits the harm of a mistake."""

from django.conf import settings
from django.utils.translation import gettext


def too_many_people_text(count: int) -> str:
    """For a request that would affect ``count`` people. Says how to go on."""
    text = gettext(
        "This would act on %(count)s people at once; the portal allows %(limit)s. Do it in smaller parts or when fewer "
        "people are connected, or have OPERATION_MAX_PEOPLE raised."
    )
    return text % {"count": count, "limit": settings.OPERATION_MAX_PEOPLE}
