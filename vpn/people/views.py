"""`/people/`: whom what is being typed may mean, for fields that are about a person."""

from typing import Final

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.access.decorators import requires
from portal.access.permissions import Permission
from portal.access.requests import PortalRequest
from portal.rates import is_over, seconds_left
from vpn.people.lookup import search_people

MAX_SHOWN: Final = 8
# Somebody who types fast sends three a second. It keeps a script from reading the whole directory this way.
PER_MINUTE: Final = 180


@require_safe
@requires(Permission.CONNECTION_READ)
def suggestions(request: PortalRequest) -> HttpResponse:
    """A list of options to choose from, as a fragment. Names only, so it isn't recorded as a look at anybody's data."""
    if is_over("people", request.user.username, per_minute=PER_MINUTE):
        return HttpResponse(status=429, headers={"Retry-After": str(seconds_left())})
    people = search_people(request.GET.get("q", "")[:200], limit=MAX_SHOWN)
    return render(request, "vpn/people/_suggestions.html", {"people": people})
