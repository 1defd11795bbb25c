"""Whom a change disconnects: pure.

Admin guide, "Modify a Client VPN endpoint": connections are reset on a change of the server certificate, DNS servers,
split tunnel, routes (with split tunnel), the certificate revocation list, authorization rules, and the port. When the
last target network is disassociated, they are ended; when one of several is, those through it: AWS doesn't say whose.
"""

from dataclasses import dataclass

from vpn.operations.plan.findings import Finding, Id, Tone
from vpn.operations.plan.state import State, keys_of


@dataclass(frozen=True)
class Disconnects:
    """``everybody``: each connection of the endpoint. ``reconnects``: the clients come back by themselves."""

    everybody: bool
    reconnects: bool
    findings: tuple[Finding, ...]


def disconnects(before: State, after: State) -> Disconnects:
    if not before.subnets:
        return Disconnects(False, True, (Finding(Id.NOBODY_CONNECTED, Tone.OK),))  # noqa: FBT003
    lost = [one for one in before.subnets if one not in after.subnets]
    if lost and not after.subnets:
        return Disconnects(True, False, (Finding(Id.LAST_SUBNET_GONE, Tone.OUT),))  # noqa: FBT003
    causes = tuple(Finding(one, Tone.WARN) for one in _causes(before, after))
    partly = tuple(Finding(Id.SUBNET_GONE, Tone.WARN, {"subnet": one}) for one in lost)
    found = (*causes, *partly) or (Finding(Id.NOBODY_RESET, Tone.OK),)
    return Disconnects(everybody=bool(causes), reconnects=True, findings=found)


def _causes(before: State, after: State) -> list[Id]:
    differs = {
        Id.RESET_SERVER_CERTIFICATE: before.server_certificate_arn != after.server_certificate_arn,
        Id.RESET_DNS_SERVERS: before.dns_servers != after.dns_servers,
        Id.RESET_SPLIT_TUNNEL: before.split_tunnel != after.split_tunnel,
        Id.RESET_PORT: before.vpn_port != after.vpn_port,
        Id.RESET_REVOCATION_LIST: before.revocation_list != after.revocation_list,
        Id.RESET_RULES: keys_of(before.rules) != keys_of(after.rules),
        Id.RESET_ROUTES: (before.split_tunnel or after.split_tunnel) and _routes(before) != _routes(after),
    }
    return [cause for cause, holds in differs.items() if holds]


def _routes(state: State) -> set[tuple[str, str]]:
    return {(one.destination_cidr, one.target_subnet) for one in state.routes}
