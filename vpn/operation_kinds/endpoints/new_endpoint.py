"""What an endpoint like an existing one is made of: from the original, and from what was filled in."""

from collections.abc import Mapping
from typing import Any, Final

from django.conf import settings

from vpn.aws.client_vpn import ANY_TAG
from vpn.endpoints.models import Endpoint
from vpn.endpoints.places import has_transit_gateway, transit_gateway_id, zones
from vpn.operation_plans.configuration import LIVE_RULES
from vpn.operations.endpoint_settings import current_settings

# Whatever else the endpoint has is copied as it is.
COPIED: Final = (
    "dns_servers",
    "session_timeout_hours",
    "disconnect_on_session_timeout",
    "login_banner",
    "client_route_enforcement",
    "log_policy_context",
)
# EndpointIpAddressType and TrafficIpAddressType are decided when an endpoint is created.
ADDRESS_TYPES: Final = ("EndpointIpAddressType", "TrafficIpAddressType")


def initial_values(endpoint: Endpoint) -> dict[str, Any]:
    now = current_settings(endpoint.settings)
    saml = next(
        (option for option in _authentication(endpoint.settings, "") if option["saml_provider_arn"]), None
    )
    return {
        "account": endpoint.account.name,
        "label": f"{endpoint.label}-2",
        "transport_protocol": endpoint.transport_protocol,
        "vpn_port": endpoint.vpn_port,
        "split_tunnel": "true" if endpoint.split_tunnel else "false",
        "server_certificate_arn": now["server_certificate_arn"],
        "saml_provider_arn": saml["saml_provider_arn"] if saml else "",
        "log_group": now["log_group"],
        "vpc_id": endpoint.vpc_id,
        "security_groups": "\n".join(now["security_groups"]),
        "transit_gateway_id": transit_gateway_id(endpoint),
        # Without zones AWS chooses two, which may be others than the original's.
        **({"subnets": "\n".join(zones(endpoint))} if has_transit_gateway(endpoint) else {}),
    }


def new_endpoint(endpoint: Endpoint, given: Mapping[str, Any]) -> dict[str, Any]:
    """NewEndpoint's fields. The client connect handler must be a Lambda of the same account: others get none."""
    now = current_settings(endpoint.settings)
    same = given["account"] == endpoint.account.name
    own: dict[str, Any] = {
        "description": f"{given['label']} (genkan)",
        "server_certificate_arn": given["server_certificate_arn"],
        "split_tunnel": given["split_tunnel"] == "true",
        "vpn_port": given["vpn_port"],
        "log_group": given["log_group"],
        "self_service_portal": False,
        "client_connect_handler": now["client_connect_handler"] if same else "",
        **({"vpc_id": given["vpc_id"]} if given["vpc_id"] else {}),
        **({"security_groups": given["security_groups"]} if given["security_groups"] else {}),
    }
    return {
        "client_cidr_block": given["client_cidr_block"],
        "transport_protocol": given["transport_protocol"],
        "authentication": _authentication(endpoint.settings, given["saml_provider_arn"]),
        "settings": {name: now[name] for name in COPIED} | own,
        "address_types": {
            name: endpoint.settings[name] for name in ADDRESS_TYPES if name in endpoint.settings
        },
        "transit_gateway_id": given["transit_gateway_id"],
        # AWS associates them with the endpoint's creation; each is then waited for as a subnet is.
        "zones": given["subnets"] if given["transit_gateway_id"] else [],
        "trust_providers": (endpoint.settings.get("DevicePostureOptions") or {}).get("TrustProviders", []),
        "tags": _tags(endpoint, given["label"]),
    }


def _authentication(described: Mapping[str, Any], saml_provider_arn: str) -> list[dict[str, str]]:
    """Describe names the members otherwise than Create does."""
    options = []
    for option in described.get("AuthenticationOptions", ()):
        federated = option.get("FederatedAuthentication") or {}
        options.append(
            {
                "type": option["Type"],
                "saml_provider_arn": (saml_provider_arn or federated.get("SamlProviderArn", ""))
                if federated
                else "",
                "directory_id": (option.get("ActiveDirectory") or {}).get("DirectoryId", ""),
                "client_root_certificate_chain_arn": (option.get("MutualAuthentication") or {}).get(
                    "ClientRootCertificateChain", ""
                ),
            }
        )
    return options


def _tags(endpoint: Endpoint, label: str) -> dict[str, str]:
    """The endpoint's own, and the one without which the portal wouldn't see it."""
    key, _equals, value = settings.VPN_ENDPOINT_TAG.partition("=")
    managed = {} if settings.VPN_ENDPOINT_TAG == ANY_TAG else {key: value}
    kept = {
        name: text
        for name, text in endpoint.tags.items()
        if not name.startswith(("aws:", "genkan:operation"))
    }
    return {**kept, **managed, "Name": label}


def copied_rules(endpoint: Endpoint) -> list[dict[str, str]]:
    names = ("destination_cidr", "group_id", "description")
    return [
        {name: authorization_rule[name] for name in names}
        for authorization_rule in endpoint.authorization_rules
        if authorization_rule["status"] in LIVE_RULES
    ]
