"""What Create- and ModifyClientVpnEndpoint accept, turned into the members that Describe shows.

Values and limits: the EC2 API reference of both actions; admin guide, "Client VPN quotas".
"""

from collections.abc import Callable
from ipaddress import ip_address
from typing import Any, Final

from sandbox.aws.call import Call
from sandbox.aws.device_posture import device_posture_options
from sandbox.aws.errors import AwsError, combination, invalid, missing
from sandbox.aws.networks import client_cidr

# EC2 API reference, CreateClientVpnEndpoint: the banner's characters, security groups, DNS servers and choices.
BANNER_CHARACTERS: Final = 1400
SECURITY_GROUPS: Final = 5
DNS_SERVERS: Final = 2
# The model says only that these are integers; what it has an enum for is checked before (parameter_values).
CHOICES: Final[dict[str, tuple[int, ...]]] = {
    "VpnPort": (443, 1194),
    "SessionTimeoutHours": (24, 12, 10, 8),
}
DEFAULTS: Final[dict[str, Any]] = {
    "Description": "",
    "SplitTunnel": False,
    "VpnProtocol": "openvpn",
    "TransportProtocol": "udp",
    "VpnPort": 443,
    "SessionTimeoutHours": 24,
    "SelfServicePortal": "enabled",
    "ClientConnectOptions": {"Enabled": False},
    "ClientLoginBannerOptions": {"Enabled": False},
    "ClientRouteEnforcementOptions": {"Enforced": False},
    "DisconnectOnSessionTimeout": True,
    "EndpointIpAddressType": "ipv4",
    "TrafficIpAddressType": "ipv4",
}
# Taken over as they are; everything else is checked first.
PLAIN: Final = ("Description", "SplitTunnel", "DisconnectOnSessionTimeout", "SelfServicePortal")


def created(call: Call) -> dict[str, Any]:
    """Every setting of a new endpoint."""
    _refuse_combinations(call)
    settings = {**DEFAULTS, **_given(call)}
    for name in ("TransportProtocol", "EndpointIpAddressType", "TrafficIpAddressType"):
        settings[name] = call.params.get(name, DEFAULTS[name])
    # AWS assigns the clients' IPv6 network itself, so that with IPv6 alone there is nothing to ask for.
    if settings["TrafficIpAddressType"] != "ipv6" or call.text("ClientCidrBlock"):
        settings["ClientCidrBlock"] = client_cidr(call.required("ClientCidrBlock"))
    settings["DnsServers"] = _dns_servers(call.params.get("DnsServers") or [])
    return settings


def modified(call: Call) -> dict[str, Any]:
    """The settings that a Modify names; it leaves all others as they are."""
    _refuse_combinations(call)
    # EC2 API reference, ModifyClientVpnEndpoint: "This option is currently not supported."
    if "TransitGatewayConfiguration" in call.params:
        raise combination("TransitGatewayConfiguration cannot be modified")
    settings = _given(call)
    # Create takes a list of addresses, Modify a structure with a switch (EC2 API reference).
    if "DnsServers" in call.params:
        wanted = call.params["DnsServers"]
        servers = _dns_servers(wanted.get("CustomDnsServers") or [])
        settings["DnsServers"] = servers if wanted.get("Enabled", True) else []
    return settings


def _given(call: Call) -> dict[str, Any]:
    settings: dict[str, Any] = {name: call.params[name] for name in PLAIN if name in call.params}
    for name in CHOICES:
        if name in call.params:
            settings[name] = _choice(name, call.params[name])
    for name, check in CHECKED.items():
        if name in call.params:
            settings[name] = check(call, call.params[name])
    settings.update(_security_groups(call))
    return settings


def _refuse_combinations(call: Call) -> None:
    if "TransitGatewayConfiguration" in call.params and {"VpcId", "SecurityGroupIds"} & call.params.keys():
        raise combination("TransitGatewayConfiguration cannot be used with VpcId or SecurityGroupIds")


def _choice(name: str, value: int) -> int:
    if value not in CHOICES[name]:
        allowed = ", ".join(str(choice) for choice in CHOICES[name])
        raise invalid(f"Value ({value}) for parameter {name} is invalid. Valid values: {allowed}")
    return value


def _dns_servers(servers: list[str]) -> list[str]:
    if len(servers) > DNS_SERVERS:
        raise invalid("A Client VPN endpoint can have up to two DNS servers")
    for server in servers:
        try:
            ip_address(server)
        except ValueError as error:
            raise invalid(f"Value ({server}) for parameter DnsServers is not an IP address") from error
    return servers


def _server_certificate(call: Call, arn: str) -> str:
    certificate = call.resources.certificate(arn)
    if certificate is None:
        raise invalid(f"Certificate {arn} does not exist")
    # Clients connect to a name of the certificate; AWS refuses one that names no domain.
    if not any("." in name for name in certificate.names):
        raise invalid(f"Certificate {arn} does not have a domain")
    return arn


def _log_options(call: Call, options: dict[str, Any]) -> dict[str, Any]:
    if not options.get("Enabled"):
        return {"Enabled": False}
    group = options.get("CloudwatchLogGroup")
    if not group:
        raise missing("CloudwatchLogGroup")
    if not call.resources.has_log_group(group):
        raise invalid(f"CloudWatch log group {group} does not exist")
    return options


def _banner(_: Call, options: dict[str, Any]) -> dict[str, Any]:
    text = options.get("BannerText") or ""
    if options.get("Enabled") and not text:
        raise missing("BannerText")
    if len(text) > BANNER_CHARACTERS:
        raise invalid(f"BannerText must be at most {BANNER_CHARACTERS} characters")
    return options


def _connect_handler(_: Call, options: dict[str, Any]) -> dict[str, Any]:
    """Which function it is makes no difference: sandbox.aws.connect_handler stands in its place."""
    arn = options.get("LambdaFunctionArn") or ""
    # AWS's service-linked role may only invoke functions whose name begins so (admin guide, "Connection
    # authorization").
    if options.get("Enabled") and not arn.rpartition("function:")[2].startswith("AWSClientVPN-"):
        raise invalid("The name of the Lambda function must begin with the AWSClientVPN- prefix")
    return options


def _route_enforcement(_: Call, options: dict[str, Any]) -> dict[str, Any]:
    return {"Enforced": bool(options.get("Enforced"))}


def _security_groups(call: Call) -> dict[str, Any]:
    """VpcId alone: the VPC's default security group. Groups alone: AWS wants the VPC too."""
    groups, vpc_id = call.params.get("SecurityGroupIds") or [], call.text("VpcId")
    if not groups and not vpc_id:
        return {}
    if not vpc_id:
        raise missing("VpcId")
    if not call.resources.vpc_cidrs(vpc_id):
        raise AwsError("InvalidVpcID.NotFound", f"The vpc ID '{vpc_id}' does not exist")
    groups = (
        checked_groups(call, vpc_id, groups) if groups else [call.resources.default_security_group(vpc_id)]
    )
    return {"VpcId": vpc_id, "SecurityGroupIds": groups}


def checked_groups(call: Call, vpc_id: str, groups: list[str]) -> list[str]:
    """At most five security groups, all of them of this VPC."""
    if len(groups) > SECURITY_GROUPS:
        raise AwsError(
            "SecurityGroupLimitExceeded", f"At most {SECURITY_GROUPS} security groups can be applied"
        )
    for group in groups:
        if call.resources.vpc_of_security_group(group) != vpc_id:
            raise AwsError(
                "InvalidGroup.NotFound", f"The security group '{group}' does not exist in VPC '{vpc_id}'"
            )
    return groups


CHECKED: Final[dict[str, Callable[[Call, Any], Any]]] = {
    "ServerCertificateArn": _server_certificate,
    "ConnectionLogOptions": _log_options,
    "ClientLoginBannerOptions": _banner,
    "ClientConnectOptions": _connect_handler,
    "ClientRouteEnforcementOptions": _route_enforcement,
    "DevicePostureOptions": device_posture_options,
}
