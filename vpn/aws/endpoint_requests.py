"""The settings of an endpoint, as requests to CreateClientVpnEndpoint and ModifyClientVpnEndpoint. No calls.

Source: botocore's service model of EC2.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

# In the order in which a line has them
TRUST_PROVIDER: Final = ("TrustProviderType", "TenantId", "PublicSigningKeyUrl")


@dataclass(frozen=True)
class EndpointChanges:
    """None leaves a setting as it is. AWS modifies no transit gateway.

    Empty values switch off: ``dns_servers`` (at most 2), ``log_group``, ``client_connect_handler`` (a Lambda's ARN),
    ``login_banner`` (at most 1,400 characters). ``security_groups`` (at most 5) need ``vpc_id``. ``log_stream`` and
    ``log_policy_context`` go with ``log_group`` only: AWS doesn't say that it keeps what a structure leaves out, so
    whoever changes one of the three gives all three. ``trust_providers`` replace all that there are (API reference);
    each is a line of type, tenant and, but for Jamf, the URL of the signing key: see ``trust_provider_line``.
    """

    description: str | None = None
    server_certificate_arn: str | None = None
    split_tunnel: bool | None = None
    dns_servers: Sequence[str] | None = None
    vpn_port: int | None = None
    session_timeout_hours: int | None = None
    disconnect_on_session_timeout: bool | None = None
    login_banner: str | None = None
    log_group: str | None = None
    log_stream: str = ""
    log_policy_context: bool | None = None
    self_service_portal: bool | None = None
    client_connect_handler: str | None = None
    client_route_enforcement: bool | None = None
    trust_providers: Sequence[str] | None = None
    vpc_id: str | None = None
    security_groups: Sequence[str] | None = None


@dataclass(frozen=True)
class Authentication:
    """One of an endpoint's ways to authenticate; ``type`` is AWS's, as ``federated-authentication``."""

    type: str
    saml_provider_arn: str = ""
    self_service_saml_provider_arn: str = ""
    directory_id: str = ""
    client_root_certificate_chain_arn: str = ""


@dataclass(frozen=True)
class NewEndpoint:
    """``client_cidr_block``, ``authentication`` and ``transport_protocol`` (``udp``, ``tcp``) can never be modified.

    ``settings`` must name a server certificate; where it says nothing of a log group, connections aren't logged.
    ``address_types``: EndpointIpAddressType and TrafficIpAddressType. ``trust_providers``: those of
    DevicePostureOptions, with AWS's member names. ``client_cidr_block`` may be empty for IPv6 traffic.
    ``transit_gateway_id``: instead of a VPC; AWS then associates ``zones`` by itself, or two of its choice.
    """

    client_cidr_block: str
    authentication: Sequence[Authentication]
    settings: EndpointChanges
    transport_protocol: str = "udp"
    address_types: Mapping[str, str] = field(default_factory=dict)
    trust_providers: Sequence[Mapping[str, str]] = ()
    transit_gateway_id: str = ""
    zones: Sequence[str] = ()
    tags: Mapping[str, str] = field(default_factory=dict)


def to_modify(changes: EndpointChanges) -> dict[str, Any]:
    """ModifyClientVpnEndpoint's parameters; only those that change."""
    request = _common(changes)
    # Modify takes the DNS servers as a structure, where Create takes a list.
    if changes.dns_servers is not None:
        servers = list(changes.dns_servers)
        request["DnsServers"] = (
            {"CustomDnsServers": servers, "Enabled": True} if servers else {"Enabled": False}
        )
    return request


def to_create(new: NewEndpoint) -> dict[str, Any]:
    """CreateClientVpnEndpoint's parameters, without ClientToken."""
    request = _common(new.settings) | {
        **({"ClientCidrBlock": new.client_cidr_block} if new.client_cidr_block else {}),
        **new.address_types,
        "TransportProtocol": new.transport_protocol,
        "AuthenticationOptions": [_authentication(authentication) for authentication in new.authentication],
        # Required by AWS also where connections aren't logged.
        "ConnectionLogOptions": _log(new.settings, new.settings.log_group or ""),
    }
    if new.trust_providers:
        request["DevicePostureOptions"] = _device_posture([dict(given) for given in new.trust_providers])
    if new.transit_gateway_id:
        zones = {"AvailabilityZones": list(new.zones)} if new.zones else {}
        request["TransitGatewayConfiguration"] = {"TransitGatewayId": new.transit_gateway_id, **zones}
    if new.settings.dns_servers:
        request["DnsServers"] = list(new.settings.dns_servers)
    if new.tags:
        tags = [{"Key": key, "Value": value} for key, value in new.tags.items()]
        request["TagSpecifications"] = [{"ResourceType": "client-vpn-endpoint", "Tags": tags}]
    return request


def _common(changes: EndpointChanges) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "Description": changes.description,
        "ServerCertificateArn": changes.server_certificate_arn,
        "SplitTunnel": changes.split_tunnel,
        "VpnPort": changes.vpn_port,
        "SessionTimeoutHours": changes.session_timeout_hours,
        "DisconnectOnSessionTimeout": changes.disconnect_on_session_timeout,
        "VpcId": changes.vpc_id,
    }
    return {name: value for name, value in plain.items() if value is not None} | _structures(changes)


def _structures(changes: EndpointChanges) -> dict[str, Any]:
    request: dict[str, Any] = {}
    if changes.log_group is not None:
        request["ConnectionLogOptions"] = _log(changes, changes.log_group)
    if changes.login_banner is not None:
        request["ClientLoginBannerOptions"] = _switch("BannerText", changes.login_banner)
    if changes.client_connect_handler is not None:
        request["ClientConnectOptions"] = _switch("LambdaFunctionArn", changes.client_connect_handler)
    if changes.client_route_enforcement is not None:
        request["ClientRouteEnforcementOptions"] = {"Enforced": changes.client_route_enforcement}
    if changes.trust_providers is not None:
        request["DevicePostureOptions"] = _device_posture(
            [_trust_provider(line) for line in changes.trust_providers]
        )
    if changes.self_service_portal is not None:
        request["SelfServicePortal"] = "enabled" if changes.self_service_portal else "disabled"
    if changes.security_groups:
        request["SecurityGroupIds"] = list(changes.security_groups)
    return request


def trust_provider_line(provider: Mapping[str, str]) -> str:
    """A member of TrustProviders as one line, its parts separated by blanks."""
    return " ".join(filter(None, (provider.get(name, "") for name in TRUST_PROVIDER)))


def _trust_provider(line: str) -> dict[str, str]:
    return dict(zip(TRUST_PROVIDER, line.split(), strict=False))


def _device_posture(providers: list[dict[str, str]]) -> dict[str, Any]:
    return {"Enabled": True, "TrustProviders": providers} if providers else {"Enabled": False}


def _switch(name: str, value: str) -> dict[str, Any]:
    return {"Enabled": True, name: value} if value else {"Enabled": False}


def _log(changes: EndpointChanges, group: str) -> dict[str, Any]:
    options = _switch("CloudwatchLogGroup", group)
    if group and changes.log_stream:
        options["CloudwatchLogStream"] = changes.log_stream
    if group and changes.log_policy_context is not None:
        options["IncludeAuthorizationPolicyContext"] = changes.log_policy_context
    return options


def _authentication(authentication: Authentication) -> dict[str, Any]:
    option: dict[str, Any] = {"Type": authentication.type}
    if authentication.saml_provider_arn:
        federated = {"SAMLProviderArn": authentication.saml_provider_arn}
        if authentication.self_service_saml_provider_arn:
            federated["SelfServiceSAMLProviderArn"] = authentication.self_service_saml_provider_arn
        option["FederatedAuthentication"] = federated
    if authentication.directory_id:
        option["ActiveDirectory"] = {"DirectoryId": authentication.directory_id}
    if authentication.client_root_certificate_chain_arn:
        chain = authentication.client_root_certificate_chain_arn
        option["MutualAuthentication"] = {"ClientRootCertificateChainArn": chain}
    return option
