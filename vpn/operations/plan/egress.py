"""What becomes of the way to the internet, and of the fixed IP addresses that other sites allow: pure."""

from collections.abc import Iterator

from vpn.operations.plan.findings import Consequence, ConsequenceId, Tone, listed
from vpn.operations.plan.state import EndpointConfiguration

EVERYWHERE = "0.0.0.0/0"


def leading_to_internet(state: EndpointConfiguration) -> tuple[str, ...]:
    """The subnets with a route 0.0.0.0/0. Without an authorization rule for that nobody gets there, so none."""
    if not any(one.destination_cidr == EVERYWHERE for one in state.rules):
        return ()
    routed = {one.target_subnet for one in state.routes if one.destination_cidr == EVERYWHERE}
    return tuple(one for one in state.subnets if one in routed)


def addresses_of(state: EndpointConfiguration) -> tuple[str, ...]:
    """The fixed addresses that are behind those subnets, whether or not a split tunnel keeps people from them."""
    return tuple(
        sorted({one for subnet in leading_to_internet(state) for one in state.egress.get(subnet, ())})
    )


def egress_findings(before: EndpointConfiguration, after: EndpointConfiguration) -> tuple[Consequence, ...]:
    """Nothing, where a split tunnel stays: then the endpoint has no fixed addresses, and gets none. Nor where nobody
    can connect afterwards."""
    if (before.split_tunnel and after.split_tunnel) or not after.subnets:
        return ()
    if before.split_tunnel != after.split_tunnel:
        return (*_switched(after), *_internet(before, after))
    return (*_internet(before, after), *_addresses(before, after))


def _switched(after: EndpointConfiguration) -> Iterator[Consequence]:
    addresses = addresses_of(after)
    if addresses and after.split_tunnel:
        yield Consequence(ConsequenceId.FIXED_IP_LOST_SPLIT, Tone.OUT, {"addresses": listed(addresses)})
    elif addresses:
        yield Consequence(ConsequenceId.FIXED_IP_GAINED_SPLIT, Tone.WARN, {"addresses": listed(addresses)})


def _internet(before: EndpointConfiguration, after: EndpointConfiguration) -> Iterator[Consequence]:
    """With a full tunnel, what doesn't get to the internet through the endpoint doesn't get there at all."""
    lost = _cut_off(after)
    if lost and lost != _cut_off(before):
        yield Consequence(ConsequenceId.INTERNET_LOST, Tone.OUT, {"subnets": listed(lost)})
    elif before.split_tunnel and not after.split_tunnel and after.subnets:
        yield Consequence(ConsequenceId.INTERNET_REACHED, Tone.OK)


def _cut_off(state: EndpointConfiguration) -> tuple[str, ...]:
    leading = leading_to_internet(state)
    return () if state.split_tunnel else tuple(one for one in state.subnets if one not in leading)


def _addresses(before: EndpointConfiguration, after: EndpointConfiguration) -> Iterator[Consequence]:
    then, now = set(addresses_of(before)), set(addresses_of(after))
    news = [one for one in leading_to_internet(after) if one not in leading_to_internet(before)]
    unknown = [one for one in news if not after.egress.get(one)]
    if then - now:
        yield Consequence(ConsequenceId.FIXED_IP_LOST, Tone.OUT, {"addresses": listed(sorted(then - now))})
    if now - then:
        what, tone = (
            (ConsequenceId.FIXED_IP_ADDED, Tone.WARN)
            if before.subnets
            else (ConsequenceId.FIXED_IP_AGAIN, Tone.INFO)
        )
        yield Consequence(what, tone, {"addresses": listed(sorted(now - then))})
    if unknown:
        yield Consequence(ConsequenceId.FIXED_IP_UNKNOWN, Tone.UNKNOWN, {"subnets": listed(unknown)})
    if now and now == then and not unknown:
        yield Consequence(ConsequenceId.FIXED_IP_STAYS, Tone.OK, {"addresses": listed(sorted(now))})
