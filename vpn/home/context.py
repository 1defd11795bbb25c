"""The context processor of an employee's pages that have no verdict on them."""

from functools import cache

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from portal.access.permissions import Permission
from vpn.egress.notices import announcements_for, notices_for
from vpn.egress.person import person_context
from vpn.status.notices import office_notices


def person_pages(request: HttpRequest) -> dict[str, object]:
    """``person_context``, ``person_notices`` and ``person_announcements``, from the same look at the database.

    Computed only where a template asks for them; None for who isn't signed in.
    """
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated or not user.may(Permission.HOME_READ):
        return {"person_context": None, "person_notices": None, "person_announcements": None}
    person = cache(lambda: person_context(user))
    return {
        "person_context": SimpleLazyObject(person),
        "person_notices": SimpleLazyObject(
            lambda: [*office_notices(person().allowed), *notices_for(person())]
        ),
        "person_announcements": SimpleLazyObject(lambda: announcements_for(person())),
    }
