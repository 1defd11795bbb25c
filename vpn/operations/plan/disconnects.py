"""Whom a change disconnects: pure.

Admin guide, "Modify a Client VPN endpoint": connections are reset on a change of the server certificate, DNS servers,
split tunnel, routes (with split tunnel), the certificate revocation list, authorization rules, and the port. When the
last target network is disassociated, all connections end; when another one is, those through it: AWS doesn't say whose.
"""

from dataclasses import dataclass

from vpn.operations.plan.configuration import EndpointConfiguration, rule_keys
from vpn.operations.plan.consequences import Consequence, ConsequenceId, Tone


@dataclass(frozen=True)
class Disconnects:
    """``everybody``: every connection of the endpoint ends. ``reconnects``: the clients connect again by themselves."""

    everybody: bool
    reconnects: bool
    consequences: tuple[Consequence, ...]


def find_disconnects(before: EndpointConfiguration, after: EndpointConfiguration) -> Disconnects:
    if not before.subnets:
        nobody = Consequence(ConsequenceId.NOBODY_CONNECTED, Tone.OK)
        return Disconnects(everybody=False, reconnects=True, consequences=(nobody,))
    removed = [subnet for subnet in before.subnets if subnet not in after.subnets]
    if removed and not after.subnets:
        last = Consequence(ConsequenceId.LAST_SUBNET_GONE, Tone.OUT)
        return Disconnects(everybody=True, reconnects=False, consequences=(last,))
    resets = tuple(Consequence(reason, Tone.WARN) for reason in _reset_reasons(before, after))
    partial = tuple(
        Consequence(ConsequenceId.SUBNET_GONE, Tone.WARN, {"subnet": subnet}) for subnet in removed
    )
    consequences = (*resets, *partial) or (Consequence(ConsequenceId.NOBODY_RESET, Tone.OK),)
    return Disconnects(everybody=bool(resets), reconnects=True, consequences=consequences)


def _reset_reasons(before: EndpointConfiguration, after: EndpointConfiguration) -> list[ConsequenceId]:
    differs = {
        ConsequenceId.RESET_SERVER_CERTIFICATE: before.server_certificate_arn != after.server_certificate_arn,
        ConsequenceId.RESET_DNS_SERVERS: before.dns_servers != after.dns_servers,
        ConsequenceId.RESET_SPLIT_TUNNEL: before.split_tunnel != after.split_tunnel,
        ConsequenceId.RESET_PORT: before.vpn_port != after.vpn_port,
        ConsequenceId.RESET_REVOCATION_LIST: before.revocation_list != after.revocation_list,
        ConsequenceId.RESET_RULES: rule_keys(before.rules) != rule_keys(after.rules),
        ConsequenceId.RESET_ROUTES: (before.split_tunnel or after.split_tunnel)
        and _route_keys(before) != _route_keys(after),
    }
    return [reason for reason, is_different in differs.items() if is_different]


def _route_keys(state: EndpointConfiguration) -> set[tuple[str, str]]:
    return {(route.destination_cidr, route.target_subnet) for route in state.routes}
