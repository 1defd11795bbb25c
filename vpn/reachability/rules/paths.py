"""What decides of an endpoint, as its last snapshot has it."""

from typing import Final

from vpn.aws.snapshots import Route
from vpn.endpoints.models import Endpoint
from vpn.endpoints.places import place_name
from vpn.endpoints.queries import authorization_rules
from vpn.reachability.rules.evaluation import EndpointPaths

# AWS's type of authentication with SAML
FEDERATED: Final = "federated-authentication"


def endpoint_paths(endpoint: Endpoint) -> EndpointPaths:
    places = [
        place_name(network) for network in endpoint.target_networks if network["status"] == "associated"
    ]
    return EndpointPaths(
        rules=authorization_rules(endpoint),
        # Which subnet has which is all that counts; snapshots of older versions have less.
        routes=[
            Route(
                route["destination_cidr"],
                route.get("target_subnet", ""),
                route.get("origin", ""),
                route.get("status", ""),
            )
            for route in endpoint.routes
        ],
        places=list(dict.fromkeys(places)),
        split_tunnel=endpoint.split_tunnel,
        traffic=endpoint.settings.get("TrafficIpAddressType", "ipv4"),
    )
