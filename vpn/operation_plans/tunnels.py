"""Combinations of tunnel, routes and DNS servers with which clients don't work: pure.

Each is said only where the change brings it about.
"""

from collections.abc import Iterator
from ipaddress import ip_address

from portal.addresses import parse_network
from vpn.operation_plans.configuration import EndpointConfiguration
from vpn.operation_plans.consequences import Consequence, ConsequenceId, Tone, join_names


def tunnel_consequences(
    before: EndpointConfiguration | None, after: EndpointConfiguration
) -> Iterator[Consequence]:
    """``before`` None: the endpoint is new."""
    if not after.exists:
        return
    if _loops(after) and (before is None or _loops(before) != _loops(after)):
        yield Consequence(ConsequenceId.TUNNEL_LOOP, Tone.OUT, {"subnets": join_names(_loops(after))})
    if _lacks_dns_server(after) and (before is None or not _lacks_dns_server(before)):
        yield Consequence(ConsequenceId.DNS_NONE, Tone.OUT)
    shut_out = _shut_out_dns_servers(after)
    if shut_out and (before is None or _shut_out_dns_servers(before) != shut_out):
        yield Consequence(ConsequenceId.DNS_SHUT_OUT, Tone.OUT, {"servers": join_names(shut_out)})


def _loops(state: EndpointConfiguration) -> tuple[str, ...]:
    """Subnets with a route to everywhere although the tunnel is split.

    AWS's client for Windows then connects and disconnects without end; seen by several users, not documented by AWS.
    """
    if not state.split_tunnel:
        return ()
    everywhere = {route.target_subnet for route in state.routes if route.destination_cidr in state.everywhere}
    return tuple(sorted(everywhere))


def _lacks_dns_server(state: EndpointConfiguration) -> bool:
    """Admin guide, "Best practices": with full tunnel, Windows sends every DNS query through the tunnel."""
    return not state.split_tunnel and not state.dns_servers


def _shut_out_dns_servers(state: EndpointConfiguration) -> tuple[str, ...]:
    """DNS servers that no authorization rule permits to anybody."""
    permitted = [network for rule in state.rules if (network := parse_network(rule.destination_cidr))]
    addresses = {server: ip_address(server) for server in state.dns_servers}
    return tuple(
        server
        for server, address in addresses.items()
        if not any(address.version == network.version and address in network for network in permitted)
    )
