"""The context processor of the header: what waits for the decision of whoever is signed in."""

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from portal.access.permissions import Permission
from vpn.operations.queries import awaiting_approval_by


def waiting_approvals(request: HttpRequest) -> dict[str, object]:
    """``waiting_approvals``: how many operations; asked for only where a template has the header."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated or not user.may(Permission.OPERATION_APPROVE):
        return {"waiting_approvals": 0}
    return {"waiting_approvals": SimpleLazyObject(lambda: awaiting_approval_by(user))}
