"""What becomes of the way to the internet, and of the fixed IP addresses that other sites allow: pure."""

from collections.abc import Iterator

from vpn.operations.plan.configuration import EndpointConfiguration
from vpn.operations.plan.consequences import Consequence, ConsequenceId, Tone, join_names

EVERYWHERE = "0.0.0.0/0"


def subnets_with_internet(state: EndpointConfiguration) -> tuple[str, ...]:
    """The subnets with a route 0.0.0.0/0. Without an authorization rule for that nobody gets there, so none."""
    if not any(one.destination_cidr == EVERYWHERE for one in state.rules):
        return ()
    routed = {one.target_subnet for one in state.routes if one.destination_cidr == EVERYWHERE}
    return tuple(one for one in state.subnets if one in routed)


def fixed_addresses(state: EndpointConfiguration) -> tuple[str, ...]:
    """The fixed addresses that are behind those subnets, whether or not a split tunnel keeps people from them."""
    return tuple(
        sorted({one for subnet in subnets_with_internet(state) for one in state.egress.get(subnet, ())})
    )


def egress_consequences(
    before: EndpointConfiguration, after: EndpointConfiguration
) -> tuple[Consequence, ...]:
    """Nothing, where a split tunnel stays: then the endpoint has no fixed addresses, and gets none. Nor where nobody
    can connect afterwards."""
    if (before.split_tunnel and after.split_tunnel) or not after.subnets:
        return ()
    if before.split_tunnel != after.split_tunnel:
        return (*_switched(after), *_internet(before, after))
    return (*_internet(before, after), *_addresses(before, after))


def _switched(after: EndpointConfiguration) -> Iterator[Consequence]:
    addresses = fixed_addresses(after)
    if addresses and after.split_tunnel:
        yield Consequence(ConsequenceId.FIXED_IP_LOST_SPLIT, Tone.OUT, {"addresses": join_names(addresses)})
    elif addresses:
        yield Consequence(
            ConsequenceId.FIXED_IP_GAINED_SPLIT, Tone.WARN, {"addresses": join_names(addresses)}
        )


def _internet(before: EndpointConfiguration, after: EndpointConfiguration) -> Iterator[Consequence]:
    """With a full tunnel, what doesn't get to the internet through the endpoint doesn't get there at all."""
    lost = _cut_off(after)
    if lost and lost != _cut_off(before):
        yield Consequence(ConsequenceId.INTERNET_LOST, Tone.OUT, {"subnets": join_names(lost)})
    elif before.split_tunnel and not after.split_tunnel and after.subnets:
        yield Consequence(ConsequenceId.INTERNET_REACHED, Tone.OK)


def _cut_off(state: EndpointConfiguration) -> tuple[str, ...]:
    leading = subnets_with_internet(state)
    return () if state.split_tunnel else tuple(one for one in state.subnets if one not in leading)


def _addresses(before: EndpointConfiguration, after: EndpointConfiguration) -> Iterator[Consequence]:
    then, now = set(fixed_addresses(before)), set(fixed_addresses(after))
    news = [one for one in subnets_with_internet(after) if one not in subnets_with_internet(before)]
    unknown = [one for one in news if not after.egress.get(one)]
    if then - now:
        yield Consequence(
            ConsequenceId.FIXED_IP_LOST, Tone.OUT, {"addresses": join_names(sorted(then - now))}
        )
    if now - then:
        what, tone = (
            (ConsequenceId.FIXED_IP_ADDED, Tone.WARN)
            if before.subnets
            else (ConsequenceId.FIXED_IP_AGAIN, Tone.INFO)
        )
        yield Consequence(what, tone, {"addresses": join_names(sorted(now - then))})
    if unknown:
        yield Consequence(ConsequenceId.FIXED_IP_UNKNOWN, Tone.UNKNOWN, {"subnets": join_names(unknown)})
    if now and now == then and not unknown:
        yield Consequence(ConsequenceId.FIXED_IP_STAYS, Tone.OK, {"addresses": join_names(sorted(now))})
