"""What the pages about endpoints show, made from rows that are already read."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.utils.functional import Promise

from vpn.endpoints import queries
from vpn.endpoints.chain import Chain, chains
from vpn.endpoints.models import Endpoint, SiteToSiteVpn, Snapshot
from vpn.endpoints.reasons import ERRORS
from vpn.endpoints.statuses import AUTHENTICATION, VANISHED, Status, status_of

# An endpoint has room for thousands; the newest are what the helpdesk looks for here.
SHOWN_CONNECTIONS: Final = 200


@dataclass(frozen=True)
class Failure:
    """Why the newest look at ``of`` failed: in our words, with AWS's own code and message."""

    of: Snapshot
    words: Promise
    code: str
    message: str
    at: datetime | None


@dataclass(frozen=True)
class Line:
    """An endpoint in the list, and the top of its own page. ``connected`` None: not known."""

    endpoint: Endpoint
    status: Status
    connected: int | None
    vanished: bool
    stale: bool
    failure: Failure | None


@dataclass(frozen=True)
class Item:
    """A target network, rule, route or tunnel as AWS described it, with its state in words."""

    fields: dict[str, Any]
    status: Status


@dataclass(frozen=True)
class Details:
    chains: list[Chain]
    authentication: list[str | Promise]
    target_networks: list[Item]
    rules: list[Item]
    routes: list[Item]


@dataclass(frozen=True)
class Vpn:
    """A Site-to-Site VPN connection."""

    row: SiteToSiteVpn
    status: Status
    tunnels: list[Item]


def line_of(found: queries.Counted) -> Line:
    endpoint, vanished = found.endpoint, found.endpoint.vanished_at is not None
    return Line(
        endpoint=endpoint,
        status=VANISHED if vanished else status_of(endpoint.status),
        connected=found.connected if endpoint.connections_seen_at and not vanished else None,
        vanished=vanished,
        stale=not vanished and queries.is_stale(endpoint),
        failure=failure_of(endpoint) if endpoint.error_id and not vanished else None,
    )


def failure_of(row: Snapshot) -> Failure:
    words = ERRORS.get(row.error_id, ERRORS["aws-failed"])
    return Failure(row, words, row.error_code, row.error_message, row.attempted_at)


def details_of(endpoint: Endpoint) -> Details:
    return Details(
        chains=chains(endpoint.label, endpoint.egress),
        authentication=[AUTHENTICATION.get(kind, kind) for kind in endpoint.authentication],
        target_networks=_items(endpoint.target_networks),
        rules=_items(endpoint.authorization_rules),
        routes=_items(endpoint.routes),
    )


def vpns_of(rows: Iterable[SiteToSiteVpn]) -> list[Vpn]:
    return [Vpn(row, status_of(row.state), _items(row.tunnels)) for row in rows]


def _items(described: Iterable[dict[str, Any]]) -> list[Item]:
    return [Item(fields, status_of(fields["status"])) for fields in described]
