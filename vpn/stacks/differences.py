"""An endpoint as it was seen last, beside what its template says."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_network
from typing import Any, Final

from vpn.endpoints.models import Endpoint
from vpn.stacks.description import StackDescription

INTERNET: Final = "0.0.0.0/0"
EVERYBODY: Final = "everybody"
# Gone, or on the way: AWS lists them still.
ENDING: Final = frozenset(
    {"disassociating", "disassociated", "association-failed", "revoking", "deleting", "failed"}
)


@dataclass(frozen=True)
class StackDifference:
    """``subject``: the parameter, output or part; ``expected``: by the template; ``actual``: what AWS says. Texts."""

    subject: str
    expected: str
    actual: str


@dataclass(frozen=True)
class Comparison:
    """``compared``: how many things; ``unknown``: what the description doesn't say, so that nobody compared it."""

    compared: int
    differences: list[StackDifference] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


def compare(endpoint: Endpoint, stack: StackDescription) -> Comparison:
    """Everything that infra/'s templates decide about an endpoint."""
    pairs: list[tuple[str, str | None, str]] = [
        ("EndpointId", stack.outputs.get("EndpointId"), endpoint.endpoint_id),
        *_settings(endpoint, stack.parameters),
        *_places(endpoint, stack),
        *_access(endpoint, stack),
    ]
    return Comparison(
        compared=sum(expected is not None for _, expected, _ in pairs),
        differences=[
            StackDifference(subject, expected, actual)
            for subject, expected, actual in pairs
            if expected is not None and expected != actual
        ],
        unknown=[subject for subject, expected, _ in pairs if expected is None],
    )


def _settings(endpoint: Endpoint, parameters: Mapping[str, str]) -> Iterator[tuple[str, str | None, str]]:
    settings = endpoint.settings
    handler = _enabled(settings.get("ClientConnectOptions"), "LambdaFunctionArn")
    banner = _enabled(settings.get("ClientLoginBannerOptions"), "BannerText")
    logging = settings.get("ConnectionLogOptions") or {}
    actual = {
        "Name": endpoint.tags.get("Name", ""),
        "ServerCertificateArn": settings.get("ServerCertificateArn", ""),
        "SamlProviderArn": _saml_provider(settings),
        "ClientCidr": endpoint.client_cidr_block,
        "VpnPort": endpoint.vpn_port,
        "SessionTimeoutHours": endpoint.session_timeout_hours,
        "DisconnectOnSessionTimeout": settings.get("DisconnectOnSessionTimeout", ""),
        "ClientConnectHandlerArn": handler,
        "LoginBanner": banner,
        "LogPolicyContext": logging.get("IncludeAuthorizationPolicyContext", False),
    }
    for name, value in actual.items():
        yield name, parameters.get(name), _text(value)
    # The templates have no parameter for these two.
    yield "SplitTunnel", "false", _text(endpoint.split_tunnel)
    yield "TransportProtocol", "udp", endpoint.transport_protocol
    yield "DnsServers", _dns_server(parameters), ", ".join(settings.get("DnsServers") or ())


def _places(endpoint: Endpoint, stack: StackDescription) -> Iterator[tuple[str, str | None, str]]:
    outputs = stack.outputs
    yield "ConnectionLogGroup", outputs.get("ConnectionLogGroup"), endpoint.log_group
    gateway = outputs.get("TransitGatewayId") or stack.parameters.get("TransitGatewayId")
    if gateway:
        configuration = endpoint.settings.get("TransitGatewayConfiguration") or {}
        yield "TransitGatewayId", gateway, configuration.get("TransitGatewayId", "")
        return
    yield "VpcId", outputs.get("VpcId"), endpoint.vpc_id
    associated = sorted(target["subnet_id"] for target in _lasting(endpoint.target_networks))
    yield "Associations", _listed(_subnets(stack)), _listed(associated)
    addresses = [outputs[n] for n in ("FirstEgressAddress", "SecondEgressAddress") if n in outputs]
    # Of an address that was there before, and of a network that was, the stack doesn't know the number.
    known = bool(addresses) and not (
        stack.parameters.get("FirstAllocationId") or stack.parameters.get("SecondAllocationId")
    )
    expected = _listed(sorted(addresses)) if known and _is_associated(stack) else None
    yield "EgressAddresses", expected, _listed(sorted(endpoint.egress_ips))


def _access(endpoint: Endpoint, stack: StackDescription) -> Iterator[tuple[str, str | None, str]]:
    """One line for each rule and route that either side has."""
    parameters = stack.parameters
    live_rules = {
        (rule["destination_cidr"], rule["group_id"] or EVERYBODY)
        for rule in _lasting(endpoint.authorization_rules)
    }
    dns = _dns_server(parameters)
    if dns is None or "InternetGroupId" not in parameters:
        yield "AuthorizationRules", None, ""
    else:
        wanted_rules = {(f"{dns}/32", EVERYBODY), (INTERNET, parameters["InternetGroupId"] or EVERYBODY)}
        if parameters.get("OfficeCidr"):
            wanted_rules.add((parameters["OfficeCidr"], parameters.get("OfficeGroupId") or EVERYBODY))
        yield from _both("AuthorizationRule", wanted_rules, live_rules, "for")
    live_routes = {
        (route["destination_cidr"], route["target_subnet"])
        for route in _lasting(endpoint.routes)
        if route["origin"] == "add-route"
    }
    subnets = [""] if "TransitGatewayId" in parameters else _subnets(stack)
    if subnets is None:
        yield "Routes", None, ""
        return
    destinations = [INTERNET, *([parameters["OfficeCidr"]] if parameters.get("OfficeCidr") else [])]
    wanted_routes = {(cidr, subnet) for cidr in destinations for subnet in subnets}
    yield from _both("Route", wanted_routes, live_routes, "via")


def _both(
    subject: str, wanted: set[tuple[str, str]], live: set[tuple[str, str]], word: str
) -> Iterator[tuple[str, str | None, str]]:
    for key in sorted(wanted | live):
        cidr, whom = key
        name = f"{subject} {cidr} {word} {whom}" if whom else f"{subject} {cidr}"
        yield name, _is_there(key in wanted), _is_there(key in live)


def _is_there(there: bool) -> str:  # noqa: FBT001  # the sentence's own word
    return "there" if there else "none"


def _lasting(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row for row in rows if row["status"] not in ENDING]


def _is_associated(stack: StackDescription) -> bool:
    return stack.parameters.get("Associated", "true") == "true"


def _subnets(stack: StackDescription) -> list[str] | None:
    """Those that are associated by the template, or None where it doesn't say."""
    if "FirstSubnetId" not in stack.outputs:
        return None
    names = ("FirstSubnetId", "SecondSubnetId") if _is_associated(stack) else ()
    return sorted(stack.outputs[name] for name in names if name in stack.outputs)


def _listed(values: list[str] | None) -> Any:
    return None if values is None else ", ".join(values) or "none"


def _dns_server(parameters: Mapping[str, str]) -> str | None:
    """By the template: the one that is named, or the new VPC's own, its base address plus two."""
    if parameters.get("DnsServer"):
        return parameters["DnsServer"]
    if "DnsServer" not in parameters or not parameters.get("VpcCidr"):
        return None
    return str(ip_network(parameters["VpcCidr"], strict=False).network_address + 2)


def _enabled(options: Any, member: str) -> str:
    options = options or {}
    return str(options.get(member, "")) if options.get("Enabled") else ""


def _saml_provider(settings: Mapping[str, Any]) -> str:
    for option in settings.get("AuthenticationOptions") or ():
        federated = option.get("FederatedAuthentication") or {}
        if federated:
            return str(federated.get("SamlProviderArn") or federated.get("SAMLProviderArn") or "")
    return ""


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)
