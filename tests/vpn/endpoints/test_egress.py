"""The chain from an endpoint's subnets to the addresses that the internet sees, link by link."""

from dataclasses import asdict, replace

import pytest
from django.utils import translation

from vpn.aws.snapshots import (
    AuthorizationRule,
    ElasticIp,
    EndpointSnapshot,
    NatGateway,
    NatGatewayAddress,
    NetworkSnapshot,
    Route,
    RouteTable,
    RouteTarget,
    TargetNetwork,
)
from vpn.endpoints.chain import chains
from vpn.endpoints.egress import WARNINGS, EgressReason, SubnetEgress, find_egress, unique_addresses
from vpn.endpoints.reasons import REASONS

ENDPOINT = EndpointSnapshot(
    endpoint_id="cvpn-endpoint-0a",
    description="",
    status="available",
    status_message="",
    dns_name="",
    client_cidr_block="10.8.0.0/22",
    vpc_id="vpc-0a",
    split_tunnel=False,
    transport_protocol="udp",
    vpn_port=443,
    session_timeout_hours=24,
    authentication=("federated-authentication",),
    log_group="",
    tags={},
)
TARGET = TargetNetwork("cvpn-assoc-0a", "subnet-0a", "vpc-0a", "associated")
EVERYWHERE = Route("0.0.0.0/0", "subnet-0a", "add-route", "active")
RULE = AuthorizationRule("0.0.0.0/0", "group-1", access_all=False, description="", status="active")
OWN = RouteTable(
    "rtb-own",
    "vpc-0a",
    main=False,
    subnet_ids=("subnet-0a",),
    default_ipv4=RouteTarget("nat-0a"),
    default_ipv6=None,
)
ADDRESS = NatGatewayAddress("203.0.113.10", "eipalloc-0a", "succeeded")
NAT = NatGateway("nat-0a", "available", "public", "zonal", (ADDRESS,))
NETWORK = NetworkSnapshot((OWN,), (NAT,), (ElasticIp("eipalloc-0a", "203.0.113.10"),))


def only(
    network: NetworkSnapshot = NETWORK,
    *,
    endpoint: EndpointSnapshot = ENDPOINT,
    target: TargetNetwork = TARGET,
    route: Route | None = EVERYWHERE,
    rule: AuthorizationRule | None = RULE,
) -> SubnetEgress:
    (subnet,) = find_egress(endpoint, [target], [route] if route else [], [rule] if rule else [], network)
    return subnet


def with_route(target: RouteTarget | None) -> NetworkSnapshot:
    return replace(NETWORK, route_tables=(replace(OWN, default_ipv4=target),))


def with_nat(nat: NatGateway) -> NetworkSnapshot:
    return replace(NETWORK, nat_gateways=(nat,))


def test_a_whole_chain_ends_at_the_elastic_ip_address() -> None:
    assert only() == SubnetEgress("subnet-0a", "nat-0a", ("203.0.113.10",), ())


BROKEN: dict[EgressReason, SubnetEgress] = {
    EgressReason.NO_TARGET_NETWORK: find_egress(ENDPOINT, [], [EVERYWHERE], [RULE], NETWORK)[0],
    EgressReason.NOT_ASSOCIATED: only(target=replace(TARGET, status="associating")),
    EgressReason.NO_ENDPOINT_ROUTE: only(route=None),
    EgressReason.NO_ROUTE_TABLE: only(replace(NETWORK, route_tables=())),
    EgressReason.NO_DEFAULT_ROUTE: only(with_route(None)),
    EgressReason.BLACKHOLE: only(with_route(RouteTarget("nat-0a", blackhole=True))),
    EgressReason.INTERNET_GATEWAY: only(with_route(RouteTarget("igw-0a"))),
    EgressReason.OTHER_TARGET: only(with_route(RouteTarget("vpce-0a"))),
    EgressReason.TRANSIT_GATEWAY: only(with_route(RouteTarget("tgw-0a"))),
    EgressReason.NAT_GATEWAY_GONE: only(replace(NETWORK, nat_gateways=())),
    EgressReason.NAT_GATEWAY_NOT_AVAILABLE: only(with_nat(replace(NAT, state="pending"))),
    EgressReason.NAT_GATEWAY_PRIVATE: only(with_nat(replace(NAT, connectivity="private"))),
    EgressReason.NO_ADDRESS: only(with_nat(replace(NAT, addresses=()))),
}
DOUBTFUL: dict[EgressReason, SubnetEgress] = {
    EgressReason.NO_AUTHORIZATION_RULE: only(rule=None),
    EgressReason.ADDRESS_MANAGED_BY_AWS: only(
        replace(NETWORK, elastic_ips=(ElasticIp("eipalloc-0a", "203.0.113.10", service_managed="nat"),))
    ),
    EgressReason.ADDRESSES_MAY_GROW: only(
        with_nat(replace(NAT, availability_mode="regional", may_grow=True))
    ),
    EgressReason.ADDRESSES_DECLARED: find_egress(
        ENDPOINT, [TARGET], [EVERYWHERE], [RULE], with_route(RouteTarget("tgw-0a")), declared=["203.0.113.10"]
    )[0],
    EgressReason.SPLIT_TUNNEL: only(endpoint=replace(ENDPOINT, split_tunnel=True)),
    EgressReason.IPV6_NOT_TRANSLATED: only(endpoint=replace(ENDPOINT, traffic_ip_address_type="dual-stack")),
}


def test_every_reason_has_a_case_here() -> None:
    assert set(BROKEN) | set(DOUBTFUL) == set(EgressReason)
    assert set(DOUBTFUL) == WARNINGS


@pytest.mark.parametrize("reason", BROKEN)
def test_a_broken_chain_has_no_address_and_one_reason(reason: EgressReason) -> None:
    assert BROKEN[reason].reasons == (reason,)
    assert BROKEN[reason].addresses == ()


@pytest.mark.parametrize("reason", DOUBTFUL)
def test_a_doubtful_chain_still_has_its_address(reason: EgressReason) -> None:
    assert DOUBTFUL[reason].reasons == (reason,)
    assert DOUBTFUL[reason].addresses == ("203.0.113.10",)


@pytest.mark.parametrize("reason", EgressReason)
def test_every_reason_can_be_drawn(reason: EgressReason) -> None:
    subnet = (BROKEN | DOUBTFUL)[reason]
    fields = {"subnet_id": "subnet-0a", "via": subnet.via, "addresses": list(subnet.addresses)}
    (chain,) = chains("tokyo-main", [fields | {"reasons": [str(reason) for reason in subnet.reasons]}])
    states = [stop.state for stop in chain.stops]
    assert len(chain.reasons) == 1
    if reason in WARNINGS:
        assert (chain.tone, set(states)) == ("warn", {"reached"})
    else:
        assert (chain.tone, states.count("broken")) == ("out", 1)
        assert states == sorted(states, key=["reached", "broken", "dashed"].index)


def test_a_split_tunnel_without_a_way_to_the_internet_is_drawn_as_meant() -> None:
    subnet = {"subnet_id": "subnet-0a", "via": "", "addresses": []}
    reasons = ["no-authorization-rule", "split-tunnel", "no-endpoint-route"]
    (chain,) = chains("osaka-dr", [subnet | {"reasons": reasons}])
    assert chain.tone == "info"
    assert chain.reasons == [REASONS[EgressReason.SPLIT_TUNNEL]]
    assert [stop.state for stop in chain.stops] == ["reached", "dashed", "dashed", "dashed", "dashed"]


def test_a_reason_of_a_newer_portal_does_not_break_the_drawing() -> None:
    subnet = {"subnet_id": "subnet-0a", "via": "nat-0a", "addresses": [], "reasons": ["something-new"]}
    (chain,) = chains("tokyo-main", [subnet])
    assert (chain.tone, chain.reasons) == ("out", [])


def test_the_endpoint_s_addresses_are_those_of_all_its_subnets() -> None:
    second = replace(TARGET, association_id="cvpn-assoc-0b", subnet_id="subnet-0b")
    table = replace(
        OWN, route_table_id="rtb-b", subnet_ids=("subnet-0b",), default_ipv4=RouteTarget("nat-0b")
    )
    nat = replace(
        NAT,
        nat_gateway_id="nat-0b",
        addresses=(replace(ADDRESS, public_ip="203.0.113.11"), replace(ADDRESS, public_ip="203.0.113.12")),
    )
    network = NetworkSnapshot((OWN, table), (NAT, nat))
    routes = [EVERYWHERE, replace(EVERYWHERE, target_subnet="subnet-0b")]
    subnets = find_egress(ENDPOINT, [TARGET, second], routes, [RULE], network)
    assert [subnet.subnet_id for subnet in subnets] == ["subnet-0a", "subnet-0b"]
    assert unique_addresses(subnets) == ["203.0.113.10", "203.0.113.11", "203.0.113.12"]


def test_two_subnets_behind_one_nat_gateway_have_one_address() -> None:
    second = replace(TARGET, subnet_id="subnet-0b")
    table = replace(OWN, subnet_ids=("subnet-0a", "subnet-0b"))
    routes = [EVERYWHERE, replace(EVERYWHERE, target_subnet="subnet-0b")]
    subnets = find_egress(ENDPOINT, [TARGET, second], routes, [RULE], replace(NETWORK, route_tables=(table,)))
    assert unique_addresses(subnets) == ["203.0.113.10"]


def test_one_broken_subnet_takes_nothing_from_the_others() -> None:
    second = replace(TARGET, subnet_id="subnet-0b")
    good, broken = find_egress(ENDPOINT, [TARGET, second], [EVERYWHERE], [RULE], NETWORK)
    assert good.addresses == ("203.0.113.10",)
    assert broken.reasons == (EgressReason.NO_ENDPOINT_ROUTE,)


def test_a_subnet_without_a_table_of_its_own_follows_its_vpc_s_main_table() -> None:
    main = replace(OWN, route_table_id="rtb-main", main=True, subnet_ids=())
    foreign = replace(main, route_table_id="rtb-foreign", vpc_id="vpc-0b", default_ipv4=None)
    assert only(replace(NETWORK, route_tables=(foreign, main))).addresses == ("203.0.113.10",)


def test_a_subnet_s_own_table_comes_before_the_main_table() -> None:
    main = replace(
        OWN, route_table_id="rtb-main", main=True, subnet_ids=(), default_ipv4=RouteTarget("igw-0a")
    )
    assert only(replace(NETWORK, route_tables=(main, OWN))).addresses == ("203.0.113.10",)


def test_an_address_counts_only_once_it_is_assigned() -> None:
    assigning = replace(ADDRESS, public_ip="203.0.113.11", status="assigning")
    without_public = replace(ADDRESS, public_ip="")
    nat = replace(NAT, addresses=(assigning, ADDRESS, without_public))
    assert only(with_nat(nat)).addresses == ("203.0.113.10",)


def test_routes_and_rules_count_only_while_they_are_active() -> None:
    assert only(route=replace(EVERYWHERE, status="creating")).reasons == (EgressReason.NO_ENDPOINT_ROUTE,)
    assert only(rule=replace(RULE, status="authorizing")).reasons == (EgressReason.NO_AUTHORIZATION_RULE,)


def test_a_route_or_rule_to_some_destination_does_not_lead_to_the_internet() -> None:
    assert only(route=replace(EVERYWHERE, destination_cidr="10.0.0.0/16")).addresses == ()
    assert EgressReason.NO_AUTHORIZATION_RULE in only(rule=replace(RULE, destination_cidr="nonsense")).reasons


def test_what_is_doubtful_is_said_beside_what_is_broken() -> None:
    split = only(endpoint=replace(ENDPOINT, split_tunnel=True), route=None, rule=None)
    assert set(split.reasons) == {
        EgressReason.SPLIT_TUNNEL,
        EgressReason.NO_AUTHORIZATION_RULE,
        EgressReason.NO_ENDPOINT_ROUTE,
    }


def test_declared_addresses_count_only_where_the_way_cannot_be_followed() -> None:
    def with_declared(network: NetworkSnapshot) -> SubnetEgress:
        return find_egress(ENDPOINT, [TARGET], [EVERYWHERE], [RULE], network, declared=["203.0.113.77"])[0]

    for target in ("tgw-0a", "vpce-0a"):
        assert with_declared(with_route(RouteTarget(target))).addresses == ("203.0.113.77",)
    assert with_declared(NETWORK) == only()
    broken = with_declared(with_route(None))
    assert (broken.addresses, broken.reasons) == ((), (EgressReason.NO_DEFAULT_ROUTE,))


TRANSIT_GATEWAY = replace(ENDPOINT, transit_gateway_id="tgw-0a", vpc_id="")
ZONES = [
    TargetNetwork(f"cvpn-assoc-{zone}", "", "", "associated", availability_zone=f"ap-northeast-1{zone}")
    for zone in "ac"
]
THROUGH_TRANSIT_GATEWAY = Route("0.0.0.0/0", "", "add-route", "active")


def test_the_chain_of_an_endpoint_with_a_transit_gateway_ends_there() -> None:
    first, second = find_egress(
        TRANSIT_GATEWAY, ZONES, [THROUGH_TRANSIT_GATEWAY], [RULE], NetworkSnapshot((), (), ())
    )
    assert (first.subnet_id, second.subnet_id) == ("ap-northeast-1a", "ap-northeast-1c")
    assert (first.via, first.addresses, first.reasons) == ("tgw-0a", (), (EgressReason.TRANSIT_GATEWAY,))
    with translation.override("en"):
        (chain,) = chains("tokyo-main", [asdict(first)], zones=True)
    assert [stop.label for stop in chain.stops][1:3] == ["Availability Zone", "Transit gateway"]
    assert [stop.state for stop in chain.stops][2] == "broken"


def test_declared_addresses_end_the_chain_of_a_transit_gateway() -> None:
    subnets = find_egress(
        TRANSIT_GATEWAY,
        ZONES,
        [THROUGH_TRANSIT_GATEWAY],
        [RULE],
        NetworkSnapshot((), (), ()),
        declared=["203.0.113.77"],
    )
    assert unique_addresses(subnets) == ["203.0.113.77"]


def test_an_endpoint_with_ipv6_only_is_judged_by_its_ipv6_rule_and_route() -> None:
    """Its traffic is not translated, so it has no fixed address, and that is the only thing to say."""
    subnet = only(
        endpoint=replace(ENDPOINT, traffic_ip_address_type="ipv6"),
        route=Route("::/0", "subnet-0a", "add-route", "active"),
        rule=AuthorizationRule("::/0", "", access_all=True, description="", status="active"),
    )
    assert (subnet.addresses, subnet.reasons) == ((), (EgressReason.IPV6_NOT_TRANSLATED,))
    without = only(endpoint=replace(ENDPOINT, traffic_ip_address_type="ipv6"))
    assert {EgressReason.NO_AUTHORIZATION_RULE, EgressReason.NO_ENDPOINT_ROUTE} <= {*without.reasons}
