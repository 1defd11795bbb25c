"""`/connections/<id>/` for whoever may read all, `/connections/mine/…` for everybody's own."""

from collections.abc import Iterable
from typing import Final

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from portal.access.decorators import requires
from portal.access.names import is_same_account
from portal.access.permissions import Permission
from portal.access.requests import PortalRequest
from portal.audit import targets
from portal.audit.services import record
from portal.audit.tags import Tag
from vpn.connect_attempts.queries import find_attempt
from vpn.connection_details import pages, queries
from vpn.connection_details.likely import likely_people
from vpn.connection_details.own import own_page_context, own_rows
from vpn.connection_log.coverage.queries import coverage
from vpn.connection_log.coverage.texts import stored_text
from vpn.connection_log.freshness import freshness
from vpn.connection_log.models import Connection
from vpn.connection_log.search.fields import EARLIEST
from vpn.connection_log.search.pages import page_cursor, parse_position
from vpn.connection_log.search.people import people_named
from vpn.connection_log.search.rows import connection_rows

SIZE: Final = 50


@require_safe
@requires(Permission.CONNECTION_READ)
def connection(request: PortalRequest, connection_id: str) -> HttpResponse:
    row = queries.connection_by_id(connection_id)
    if row is None:
        raise Http404
    if outcome := queries.sign_in_outcome(row):
        return redirect("connection", outcome.connection_id)
    likely = likely_people(row)
    record_view(request, row, people=[person.username for person in likely])
    around = queries.nearby_connections(row)
    live = queries.live_connection(row)
    context = pages.page_context(row) | pages.live_context(live)
    context |= {
        "unread": pages.unread_end(row, live),
        "likely": pages.likely_rows(likely),
        "events": pages.event_rows(queries.connection_events(row), find_attempt(row.connection_id)),
        "of_person": connection_rows(around.of_person),
        "of_device": connection_rows(around.of_device),
        "parents": [{"label": _("Connection log"), "url": reverse("connections")}],
    }
    # Whoever isn't connected and whom nobody knows can be neither disconnected nor blocked.
    if "live" in context or context["line"].username:
        context["may_operate"] = request.user.may(Permission.OPERATION_REQUEST)
    return render(request, "vpn/connection_details/page.html", context)


@require_safe
@requires(Permission.CONNECTION_READ_OWN)
def my_connection(request: PortalRequest, connection_id: str) -> HttpResponse:
    row = queries.own_connection(connection_id, username=request.user.username)
    if row is None:
        raise Http404
    if (outcome := queries.sign_in_outcome(row)) and outcome.user_id in people_named(request.user.username):
        return redirect("my_connection", outcome.connection_id)
    parents = [{"label": _("My connections"), "url": reverse("my_connections")}]
    live = queries.live_connection(row)
    context = (
        own_page_context(row)
        | pages.live_context(live)
        | {"parents": parents, "unread": pages.unread_end(row, live)}
    )
    return render(request, "vpn/connection_details/page.html", context)


@require_safe
@requires(Permission.CONNECTION_READ_OWN)
def my_connections(request: PortalRequest) -> HttpResponse:
    before = parse_position(request.GET.get("before", ""))
    own_connections = queries.own_connections(request.user.username).order_by("-at", "-connection_id")
    if before:
        # ``at`` once more: PostgreSQL doesn't see that the comparison of both columns bounds the range to be read.
        own_connections = own_connections.filter(pk__lt=(before.at, before.connection_id), at__lte=before.at)
    rows = list(own_connections[: SIZE + 1])
    older = f"?before={page_cursor(rows[SIZE - 1])}" if len(rows) > SIZE else ""
    context = {
        "lines": own_rows(rows[:SIZE]),
        "stored": "" if rows else stored_text(coverage(EARLIEST, timezone.now())),
        "older_url": older,
        "newest_url": reverse("my_connections") if before else "",
        "freshness": freshness(),
    }
    return render(request, "vpn/connection_details/mine.html", context)


def record_view(request: PortalRequest, row: Connection, *, people: Iterable[str] = ()) -> None:
    """Somebody else's; ``row`` need not be a stored one. ``people``: others who are named with it."""
    username = row.user.username if row.user else ""
    if is_same_account(username, request.user.username):
        return
    record(
        Tag.CONNECTION_VIEWED,
        actor=request.user,
        target=targets.person(username) if username else None,
        people=people,
        address=request.client_address,
        reference=request.reference,
        details={"connection": row.connection_id},
    )
