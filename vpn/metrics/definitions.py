"""The metrics that are read, with the statistic that says most of five minutes.

Names and dimensions: Client VPN administrator guide, "Monitoring Client VPN with CloudWatch"; VPC user guide, "NAT
gateway metrics and dimensions"; Site-to-Site VPN user guide, "Monitor VPN tunnels using CloudWatch".
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

# Client VPN publishes a point so often; NAT gateways and tunnels do each minute, which CloudWatch puts together.
PERIOD: Final = timedelta(minutes=5)
POINTS_A_DAY: Final = 288


@dataclass(frozen=True)
class CloudWatchMetric:
    """``statistic``: what CloudWatch makes of all that was published within PERIOD."""

    namespace: str
    name: str
    statistic: str


def _client_vpn(name: str, statistic: str = "Sum") -> CloudWatchMetric:
    return CloudWatchMetric("AWS/ClientVPN", name, statistic)


def _nat_gateway(name: str) -> CloudWatchMetric:
    return CloudWatchMetric("AWS/NATGateway", name, "Sum")


CONNECTIONS: Final = _client_vpn("ActiveConnectionsCount", "Maximum")
AUTHENTICATION_FAILURES: Final = _client_vpn("AuthenticationFailures")
INGRESS_BYTES: Final = _client_vpn("IngressBytes")
EGRESS_BYTES: Final = _client_vpn("EgressBytes")
# That the handler refused somebody is what it is for, and no error.
HANDLER_DENIALS: Final = _client_vpn("ClientConnectHandlerDeniedConnections")
HANDLER_ERRORS: Final = (
    _client_vpn("ClientConnectHandlerTimeouts"),
    _client_vpn("ClientConnectHandlerInvalidResponses"),
    _client_vpn("ClientConnectHandlerOtherExecutionErrors"),
    _client_vpn("ClientConnectHandlerThrottlingErrors"),
    _client_vpn("ClientConnectHandlerFailedServiceErrors"),
)
ENDPOINT_METRICS: Final = (
    CONNECTIONS,
    AUTHENTICATION_FAILURES,
    INGRESS_BYTES,
    EGRESS_BYTES,
    _client_vpn("IngressPackets"),
    _client_vpn("EgressPackets"),
    # Both count days: the least of five minutes is the newest.
    _client_vpn("CrlDaysToExpiry", "Minimum"),
    _client_vpn("IdpCertDaysToExpiry", "Minimum"),
    _client_vpn("SelfServicePortalClientConfigurationDownloads"),
    HANDLER_DENIALS,
    *HANDLER_ERRORS,
    _client_vpn("AuthorizationPolicyDeniedConnections"),
    _client_vpn("AuthorizationPolicyEvaluationCount"),
    _client_vpn("AuthorizationPolicyTerminatedConnections"),
)
PORT_ERRORS: Final = _nat_gateway("ErrorPortAllocation")
DROPPED_PACKETS: Final = _nat_gateway("PacketsDropCount")
NAT_METRICS: Final = (PORT_ERRORS, DROPPED_PACKETS, _nat_gateway("ConnectionAttemptCount"))
# The most of five minutes: 0 only if the tunnel was down all the time.
TUNNEL_STATE: Final = CloudWatchMetric("AWS/VPN", "TunnelState", "Maximum")
