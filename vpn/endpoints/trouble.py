"""What is broken at an endpoint for the people who use it. No other module decides this."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from vpn.endpoints.models import Endpoint

AVAILABLE: Final = "available"
# Who used an endpoint knows by then that it is gone.
GONE_IS_NEWS: Final = timedelta(days=30)


class TroubleKind(StrEnum):
    """GONE: AWS has it no more. CLOSED: nobody can connect. NO_EGRESS: connected, but without the fixed address."""

    GONE = "gone"
    CLOSED = "closed"
    NO_EGRESS = "no-egress"


@dataclass(frozen=True)
class EndpointTrouble:
    """``since``: the last snapshot in which it was in order, so the trouble began at most one snapshot later."""

    endpoint: Endpoint
    kind: TroubleKind
    since: datetime | None


def find_trouble(endpoint: Endpoint) -> EndpointTrouble | None:
    """None: people can use it, or nobody ever could."""
    if endpoint.vanished_at is not None:
        return EndpointTrouble(endpoint, TroubleKind.GONE, endpoint.vanished_at)
    if is_standby(endpoint):
        return None
    if endpoint.status != AVAILABLE:
        # AWS exports the configuration only while a subnet is associated (ExportClientVpnClientConfiguration).
        return EndpointTrouble(endpoint, TroubleKind.CLOSED, endpoint.configuration_seen_at)
    # Where AWS's network has never shown us an address (a transit gateway, say), none is missing.
    if not endpoint.split_tunnel and not endpoint.egress_ips and endpoint.egress_known_at is not None:
        return EndpointTrouble(endpoint, TroubleKind.NO_EGRESS, endpoint.egress_known_at)
    return None


def is_standby(endpoint: Endpoint) -> bool:
    """An endpoint that never had a subnet: nobody has its profile, so nobody can miss it."""
    return endpoint.status != AVAILABLE and not endpoint.configuration


def solves(candidate: Endpoint, trouble: EndpointTrouble) -> bool:
    """Whether whoever has this trouble is helped by connecting to ``candidate``."""
    if candidate == trouble.endpoint or find_trouble(candidate) or is_standby(candidate):
        return False
    if not trouble.endpoint.split_tunnel:
        # Who uses it wants the fixed address, which a split tunnel doesn't give.
        return not candidate.split_tunnel and bool(candidate.egress_ips)
    # Another VPC has other systems in it.
    return bool(candidate.vpc_id) and candidate.vpc_id == trouble.endpoint.vpc_id
