"""The two tunnels of a Site-to-Site VPN connection (``VgwTelemetry``), which moto leaves out."""

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sandbox.aws.errors import invalid


@dataclass(frozen=True)
class Tunnel:
    """``accepted_routes`` is what BGP learned while the tunnel is up; with static routes AWS counts those."""

    outside_ip: str
    status: str
    message: str
    changed_at: float
    accepted_routes: int
    # AWS will replace the tunnel's end: when by itself at the latest, if that is announced; when it last did.
    maintenance_after: float | None = None
    maintained_at: float | None = None

    def described(self) -> dict[str, Any]:
        return {
            "OutsideIpAddress": self.outside_ip,
            "Status": self.status,
            "StatusMessage": self.message,
            "LastStatusChange": datetime.fromtimestamp(self.changed_at, UTC).replace(microsecond=0),
            "AcceptedRouteCount": self.accepted_routes if self.status == "UP" else 0,
        }

    def replacement_status(self) -> dict[str, Any]:
        """``MaintenanceDetails`` of GetVpnTunnelReplacementStatus. AWS doesn't publish the words of the first."""
        details: dict[str, Any] = {
            "PendingMaintenance": "None" if self.maintenance_after is None else "Available",
        }
        if self.maintenance_after is not None:
            details["MaintenanceAutoAppliedAfter"] = datetime.fromtimestamp(self.maintenance_after, UTC)
        if self.maintained_at is not None:
            details["LastMaintenanceApplied"] = datetime.fromtimestamp(self.maintained_at, UTC)
        return details


def new_tunnels(vpn_connection_id: str, *, now: float) -> list[Tunnel]:
    """Two tunnels that are up, with outside addresses of TEST-NET-2 that stay the same for the connection."""
    # From the id, so that the addresses survive a restart without being stored.
    first = hashlib.sha256(vpn_connection_id.encode()).digest()[0] % 100 + 100
    return [Tunnel(f"198.51.100.{first + side}", "UP", "1 BGP ROUTES", now, 1) for side in (0, 1)]


def changed(tunnel: Tunnel, *, status: str, message: str, now: float) -> Tunnel:
    if status not in {"UP", "DOWN"}:
        raise invalid(f"A tunnel is UP or DOWN, not {status!r}")
    text = message or ("1 BGP ROUTES" if status == "UP" else "IPSEC IS DOWN")
    # LastStatusChange moves only when the status does.
    moment = tunnel.changed_at if status == tunnel.status else now
    return replace(tunnel, status=status, message=text, changed_at=moment)
