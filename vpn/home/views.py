"""`/`."""

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from portal.access.decorators import requires
from portal.access.permissions import Permission
from portal.access.requests import PortalRequest


@require_safe
@requires(Permission.HOME_READ)
def home(request: PortalRequest) -> HttpResponse:
    return HttpResponse(request.user.name)
