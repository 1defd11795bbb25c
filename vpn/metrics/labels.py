"""What the metrics are called beside AWS's own names, and how their values are written."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from vpn.connection_log.units import format_size
from vpn.endpoints.statuses import status_badge
from vpn.metrics.definitions import TUNNEL_STATE

LABELS: Final[dict[str, Promise]] = {
    "ActiveConnectionsCount": _("Connections at once"),
    "AuthenticationFailures": _("Failed sign-ins"),
    "IngressBytes": _("Sent by clients"),
    "EgressBytes": _("Received by clients"),
    "IngressPackets": _("Packets sent by clients"),
    "EgressPackets": _("Packets received by clients"),
    "CrlDaysToExpiry": _("Until the revocation list expires"),
    "IdpCertDaysToExpiry": _("Until the identity provider's certificate expires"),
    "SelfServicePortalClientConfigurationDownloads": _("Profiles downloaded from the self-service portal"),
    "ClientConnectHandlerDeniedConnections": _("Refused by the client connect handler"),
    "ClientConnectHandlerTimeouts": _("Handler: no answer in time"),
    "ClientConnectHandlerInvalidResponses": _("Handler: answers that AWS doesn't understand"),
    "ClientConnectHandlerOtherExecutionErrors": _("Handler: errors of the function"),
    "ClientConnectHandlerThrottlingErrors": _("Handler: too many calls at once"),
    "ClientConnectHandlerFailedServiceErrors": _("Handler: errors of AWS"),
    "AuthorizationPolicyDeniedConnections": _("Refused by the authorization policy"),
    "AuthorizationPolicyEvaluationCount": _("Evaluations of the authorization policy"),
    "AuthorizationPolicyTerminatedConnections": _("Disconnected by the authorization policy"),
    "ErrorPortAllocation": _("NAT gateway: connections without a free port"),
    "PacketsDropCount": _("NAT gateway: dropped packets"),
    "ConnectionAttemptCount": _("NAT gateway: attempts to connect"),
    "TunnelState": _("Tunnel to the office"),
}
BYTES: Final = frozenset({"IngressBytes", "EgressBytes"})
DAYS: Final = frozenset({"CrlDaysToExpiry", "IdpCertDaysToExpiry"})


def format_value(metric: str, value: float) -> str:
    if metric in BYTES:
        return format_size(int(value))
    if metric in DAYS:
        days = int(value)
        if days < 0:
            return gettext("Expired")
        return ngettext("%(days)s day left", "%(days)s days left", days) % {"days": f"{days:,}"}
    if metric == TUNNEL_STATE.name:
        # Of a VPN connection between two gateways; a value in between says that not all of it is up.
        return str(status_badge("UP" if value >= 1 else "DOWN").text)
    return f"{value:,.0f}"
