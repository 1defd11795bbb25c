"""What the pages about endpoints show, made from rows that were read already."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from django.db.models import TextChoices
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from vpn.endpoints import queries
from vpn.endpoints.models import Endpoint, SiteToSiteVpn, SnapshotModel
from vpn.endpoints.reasons import error_text
from vpn.endpoints.statuses import VANISHED, StatusBadge, status_badge
from vpn.tunnels.queries import maintenance_sentences

# An endpoint has room for thousands; the newest are what the helpdesk looks for here.
SHOWN_CONNECTIONS: Final = 200
# VgwTelemetry.StatusMessage of a tunnel that is up; AWS documents no other form.
BGP_ROUTES: Final = re.compile(r"(\d+) BGP ROUTES?")


class EndpointTab(TextChoices):
    """The parts of an endpoint's page, as AWS's console divides it. Values are the parameter ``tab`` of its URL."""

    DETAILS = "details", _("Details")
    NETWORKS = "networks", _("Target networks")
    ROUTES = "routes", _("Routes")
    RULES = "rules", _("Authorization rules")
    POLICY = "policy", _("Authorization policy")
    CONNECTIONS = "connections", _("Connected now")
    METRICS = "metrics", _("Metrics")
    OPERATIONS = "operations", _("Operations")
    CHANGES = "changes", _("History of changes")


@dataclass(frozen=True)
class SnapshotFailure:
    """Why the newest snapshot of ``row`` failed: in our words, with AWS's own code and message."""

    row: SnapshotModel
    text: str
    code: str
    message: str
    at: datetime | None


@dataclass(frozen=True)
class EndpointRow:
    """An endpoint in the list, and the top of its own page. ``connected`` None: not known."""

    endpoint: Endpoint
    status: StatusBadge
    connected: int | None
    vanished: bool
    stale: bool
    failure: SnapshotFailure | None


@dataclass(frozen=True)
class EndpointItem:
    """A tunnel as AWS described it, with its state in words."""

    fields: dict[str, Any]
    status: StatusBadge


@dataclass(frozen=True)
class TunnelItem:
    """A tunnel, and with its own tone what AWS announces of it."""

    item: EndpointItem
    maintenance_tone: str
    maintenance: str


@dataclass(frozen=True)
class TabLink:
    """``count`` None: the tab has no number."""

    name: str
    label: Promise
    url: str
    current: bool
    count: int | None = None


@dataclass(frozen=True)
class SiteToSiteVpnRow:
    """A Site-to-Site VPN connection. ``tunnels``: each with its state and AWS's message about it in one text."""

    row: SiteToSiteVpn
    status: StatusBadge
    tunnels: list[TunnelItem]


def tab_links(row: EndpointRow, current: EndpointTab, *, with_operations: bool) -> list[TabLink]:
    endpoint = row.endpoint
    counts = {
        EndpointTab.NETWORKS: len(endpoint.target_networks),
        EndpointTab.ROUTES: len(endpoint.routes),
        EndpointTab.RULES: len(endpoint.authorization_rules),
        EndpointTab.CONNECTIONS: row.connected,
    }
    return [
        TabLink(tab.value, tab.label, f"?tab={tab.value}", current=tab == current, count=counts.get(tab))
        for tab in EndpointTab
        if tab != EndpointTab.OPERATIONS or with_operations
    ]


def endpoint_row(counted: queries.EndpointConnectionCount) -> EndpointRow:
    endpoint, vanished = counted.endpoint, counted.endpoint.vanished_at is not None
    return EndpointRow(
        endpoint=endpoint,
        status=VANISHED if vanished else status_badge(endpoint.status),
        connected=counted.connected if endpoint.connections_seen_at and not vanished else None,
        vanished=vanished,
        stale=not vanished and queries.is_stale(endpoint),
        failure=snapshot_failure(endpoint) if endpoint.error_id and not vanished else None,
    )


def snapshot_failure(row: SnapshotModel) -> SnapshotFailure:
    text = error_text(row.error_id, row.error_message)
    return SnapshotFailure(row, text, row.error_code, row.error_message, row.attempted_at)


def form_url(kind: str, endpoint: Endpoint, **data: str) -> str:
    """The form of an operation on this endpoint, filled in."""
    query = urlencode({"endpoint": endpoint.endpoint_id, **data})
    return f"{reverse('operation_new', args=[kind])}?{query}"


def site_to_site_vpn_rows(rows: Collection[SiteToSiteVpn], now: datetime) -> list[SiteToSiteVpnRow]:
    maintenance = maintenance_sentences(rows, now)
    return [
        SiteToSiteVpnRow(
            row,
            _line_status(row),
            [
                TunnelItem(_tunnel(fields), *maintenance[row.pk, fields["outside_ip"]])
                for fields in row.tunnels
            ],
        )
        for row in rows
    ]


def _line_status(row: SiteToSiteVpn) -> StatusBadge:
    """AWS calls a connection available, however few of its tunnels carry anything."""
    up = sum(tunnel["status"] == "UP" for tunnel in row.tunnels)
    if row.state != "available" or not row.tunnels or up == len(row.tunnels):
        return status_badge(row.state)
    return StatusBadge("warn", _("One tunnel only")) if up else status_badge("DOWN")


def _tunnel(fields: dict[str, Any]) -> EndpointItem:
    status = status_badge(fields["status"])
    if not fields["message"]:
        return EndpointItem(fields, status)
    routes = BGP_ROUTES.fullmatch(fields["message"])
    message = (
        ngettext("%(count)d BGP route", "%(count)d BGP routes", int(routes[1])) % {"count": int(routes[1])}
        if routes
        else fields["message"]
    )
    text = gettext("%(status)s (%(message)s)") % {"status": status.text, "message": message}
    return EndpointItem(fields, StatusBadge(status.tone, text))
