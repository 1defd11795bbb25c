"""`/api/connections/`: the search, one connection, and who is connected now."""

from datetime import datetime
from typing import Final
from urllib.parse import urlencode

import msgspec
from django import forms
from django.conf import settings
from django.utils import timezone

from portal.access.permissions import Permission
from portal.access.tokens.guard import ApiRequest
from portal.access.tokens.problems import ApiError
from portal.audit.tags import Tag
from vpn.api import cursors
from vpn.api.audit_trail import note
from vpn.api.connection_answers import (
    ConnectionDetailSchema,
    ConnectionEventSchema,
    ConnectionListSchema,
    of_rows,
)
from vpn.api.describe import Described, answers, understood
from vpn.connection_log import models
from vpn.connection_log.details.queries import connection_by_id, events_of, led_to
from vpn.connection_log.log_event import IDENTIFIER
from vpn.connection_log.search.conditions import LONGEST_SESSION, ConnectionSearch, PagePosition, parameters
from vpn.connection_log.search.forms import ConnectionSearchForm
from vpn.connection_log.search.limits import SearchTimeout, limited
from vpn.connection_log.search.queries import newest
from vpn.endpoints.models import LiveConnection

USUAL: Final = 100
MOST: Final = 1000
RANGE: Final = (
    "The parameters are those of the search page, range (hour, day, night, week, month or all) among them. Without"
    " since and until: the last seven days. Moments without an offset are in the portal's time zone."
)


class ConnectionsForm(ConnectionSearchForm):
    limit = forms.IntegerField(label="Connections in one answer", required=False, min_value=1, max_value=MOST)


class LiveConnectionSchema(msgspec.Struct, kw_only=True):
    """Somebody who was connected at ``seen_at``. The log, which is minutes behind, knows ``device_ip`` and the name."""

    connection_id: str
    username: str | None
    endpoint_id: str
    endpoint: str
    client_ip: str | None
    device_ip: str | None
    device_type: str | None
    established_at: datetime | None
    ingress_bytes: int
    egress_bytes: int
    seen_at: datetime | None


class LiveConnectionListSchema(msgspec.Struct):
    connections: list[LiveConnectionSchema]


@answers(
    Described(
        summary="Connections and attempts, newest first",
        description=RANGE,
        answer=ConnectionListSchema,
        permission=Permission.CONNECTION_READ,
        query=ConnectionsForm,
        paged=True,
        problems=("took-too-long",),
    )
)
def connections(request: ApiRequest) -> ConnectionListSchema:
    form = ConnectionsForm(request.GET)
    understood(form)
    search, limit = form.search(), form.cleaned_data["limit"] or USUAL
    query = urlencode([*parameters(search), ("limit", limit)])
    cursor = request.GET.get("cursor", "")
    before = cursors.read(cursor, query=query, token=request.token) if cursor else None
    if before is None:
        note(request, Tag.CONNECTIONS_SEARCHED, conditions=dict(parameters(search)))
    rows = _found(search, limit=limit + 1, before=before)
    more = None
    if len(rows) > limit:
        rows = rows[:limit]
        last = PagePosition(rows[-1].at, rows[-1].connection_id)
        cursor = cursors.written(last, query=query, token=request.token)
        more = f"{settings.SITE_URL}{request.path}?{query}&{urlencode({'cursor': cursor})}"
    return ConnectionListSchema(of_rows(rows, now=timezone.now()), more)


@answers(
    Described(
        summary="One connection, with what AWS logged of it",
        description=(
            "The id of a sign-in in the browser, which AWS logs apart, is answered with the connection or failure that"
            " it led to. Where others from the same address may have led there as well, with the sign-in itself; its"
            " status is sign-in."
        ),
        answer=ConnectionDetailSchema,
        permission=Permission.CONNECTION_READ,
        problems=("not-found",),
    )
)
def connection(request: ApiRequest, connection_id: str) -> ConnectionDetailSchema:
    row = connection_by_id(connection_id) if IDENTIFIER.fullmatch(connection_id) else None
    if row is None:
        raise ApiError("not-found")
    row = led_to(row) or row
    username = row.user.username if row.user else ""
    note(request, Tag.CONNECTION_VIEWED, target=username, connection=row.connection_id)
    return ConnectionDetailSchema(
        **msgspec.structs.asdict(of_rows([row], now=timezone.now())[0]),
        events=[ConnectionEventSchema(event.at, event.raw) for event in events_of(row)],
    )


@answers(
    Described(
        summary="Who was connected at the last look at each endpoint",
        answer=LiveConnectionListSchema,
        permission=Permission.CONNECTION_READ,
    )
)
def live(request: ApiRequest) -> LiveConnectionListSchema:
    note(request, Tag.CONNECTIONS_SEARCHED, target="live")
    rows = list(
        LiveConnection.objects.select_related("endpoint")
        .filter(endpoint__vanished_at=None)
        .order_by("-established_at", "connection_id")
    )
    logged = _logged(rows)
    return LiveConnectionListSchema([_live(row, logged.get(row.connection_id)) for row in rows])


def _found(
    search: ConnectionSearch, *, limit: int, before: PagePosition | None = None
) -> list[models.Connection]:
    try:
        with limited():
            return newest(search, limit=limit, before=before)
    except SearchTimeout as error:
        raise ApiError("took-too-long") from error


def _logged(rows: list[LiveConnection]) -> dict[str, models.Connection]:
    """AWS promises a name here for Active Directory only, and never says where somebody connects from."""
    found = models.Connection.objects.select_related("user").filter(
        connection_id__in=[row.connection_id for row in rows],
        at__gte=timezone.now() - 2 * LONGEST_SESSION,
    )
    return {row.connection_id: row for row in found}


def _live(row: LiveConnection, logged: models.Connection | None) -> LiveConnectionSchema:
    named = logged.user.username if logged and logged.user else None
    return LiveConnectionSchema(
        connection_id=row.connection_id,
        username=named or row.username or row.common_name or None,
        endpoint_id=row.endpoint.endpoint_id,
        endpoint=row.endpoint.label,
        client_ip=row.client_ip,
        device_ip=logged.device_ip if logged else None,
        device_type=logged.device_type if logged else None,
        established_at=row.established_at,
        ingress_bytes=row.ingress_bytes,
        egress_bytes=row.egress_bytes,
        seen_at=row.endpoint.connections_seen_at,
    )
