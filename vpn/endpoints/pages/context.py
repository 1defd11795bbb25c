"""What the pages about endpoints show, made from rows that were read already."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.utils.functional import Promise

from vpn.endpoints import queries
from vpn.endpoints.chain import EgressChain, chains
from vpn.endpoints.models import Endpoint, SiteToSiteVpn, SnapshotModel
from vpn.endpoints.reasons import ERRORS
from vpn.endpoints.statuses import AUTHENTICATION, VANISHED, StatusBadge, status_badge
from vpn.profiles.configuration import ConfigurationFaults, configuration_faults

# An endpoint has room for thousands; the newest are what the helpdesk looks for here.
SHOWN_CONNECTIONS: Final = 200


@dataclass(frozen=True)
class SnapshotFailure:
    """Why the newest snapshot of ``row`` failed: in our words, with AWS's own code and message."""

    row: SnapshotModel
    text: Promise
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
    """A target network, rule, route or tunnel as AWS described it, with its state in words."""

    fields: dict[str, Any]
    status: StatusBadge


@dataclass(frozen=True)
class EndpointDetails:
    chains: list[EgressChain]
    authentication: list[str | Promise]
    target_networks: list[EndpointItem]
    rules: list[EndpointItem]
    routes: list[EndpointItem]
    configuration_faults: ConfigurationFaults


@dataclass(frozen=True)
class SiteToSiteVpnRow:
    """A Site-to-Site VPN connection."""

    row: SiteToSiteVpn
    status: StatusBadge
    tunnels: list[EndpointItem]


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
    text = ERRORS.get(row.error_id, ERRORS["aws-failed"])
    return SnapshotFailure(row, text, row.error_code, row.error_message, row.attempted_at)


def endpoint_details(endpoint: Endpoint) -> EndpointDetails:
    return EndpointDetails(
        chains=chains(endpoint.label, endpoint.egress),
        authentication=[AUTHENTICATION.get(kind, kind) for kind in endpoint.authentication],
        target_networks=_items(endpoint.target_networks),
        rules=_items(endpoint.authorization_rules),
        routes=_items(endpoint.routes),
        configuration_faults=configuration_faults(endpoint),
    )


def site_to_site_vpn_rows(rows: Iterable[SiteToSiteVpn]) -> list[SiteToSiteVpnRow]:
    return [SiteToSiteVpnRow(row, status_badge(row.state), _items(row.tunnels)) for row in rows]


def _items(described: Iterable[dict[str, Any]]) -> list[EndpointItem]:
    return [EndpointItem(fields, status_badge(fields["status"])) for fields in described]
