"""Reading when AWS replaces the ends of tunnels.

IAM, on the connection: ec2:GetVpnTunnelReplacementStatus.
"""

from typing import TYPE_CHECKING

from vpn.aws import snapshots
from vpn.aws.errors import translated

if TYPE_CHECKING:
    from vpn.aws.session import EC2Client


def tunnel_maintenance(
    client: "EC2Client", *, vpn_connection_id: str, outside_ip: str
) -> snapshots.TunnelMaintenanceSnapshot:
    """EC2 GetVpnTunnelReplacementStatus, of one tunnel. Raises AwsError."""
    with translated():
        details = client.get_vpn_tunnel_replacement_status(
            VpnConnectionId=vpn_connection_id, VpnTunnelOutsideIpAddress=outside_ip
        ).get("MaintenanceDetails", {})
        return snapshots.TunnelMaintenanceSnapshot(
            pending=details.get("PendingMaintenance", ""),
            applied_after=details.get("MaintenanceAutoAppliedAfter"),
            last_applied=details.get("LastMaintenanceApplied"),
        )
