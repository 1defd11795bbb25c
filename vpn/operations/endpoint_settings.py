"""An endpoint's settings, as the fields of EndpointChanges: what AWS has now, in the shape in which it is modified."""

from collections.abc import Mapping
from typing import Any, Final

from vpn.aws.endpoint_requests import trust_provider_line

# One structure of AWS's: whoever changes one of them sends all of them.
LOG_SETTINGS: Final = ("log_group", "log_stream", "log_policy_context")
# EndpointChanges' fields, as AWS names them
AWS_MEMBER_NAMES: Final = {
    "description": "Description",
    "server_certificate_arn": "ServerCertificateArn",
    "split_tunnel": "SplitTunnel",
    "dns_servers": "DnsServers",
    "vpn_port": "VpnPort",
    "session_timeout_hours": "SessionTimeoutHours",
    "disconnect_on_session_timeout": "DisconnectOnSessionTimeout",
    "login_banner": "ClientLoginBannerOptions",
    "log_group": "ConnectionLogOptions",
    "log_stream": "CloudwatchLogStream",
    "log_policy_context": "IncludeAuthorizationPolicyContext",
    "self_service_portal": "SelfServicePortal",
    "client_connect_handler": "ClientConnectOptions",
    "client_route_enforcement": "ClientRouteEnforcementOptions",
    "security_groups": "SecurityGroupIds",
    "trust_providers": "DevicePostureOptions",
}


def current_settings(described: Mapping[str, Any]) -> dict[str, Any]:
    """The settings by the names of EndpointChanges' fields.

    ``described``: the members of DescribeClientVpnEndpoints that vpn.aws.client_vpn.SETTINGS names. It has no member
    for the self-service portal, but the portal has a URL as long as it is on.
    """
    return {
        "description": described.get("Description", ""),
        "server_certificate_arn": described.get("ServerCertificateArn", ""),
        "split_tunnel": bool(described.get("SplitTunnel", False)),
        "dns_servers": list(described.get("DnsServers", ())),
        "vpn_port": described.get("VpnPort", 443),
        "session_timeout_hours": described.get("SessionTimeoutHours", 24),
        "disconnect_on_session_timeout": described.get("DisconnectOnSessionTimeout", True),
        "login_banner": _switched(described.get("ClientLoginBannerOptions"), "BannerText"),
        "log_group": _switched(described.get("ConnectionLogOptions"), "CloudwatchLogGroup"),
        "log_stream": _switched(described.get("ConnectionLogOptions"), "CloudwatchLogStream"),
        "log_policy_context": bool(
            (described.get("ConnectionLogOptions") or {}).get("IncludeAuthorizationPolicyContext", False)
        ),
        "self_service_portal": bool(described.get("SelfServicePortalUrl")),
        "client_connect_handler": _switched(described.get("ClientConnectOptions"), "LambdaFunctionArn"),
        "client_route_enforcement": bool(
            (described.get("ClientRouteEnforcementOptions") or {}).get("Enforced", False)
        ),
        "trust_providers": [
            trust_provider_line(provider)
            for provider in (described.get("DevicePostureOptions") or {}).get("TrustProviders") or ()
        ],
        "vpc_id": described.get("VpcId", ""),
        "security_groups": list(described.get("SecurityGroupIds", ())),
    }


def _switched(options: Mapping[str, Any] | None, name: str) -> str:
    """The member ``name`` of options that are enabled; empty if they are not."""
    return str(options.get(name, "")) if options and options.get("Enabled") else ""
