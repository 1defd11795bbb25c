"""The context processor of an employee's pages that have no verdict on them."""

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from portal.access.permissions import Permission
from vpn.egress.notices import notices_for
from vpn.egress.person import person_context
from vpn.notices.notice import Notice


def person_notices(request: HttpRequest) -> dict[str, object]:
    """Computed only where a template asks for it; None for who isn't signed in."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated or not user.may(Permission.HOME_READ):
        return {"person_notices": None}

    def notices() -> list[Notice]:
        return notices_for(person_context(user))

    return {"person_notices": SimpleLazyObject(notices)}
