"""Whom a change disconnects: pure.

Admin guide, "Modify a Client VPN endpoint": connections are reset on a change of the server certificate, DNS servers,
split tunnel, routes (with split tunnel), the certificate revocation list, authorization rules, and the port. When the
last target network is disassociated, they are ended; when one of several is, those through it: AWS doesn't say whose.
"""

from dataclasses import dataclass

from vpn.operations.plan.configuration import EndpointConfiguration, rule_keys
from vpn.operations.plan.consequences import Consequence, ConsequenceId, Tone


@dataclass(frozen=True)
class Disconnects:
    """``everybody``: each connection of the endpoint. ``reconnects``: the clients come back by themselves."""

    everybody: bool
    reconnects: bool
    findings: tuple[Consequence, ...]


def find_disconnects(before: EndpointConfiguration, after: EndpointConfiguration) -> Disconnects:
    if not before.subnets:
        return Disconnects(False, True, (Consequence(ConsequenceId.NOBODY_CONNECTED, Tone.OK),))  # noqa: FBT003
    lost = [one for one in before.subnets if one not in after.subnets]
    if lost and not after.subnets:
        return Disconnects(True, False, (Consequence(ConsequenceId.LAST_SUBNET_GONE, Tone.OUT),))  # noqa: FBT003
    causes = tuple(Consequence(one, Tone.WARN) for one in _causes(before, after))
    partly = tuple(Consequence(ConsequenceId.SUBNET_GONE, Tone.WARN, {"subnet": one}) for one in lost)
    found = (*causes, *partly) or (Consequence(ConsequenceId.NOBODY_RESET, Tone.OK),)
    return Disconnects(everybody=bool(causes), reconnects=True, findings=found)


def _causes(before: EndpointConfiguration, after: EndpointConfiguration) -> list[ConsequenceId]:
    differs = {
        ConsequenceId.RESET_SERVER_CERTIFICATE: before.server_certificate_arn != after.server_certificate_arn,
        ConsequenceId.RESET_DNS_SERVERS: before.dns_servers != after.dns_servers,
        ConsequenceId.RESET_SPLIT_TUNNEL: before.split_tunnel != after.split_tunnel,
        ConsequenceId.RESET_PORT: before.vpn_port != after.vpn_port,
        ConsequenceId.RESET_REVOCATION_LIST: before.revocation_list != after.revocation_list,
        ConsequenceId.RESET_RULES: rule_keys(before.rules) != rule_keys(after.rules),
        ConsequenceId.RESET_ROUTES: (before.split_tunnel or after.split_tunnel)
        and _routes(before) != _routes(after),
    }
    return [cause for cause, holds in differs.items() if holds]


def _routes(state: EndpointConfiguration) -> set[tuple[str, str]]:
    return {(one.destination_cidr, one.target_subnet) for one in state.routes}
