"""Whom a change disconnects: pure.

Admin guide, "Modify a Client VPN endpoint": connections are reset on a change of the server certificate, DNS servers,
split tunnel, routes (with split tunnel), the certificate revocation list, authorization rules, and the port. When the
last target network is disassociated, all connections end; when another one is, those through it: AWS doesn't say whose.
"""

from dataclasses import dataclass

from vpn.operation_plans.configuration import EndpointConfiguration, rule_keys
from vpn.operation_plans.consequences import Consequence, ConsequenceId, Reconnection, Tone
from vpn.operation_plans.profiles import address_in_profiles


@dataclass(frozen=True)
class Disconnects:
    """``everybody``: every connection of the endpoint ends. ``reconnection``: how they come back."""

    everybody: bool
    reconnection: Reconnection
    consequences: tuple[Consequence, ...]


def find_disconnects(before: EndpointConfiguration, after: EndpointConfiguration) -> Disconnects:
    reconnection = _reconnection(before, after)
    if not before.subnets:
        gone = () if after.exists else (Consequence(ConsequenceId.ENDPOINT_GONE, Tone.OUT),)
        nobody = Consequence(ConsequenceId.NOBODY_CONNECTED, Tone.OK)
        return Disconnects(everybody=False, reconnection=reconnection, consequences=(*gone, nobody))
    removed = [subnet for subnet in before.subnets if subnet not in after.subnets]
    # Nothing else is said then: whatever would reset connections besides makes no difference any more.
    if removed and not after.subnets:
        what = ConsequenceId.LAST_SUBNET_GONE if after.exists else ConsequenceId.ENDPOINT_GONE
        last = Consequence(what, Tone.OUT)
        return Disconnects(everybody=True, reconnection=reconnection, consequences=(last,))
    resets = tuple(Consequence(reason, Tone.WARN) for reason in _reset_reasons(before, after))
    # AWS tells of no connection which subnet it goes through, so nobody is counted for these.
    partial = tuple(
        Consequence(ConsequenceId.SUBNET_GONE, Tone.WARN, {"subnet": subnet}) for subnet in removed
    )
    consequences = (*resets, *partial) or (Consequence(ConsequenceId.NOBODY_RESET, Tone.OK),)
    return Disconnects(everybody=bool(resets), reconnection=reconnection, consequences=consequences)


def _reconnection(before: EndpointConfiguration, after: EndpointConfiguration) -> Reconnection:
    if not after.exists:
        return Reconnection.NEVER
    if not after.subnets:
        return Reconnection.WHEN_RESUMED
    # A client connects again to what its profile names; see vpn/operation_plans/profiles.py.
    if address_in_profiles(before) != address_in_profiles(after):
        return Reconnection.NEW_PROFILE
    if before.server_certificate_arn != after.server_certificate_arn:
        return Reconnection.SAME_CERTIFICATE
    return Reconnection.BY_ITSELF


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
