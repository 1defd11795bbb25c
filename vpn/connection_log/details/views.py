"""`/connections/<id>/` for whoever may read all, `/connections/mine/…` for everybody's own."""

from typing import Final

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from portal.access.decorators import requires
from portal.access.permissions import Permission
from portal.access.requests import PortalRequest
from portal.audit import targets
from portal.audit.services import record
from portal.audit.tags import Tag
from vpn.connection_log.details import pages, queries
from vpn.connection_log.freshness import freshness
from vpn.connection_log.models import Connection
from vpn.connection_log.search.lines import lines_of
from vpn.connection_log.search.pages import cursor_of, position_of
from vpn.connection_log.search.people import people_named

SIZE: Final = 50


@require_safe
@requires(Permission.CONNECTION_READ)
def connection(request: PortalRequest, connection_id: str) -> HttpResponse:
    row = queries.connection_by_id(connection_id)
    if row is None:
        raise Http404
    if outcome := queries.led_to(row):
        return redirect("connection", outcome.connection_id)
    record_view(request, row)
    around = queries.around(row)
    context = pages.context_of(row) | pages.live_of(queries.live_of(row))
    context |= {
        "events": pages.events_of(queries.events_of(row)),
        "of_person": lines_of(around.of_person),
        "of_device": lines_of(around.of_device),
        "parents": [{"label": _("Connection log"), "url": reverse("connections")}],
    }
    return render(request, "vpn/connection_log/details/page.html", context)


@require_safe
@requires(Permission.CONNECTION_READ_OWN)
def my_connection(request: PortalRequest, connection_id: str) -> HttpResponse:
    row = queries.own_connection(connection_id, username=request.user.username)
    if row is None:
        raise Http404
    if (outcome := queries.led_to(row)) and outcome.user_id in people_named(request.user.username):
        return redirect("my_connection", outcome.connection_id)
    parents = [{"label": _("My connections"), "url": reverse("my_connections")}]
    context = pages.context_of(row) | pages.live_of(queries.live_of(row)) | {"own": True, "parents": parents}
    return render(request, "vpn/connection_log/details/page.html", context)


@require_safe
@requires(Permission.CONNECTION_READ_OWN)
def my_connections(request: PortalRequest) -> HttpResponse:
    before = position_of(request.GET.get("before", ""))
    found = queries.own_connections(request.user.username).order_by("-at", "-connection_id")
    if before:
        found = found.filter(pk__lt=(before.at, before.connection_id), at__lte=before.at)
    rows = list(found[: SIZE + 1])
    older = f"?before={cursor_of(rows[SIZE - 1])}" if len(rows) > SIZE else ""
    context = {
        "lines": lines_of(rows[:SIZE]),
        "older_url": older,
        "newest_url": reverse("my_connections") if before else "",
        "freshness": freshness(),
    }
    return render(request, "vpn/connection_log/details/mine.html", context)


def record_view(request: PortalRequest, row: Connection) -> None:
    """Somebody else's; ``row`` need not be a stored one."""
    username = row.user.username if row.user else ""
    if username.lower() == request.user.username.lower():
        return
    record(
        Tag.CONNECTION_VIEWED,
        actor=request.user,
        target=targets.person(username) if username else None,
        address=request.client_address,
        reference=request.reference,
        details={"connection": row.connection_id},
    )
