"""What a change does to the way to the internet, and to the fixed IP addresses that other sites permit: pure."""

from collections.abc import Iterator
from typing import Final

from vpn.endpoints.egress import DEAD_ENDS, EgressReason
from vpn.operation_plans.configuration import EndpointConfiguration
from vpn.operation_plans.consequences import Consequence, ConsequenceId, Tone, join_names

# AWS translates the source of IPv4 traffic only: there is no fixed IPv6 address.
EVERYWHERE_IPV4: Final = "0.0.0.0/0"


def subnets_with_internet(state: EndpointConfiguration, everywhere: str) -> tuple[str, ...]:
    """The subnets with a route to ``everywhere``; none if no authorization rule permits it."""
    if not any(rule.destination_cidr == everywhere for rule in state.rules):
        return ()
    routed = {route.target_subnet for route in state.routes if route.destination_cidr == everywhere}
    return tuple(subnet for subnet in state.subnets if subnet in routed)


def fixed_addresses(state: EndpointConfiguration) -> tuple[str, ...]:
    """The fixed IP addresses behind those subnets, whether or not a split tunnel keeps people from using them."""
    if EVERYWHERE_IPV4 not in state.everywhere:
        return ()
    subnets = subnets_with_internet(state, EVERYWHERE_IPV4)
    return tuple(sorted({address for subnet in subnets for address in state.egress.get(subnet, ())}))


def has_unknown_way(state: EndpointConfiguration) -> bool:
    """Whether AWS hasn't told where one of those subnets leads, so that it may be behind any address."""
    return any(
        not state.egress.get(subnet) and not state.egress_reasons.get(subnet)
        for subnet in subnets_with_internet(state, EVERYWHERE_IPV4)
    )


def egress_consequences(
    before: EndpointConfiguration, after: EndpointConfiguration
) -> tuple[Consequence, ...]:
    """Empty where a split tunnel stays, because then no traffic to the internet uses the endpoint before or after.

    Also empty where nobody can connect afterwards.
    """
    if (before.split_tunnel and after.split_tunnel) or not after.subnets:
        return ()
    if before.split_tunnel != after.split_tunnel:
        return (*_split_tunnel_switched(after), *_internet(before, after), *_ways_out(before, after))
    return (*_internet(before, after), *_ways_out(before, after), *_addresses(before, after))


def _split_tunnel_switched(after: EndpointConfiguration) -> Iterator[Consequence]:
    addresses = fixed_addresses(after)
    if addresses and after.split_tunnel:
        yield Consequence(ConsequenceId.FIXED_IP_LOST_SPLIT, Tone.OUT, {"addresses": join_names(addresses)})
    elif addresses:
        yield Consequence(
            ConsequenceId.FIXED_IP_GAINED_SPLIT, Tone.WARN, {"addresses": join_names(addresses)}
        )


def _internet(before: EndpointConfiguration, after: EndpointConfiguration) -> Iterator[Consequence]:
    """With a full tunnel, who does not reach the internet through the endpoint does not reach it at all."""
    for everywhere in after.everywhere:
        without_internet = _subnets_without_internet(after, everywhere)
        values = {"subnets": join_names(without_internet), "everywhere": everywhere}
        if without_internet and without_internet != _subnets_without_internet(before, everywhere):
            yield Consequence(ConsequenceId.INTERNET_LOST, Tone.OUT, values)
        elif before.split_tunnel and not after.split_tunnel and not without_internet:
            yield Consequence(ConsequenceId.INTERNET_REACHED, Tone.OK, values)


def _subnets_without_internet(state: EndpointConfiguration, everywhere: str) -> tuple[str, ...]:
    if state.split_tunnel:
        return ()
    with_internet = subnets_with_internet(state, everywhere)
    return tuple(subnet for subnet in state.subnets if subnet not in with_internet)


def _ways_out(before: EndpointConfiguration, after: EndpointConfiguration) -> Iterator[Consequence]:
    """What the route tables of the VPC say of each subnet through which the internet is reached from now on."""
    if after.split_tunnel or EVERYWHERE_IPV4 not in after.everywhere:
        return
    used_before = () if before.split_tunnel else subnets_with_internet(before, EVERYWHERE_IPV4)
    for subnet in subnets_with_internet(after, EVERYWHERE_IPV4):
        reasons = after.egress_reasons.get(subnet, ())
        if subnet in used_before or not reasons:
            continue
        values = {"subnet": subnet, "reason": reasons[0].value}
        if DEAD_ENDS & {*reasons}:
            yield Consequence(ConsequenceId.INTERNET_DEAD_END, Tone.OUT, values)
        elif EgressReason.INTERNET_GATEWAY in reasons:
            yield Consequence(ConsequenceId.FIXED_IP_NONE, Tone.OUT, values)
        elif EgressReason.ADDRESSES_MAY_GROW in reasons:
            yield Consequence(ConsequenceId.FIXED_IP_MAY_GROW, Tone.WARN, values)


def _addresses(before: EndpointConfiguration, after: EndpointConfiguration) -> Iterator[Consequence]:
    addresses_before, addresses_after = set(fixed_addresses(before)), set(fixed_addresses(after))
    lost, added = addresses_before - addresses_after, addresses_after - addresses_before
    if EVERYWHERE_IPV4 not in after.everywhere:
        return
    subnets_before = subnets_with_internet(before, EVERYWHERE_IPV4)
    new_subnets = [
        subnet for subnet in subnets_with_internet(after, EVERYWHERE_IPV4) if subnet not in subnets_before
    ]
    unknown = [
        subnet
        for subnet in new_subnets
        if not after.egress.get(subnet) and not after.egress_reasons.get(subnet)
    ]
    if lost:
        yield Consequence(ConsequenceId.FIXED_IP_LOST, Tone.OUT, {"addresses": join_names(sorted(lost))})
    if added:
        values = {"addresses": join_names(sorted(added))}
        # A paused endpoint had no address, so sites that permit its addresses need not learn of new ones.
        if before.subnets:
            yield Consequence(ConsequenceId.FIXED_IP_ADDED, Tone.WARN, values)
        else:
            yield Consequence(ConsequenceId.FIXED_IP_AGAIN, Tone.INFO, values)
    if unknown:
        yield Consequence(ConsequenceId.FIXED_IP_UNKNOWN, Tone.UNKNOWN, {"subnets": join_names(unknown)})
    if addresses_after and addresses_after == addresses_before and not unknown:
        values = {"addresses": join_names(sorted(addresses_after))}
        yield Consequence(ConsequenceId.FIXED_IP_STAYS, Tone.OK, values)
