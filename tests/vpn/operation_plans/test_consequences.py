"""What else a change does: disconnections, the way to the internet, profiles, routes, quotas, cost."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import override

from sandbox.company import EMPLOYEES, ENGINEERING, OFFICE_LAN
from tests.vpn.operation_plans.configurations import (
    EVERYWHERE,
    PEOPLE,
    RECENT,
    TOKYO_STATE,
    A,
    C,
    changed,
    ids,
    route,
    rule,
)
from vpn.aws.snapshots import AuthorizationRule, Route, TargetNetwork
from vpn.endpoints.egress import EgressReason
from vpn.operation_plans.access import access_consequences
from vpn.operation_plans.configuration import (
    EndpointConfiguration,
    live_configuration,
    with_route,
    with_rule,
    with_settings,
    with_subnet,
    without_any_subnet,
    without_endpoint,
    without_route,
    without_rule,
    without_subnet,
)
from vpn.operation_plans.consequences import GRAVEST_FIRST, ConsequenceId, Reconnection, Tone, get_topic
from vpn.operation_plans.costs import connection_cost, cost_consequences, monthly_cost, prices_for
from vpn.operation_plans.disconnects import find_disconnects
from vpn.operation_plans.egress import egress_consequences
from vpn.operation_plans.profiles import profile_consequences
from vpn.operation_plans.quotas import (
    endpoints_quota_use,
    quota_consequence,
    quota_consequences,
)
from vpn.operation_plans.report import PlanContext, compare_configurations, new_endpoint_consequences
from vpn.operation_plans.routes import missing_routes, route_consequences
from vpn.operation_plans.safeguards import handler_consequences, log_consequences
from vpn.operation_plans.texts import consequence_text
from vpn.operation_plans.tunnels import tunnel_consequences
from vpn.quotas.limits import Limits

TOKYO_PRICES = prices_for("ap-northeast-1", {})
LIMITS = Limits()


def test_only_what_is_live_is_compared() -> None:
    state = live_configuration(
        rules=[
            AuthorizationRule("10.0.0.0/8", "g", False, "", status)
            for status in ("active", "authorizing", "failed", "revoking")
        ],
        routes=[Route("10.0.0.0/8", A, "add-route", status) for status in ("active", "failed", "deleting")],
        target_networks=[
            TargetNetwork("cvpn-assoc-1", A, "vpc-1", "associated"),
            TargetNetwork("cvpn-assoc-2", C, "vpc-1", "disassociating"),
        ],
    )
    assert (len(state.rules), len(state.routes), state.subnets) == (2, 1, (A,))


@pytest.mark.parametrize(
    ("after", "cause"),
    [
        (
            with_settings(TOKYO_STATE, {"server_certificate_arn": "arn:two"}),
            ConsequenceId.RESET_SERVER_CERTIFICATE,
        ),
        (with_settings(TOKYO_STATE, {"dns_servers": ["10.0.0.2"]}), ConsequenceId.RESET_DNS_SERVERS),
        (with_settings(TOKYO_STATE, {"split_tunnel": True}), ConsequenceId.RESET_SPLIT_TUNNEL),
        (with_settings(TOKYO_STATE, {"vpn_port": 1194}), ConsequenceId.RESET_PORT),
        (changed(revocation_list="new"), ConsequenceId.RESET_REVOCATION_LIST),
        (with_rule(TOKYO_STATE, destination_cidr="10.9.0.0/16", group_id=""), ConsequenceId.RESET_RULES),
        (without_rule(TOKYO_STATE, OFFICE_LAN, ENGINEERING.id), ConsequenceId.RESET_RULES),
    ],
)
def test_these_changes_reset_every_connection(after: EndpointConfiguration, cause: ConsequenceId) -> None:
    disconnects = find_disconnects(TOKYO_STATE, after)
    assert (disconnects.everybody, ids(disconnects.consequences)) == (True, [cause])


def test_routes_reset_connections_with_split_tunnel_only() -> None:
    for split, everybody in ((False, False), (True, True)):
        before = changed(split_tunnel=split)
        after = with_route(before, destination_cidr="10.9.0.0/16", target_subnet=A)
        assert find_disconnects(before, after).everybody is everybody
        assert find_disconnects(after, before).everybody is everybody


@pytest.mark.parametrize(
    "changes",
    [
        {"session_timeout_hours": 8},
        {"login_banner": "Hello"},
        {"description": "Tokyo", "security_groups": ["sg-1"]},
        {"split_tunnel": False},
        {},
    ],
)
def test_other_changes_disconnect_nobody(changes: dict[str, Any]) -> None:
    disconnects = find_disconnects(TOKYO_STATE, with_settings(TOKYO_STATE, changes))
    assert (disconnects.everybody, ids(disconnects.consequences)) == (False, [ConsequenceId.NOBODY_RESET])


def test_one_of_several_subnets_takes_those_along_whom_nobody_can_name() -> None:
    disconnects = find_disconnects(TOKYO_STATE, without_subnet(TOKYO_STATE, C))
    assert (disconnects.everybody, disconnects.reconnection, ids(disconnects.consequences)) == (
        False,
        Reconnection.BY_ITSELF,
        [ConsequenceId.SUBNET_GONE],
    )


def test_with_the_last_subnet_everybody_goes_and_nobody_comes_back() -> None:
    after = without_subnet(without_subnet(TOKYO_STATE, C), A)
    disconnects = find_disconnects(TOKYO_STATE, after)
    assert (disconnects.everybody, disconnects.reconnection, ids(disconnects.consequences)) == (
        True,
        Reconnection.WHEN_RESUMED,
        [ConsequenceId.LAST_SUBNET_GONE],
    )
    assert after.routes == ()


def test_split_tunnel_loses_the_fixed_address_and_full_tunnel_gains_it() -> None:
    split = with_settings(TOKYO_STATE, {"split_tunnel": True})
    with override("ja"):
        (lost,) = egress_consequences(TOKYO_STATE, split)
    assert (lost.id, lost.tone) == (ConsequenceId.FIXED_IP_LOST_SPLIT, Tone.OUT)
    assert lost.values["addresses"] == "203.0.113.10、203.0.113.11"
    assert ids(egress_consequences(split, TOKYO_STATE)) == [
        ConsequenceId.FIXED_IP_GAINED_SPLIT,
        ConsequenceId.INTERNET_REACHED,
    ]


def test_full_tunnel_without_a_way_to_the_internet_is_said_to_have_none() -> None:
    for before in (
        changed(split_tunnel=True, rules=(rule("10.0.0.0/16"),)),
        changed(split_tunnel=True, routes=(route(EVERYWHERE, A),)),
    ):
        assert ConsequenceId.INTERNET_LOST in ids(
            egress_consequences(before, with_settings(before, {"split_tunnel": False}))
        )


def test_a_default_route_that_goes_takes_the_internet_from_its_subnet() -> None:
    consequences = egress_consequences(TOKYO_STATE, without_route(TOKYO_STATE, EVERYWHERE, C))
    assert ids(consequences) == [ConsequenceId.INTERNET_LOST, ConsequenceId.FIXED_IP_LOST]
    assert consequences[0].values["subnets"] == C
    assert ids(egress_consequences(TOKYO_STATE, without_rule(TOKYO_STATE, EVERYWHERE, EMPLOYEES.id))) == [
        ConsequenceId.INTERNET_LOST,
        ConsequenceId.FIXED_IP_LOST,
    ]


def test_a_subnet_that_goes_takes_its_address_along() -> None:
    (consequence,) = egress_consequences(TOKYO_STATE, without_subnet(TOKYO_STATE, C))
    assert (consequence.id, consequence.values["addresses"]) == (ConsequenceId.FIXED_IP_LOST, "203.0.113.11")


def test_the_address_behind_a_new_subnet_is_not_known_until_it_has_a_route() -> None:
    more = with_subnet(TOKYO_STATE, "subnet-d")
    assert ids(egress_consequences(TOKYO_STATE, more)) == [
        ConsequenceId.INTERNET_LOST,
        ConsequenceId.FIXED_IP_STAYS,
    ]
    routed = with_route(more, destination_cidr=EVERYWHERE, target_subnet="subnet-d")
    assert ids(egress_consequences(TOKYO_STATE, routed)) == [ConsequenceId.FIXED_IP_UNKNOWN]


def test_a_subnet_that_comes_back_brings_its_address() -> None:
    without = without_subnet(TOKYO_STATE, C)
    assert ids(egress_consequences(without, TOKYO_STATE)) == [ConsequenceId.FIXED_IP_ADDED]


def test_nothing_is_said_of_fixed_addresses_where_split_tunnel_stays() -> None:
    split = changed(split_tunnel=True)
    assert egress_consequences(split, without_subnet(split, C)) == ()


def test_an_unrelated_change_leaves_the_fixed_address() -> None:
    after = with_rule(TOKYO_STATE, destination_cidr="10.9.0.0/16", group_id="")
    assert ids(egress_consequences(TOKYO_STATE, after)) == [ConsequenceId.FIXED_IP_STAYS]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"vpn_port": 1194}, ConsequenceId.PROFILES_STOP),
        ({"transport_protocol": "tcp"}, ConsequenceId.PROFILES_STOP),
        (
            {"dns_name": "cvpn-endpoint-0b.prod.clientvpn.ap-northeast-1.amazonaws.com"},
            ConsequenceId.PROFILES_STOP,
        ),
        ({"server_certificate_arn": "arn:two"}, ConsequenceId.PROFILES_DOUBTFUL),
        ({"split_tunnel": True, "dns_servers": ("10.0.0.2",)}, ConsequenceId.PROFILES_STAY),
    ],
)
def test_whether_profiles_go_on_working(changes: dict[str, Any], expected: ConsequenceId) -> None:
    assert ids(profile_consequences(TOKYO_STATE, replace(TOKYO_STATE, **changes), recent_people=RECENT)) == [
        expected
    ]


def test_a_route_on_one_of_two_subnets_is_missing_on_the_other() -> None:
    after = with_route(TOKYO_STATE, destination_cidr="10.9.0.0/16", target_subnet=A)
    after = with_rule(after, destination_cidr="10.9.0.0/16", group_id="")
    assert missing_routes(after) == {"10.9.0.0/16": (C,)}
    assert ids(route_consequences(TOKYO_STATE, after)) == [ConsequenceId.ROUTE_MISSING]
    both = with_route(after, destination_cidr="10.9.0.0/16", target_subnet=C)
    assert ids(route_consequences(after, both)) == [ConsequenceId.ROUTES_EVERYWHERE]


def test_a_route_that_was_missing_before_is_not_this_change_s_fault() -> None:
    before = with_route(TOKYO_STATE, destination_cidr="10.9.0.0/16", target_subnet=A)
    after = without_rule(before, OFFICE_LAN, ENGINEERING.id)
    assert ConsequenceId.ROUTE_MISSING_ALREADY in ids(route_consequences(before, after))


def test_a_new_subnet_without_the_routes_of_the_others_lacks_them() -> None:
    after = with_subnet(TOKYO_STATE, "subnet-d")
    assert missing_routes(after) == {EVERYWHERE: ("subnet-d",), OFFICE_LAN: ("subnet-d",)}


def test_a_rule_without_a_route_and_a_route_without_a_rule_are_of_no_use() -> None:
    split = EndpointConfiguration(
        rules=(rule("10.0.0.0/16"),), routes=(route("10.0.0.0/16", A, "associate"),), subnets=(A,)
    )
    ruled = with_rule(split, destination_cidr="172.20.0.0/16", group_id="g")
    routed = with_route(split, destination_cidr="172.20.0.0/16", target_subnet=A)
    assert ids(route_consequences(split, ruled)) == [ConsequenceId.RULE_WITHOUT_ROUTE]
    assert ids(route_consequences(split, routed)) == [ConsequenceId.ROUTE_WITHOUT_RULE]
    both = with_rule(routed, destination_cidr="172.20.0.0/16", group_id="g")
    assert route_consequences(split, both) == ()
    assert ids(route_consequences(both, ruled)) == [ConsequenceId.RULE_WITHOUT_ROUTE]


def test_a_rule_inside_a_routed_network_has_a_way() -> None:
    after = with_rule(TOKYO_STATE, destination_cidr="172.16.5.0/24", group_id="g")
    assert ids(route_consequences(TOKYO_STATE, after)) == [ConsequenceId.ROUTES_EVERYWHERE]


def test_the_route_from_client_to_client_needs_no_subnet() -> None:
    state = with_route(TOKYO_STATE, destination_cidr="10.8.0.0/22", target_subnet="local")
    assert missing_routes(state) == {}


def test_quotas_are_named_where_more_is_used() -> None:
    after = with_rule(TOKYO_STATE, destination_cidr="10.9.0.0/16", group_id="")
    (consequence,) = quota_consequences(TOKYO_STATE, after, LIMITS)
    assert (consequence.id, consequence.values["used"], consequence.values["limit"]) == (
        ConsequenceId.QUOTA_LEFT,
        4,
        200,
    )
    assert quota_consequences(after, TOKYO_STATE, LIMITS) == ()


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (178, ConsequenceId.QUOTA_LEFT),
        (179, ConsequenceId.QUOTA_NEARLY_USED),
        (199, ConsequenceId.QUOTA_NEARLY_USED),
        (200, ConsequenceId.QUOTA_EXCEEDED),
    ],
)
def test_a_quota_that_is_nearly_used_or_exceeded_is_said_to_be(count: int, expected: ConsequenceId) -> None:
    before = EndpointConfiguration(rules=tuple(rule(f"10.{n}.0.0/16", "g") for n in range(count)))
    after = with_rule(before, destination_cidr="192.168.0.0/16", group_id="g")
    assert ids(quota_consequences(before, after, LIMITS)) == [expected]


def test_routes_are_counted_for_each_subnet() -> None:
    after = with_route(TOKYO_STATE, destination_cidr="10.9.0.0/16", target_subnet=C)
    (consequence,) = quota_consequences(TOKYO_STATE, after, LIMITS)
    assert (consequence.values["quota"], consequence.values["where"], consequence.values["used"]) == (
        "routes",
        C,
        4,
    )


def test_how_many_may_connect_follows_from_the_number_of_subnets() -> None:
    assert [LIMITS.connections(number).value for number in (0, 1, 2, 5, 9)] == [
        0,
        7_000,
        36_500,
        126_000,
        126_000,
    ]
    consequences = quota_consequences(TOKYO_STATE, without_subnet(TOKYO_STATE, C), LIMITS)
    assert ids(consequences) == [ConsequenceId.CONNECTIONS_LIMITED]


def test_a_sixth_endpoint_is_one_too_many() -> None:
    assert (
        quota_consequence(endpoints_quota_use(6, region="ap-northeast-1", limits=LIMITS)).id
        == ConsequenceId.QUOTA_EXCEEDED
    )


def test_a_subnet_less_costs_less_and_one_more_costs_more() -> None:
    less = without_subnet(TOKYO_STATE, C)
    (saved,) = cost_consequences(TOKYO_STATE, less, TOKYO_PRICES)
    assert (saved.id, saved.values) == (ConsequenceId.COST_LESS, {"amount": "109.50", "currency": "USD"})
    assert ids(cost_consequences(less, TOKYO_STATE, TOKYO_PRICES)) == [ConsequenceId.COST_MORE]
    assert monthly_cost(without_subnet(less, A), TOKYO_PRICES) == 0


def test_split_tunnel_changes_what_the_nat_gateway_costs() -> None:
    split = with_settings(TOKYO_STATE, {"split_tunnel": True})
    assert ids(cost_consequences(TOKYO_STATE, split, TOKYO_PRICES)) == [ConsequenceId.NAT_TRAFFIC_LESS]
    assert ids(cost_consequences(split, TOKYO_STATE, TOKYO_PRICES)) == [ConsequenceId.NAT_TRAFFIC_MORE]


def test_prices_are_the_region_s_before_those_for_all_and_the_defaults() -> None:
    assert TOKYO_PRICES.association_hour == Decimal("0.15")
    assert prices_for("eu-central-1", {}).association_hour == Decimal("0.10")
    entries = {"*": {"association_hour": 0.2}, "ap-northeast-1": {"currency": "JPY", "association_hour": 24}}
    tokyo = prices_for("ap-northeast-1", entries)
    assert (tokyo.currency, tokyo.association_hour, tokyo.connection_hour) == (
        "JPY",
        Decimal(24),
        Decimal("0.05"),
    )
    assert prices_for("eu-central-1", entries).association_hour == Decimal("0.2")


def test_prices_are_aws_s_before_the_defaults_and_say_so() -> None:
    read = datetime(2026, 11, 30, tzinfo=UTC)
    listed = {"currency": "USD", "association_hour": "0.17", "connection_hour": "0.06"}
    prices = prices_for("ap-northeast-1", {}, listed=listed, seen_at=read)
    assert (prices.association_hour, prices.source, prices.seen_at) == (Decimal("0.17"), "aws", read)
    assert TOKYO_PRICES.source == "default"
    # A setting in another currency: the list's amounts say nothing about it.
    yen = prices_for("ap-northeast-1", {"*": {"currency": "JPY", "association_hour": 24}}, listed=listed)
    assert (yen.currency, yen.connection_hour, yen.source) == ("JPY", Decimal("0.05"), "default")
    both = {"*": {"association_hour": 1, "connection_hour": 2}}
    assert prices_for("ap-northeast-1", both, listed=listed, seen_at=read).source == "setting"


def test_a_raised_quota_holds_and_its_age_is_said() -> None:
    read = datetime(2026, 11, 30, tzinfo=UTC)
    limits = Limits({"rules": 500, "connections": 50_000}, read, {"routes": 300})
    assert (limits.limit("rules").value, limits.limit("rules").source) == (500, "aws")
    assert (limits.limit("routes").value, limits.limit("routes").source) == (300, "setting")
    assert (limits.limit("endpoints").value, limits.limit("endpoints").source) == (5, "default")
    # The larger of AWS's number and of the documented one for so many subnets.
    assert [(limits.connections(n).value, limits.connections(n).source) for n in (1, 3)] == [
        (50_000, "aws"),
        (66_500, "default"),
    ]
    after = with_rule(TOKYO_STATE, destination_cidr="10.9.0.0/16", group_id="")
    (consequence,) = quota_consequences(TOKYO_STATE, after, limits)
    assert consequence.values["seen"] == read.isoformat()
    assert "500" in consequence_text(consequence)


@pytest.mark.parametrize("price", ["NaN", "Infinity", -1, "x", None, [1]])
def test_a_price_that_is_none_is_refused(price: object) -> None:
    with pytest.raises(ImproperlyConfigured, match="association_hour must be a number"):
        prices_for("x", {"*": {"association_hour": price}})


def test_the_report_begins_with_why_people_are_disconnected() -> None:
    after = with_settings(TOKYO_STATE, {"split_tunnel": True})
    report = compare_configurations(TOKYO_STATE, after, PlanContext(PEOPLE, RECENT, TOKYO_PRICES))
    assert report.disconnects.everybody
    assert ids(report.consequences) == [
        ConsequenceId.RESET_SPLIT_TUNNEL,
        ConsequenceId.FIXED_IP_LOST_SPLIT,
        ConsequenceId.TUNNEL_LOOP,
        ConsequenceId.PROFILES_STAY,
        ConsequenceId.NAT_TRAFFIC_LESS,
    ]


def test_a_change_of_nothing_reports_that_all_stays() -> None:
    report = compare_configurations(TOKYO_STATE, TOKYO_STATE, PlanContext(PEOPLE, RECENT, TOKYO_PRICES))
    assert ids(report.consequences) == [
        ConsequenceId.NOBODY_RESET,
        ConsequenceId.FIXED_IP_STAYS,
        ConsequenceId.PROFILES_STAY,
    ]


def test_a_pause_takes_access_from_everybody_who_connected_lately() -> None:
    report = compare_configurations(
        TOKYO_STATE, without_any_subnet(TOKYO_STATE), PlanContext(PEOPLE, RECENT, TOKYO_PRICES, Decimal(100))
    )
    assert ids(report.consequences) == [
        ConsequenceId.LAST_SUBNET_GONE,
        ConsequenceId.ACCESS_STOPS,
        ConsequenceId.PROFILES_STAY,
        ConsequenceId.COST_LESS,
        ConsequenceId.CONNECTIONS_COST_LESS,
        ConsequenceId.COST_BASIS,
    ]
    assert report.consequences[1].values["count"] == len(RECENT)


def test_a_resumption_gives_it_back_with_the_addresses_that_the_subnets_had() -> None:
    report = compare_configurations(
        without_any_subnet(TOKYO_STATE), TOKYO_STATE, PlanContext(PEOPLE, RECENT, TOKYO_PRICES, Decimal(100))
    )
    assert [
        consequence_id
        for consequence_id in ids(report.consequences)
        if consequence_id not in {ConsequenceId.QUOTA_LEFT, ConsequenceId.ACCESS_BY_LAST_SIGN_IN}
    ] == [
        ConsequenceId.NOBODY_CONNECTED,
        ConsequenceId.ACCESS_STARTS,
        ConsequenceId.FIXED_IP_AGAIN,
        ConsequenceId.PROFILES_STAY,
        ConsequenceId.ROUTES_EVERYWHERE,
        ConsequenceId.CONNECTIONS_LIMITED,
        ConsequenceId.COST_MORE,
        ConsequenceId.CONNECTIONS_COST_MORE,
        ConsequenceId.COST_BASIS,
    ]
    assert not report.disconnects.everybody


@pytest.mark.parametrize(
    ("recent", "count", "tone"),
    [(RECENT, 3, Tone.OUT), (frozenset(), 0, Tone.OK), (None, None, Tone.OUT)],
)
def test_how_many_a_pause_shuts_out_is_what_the_log_says_and_unknown_without_it(
    recent: frozenset[str] | None, count: int | None, tone: Tone
) -> None:
    context = PlanContext(PEOPLE, recent, TOKYO_PRICES)
    report = compare_configurations(TOKYO_STATE, without_any_subnet(TOKYO_STATE), context)
    stops = next(
        consequence for consequence in report.consequences if consequence.id == ConsequenceId.ACCESS_STOPS
    )
    assert (stops.values["count"], stops.tone) == (count, tone)


def test_people_whose_groups_the_portal_does_not_know_are_said_to_be_there() -> None:
    after = without_rule(TOKYO_STATE, OFFICE_LAN, ENGINEERING.id)
    strangers = access_consequences(TOKYO_STATE, after, PEOPLE, RECENT)[-1]
    assert strangers.id == ConsequenceId.ACCESS_OF_STRANGERS
    assert (strangers.values["count"], strangers.values["recent"]) == (1, 3)


def test_switching_the_connection_log_off_takes_something_from_everybody() -> None:
    logged = changed(log_group="/vpn/tokyo")
    (off,) = log_consequences(logged, changed(log_group=""), log_groups=["/vpn/tokyo"])
    assert (off.id, off.tone) == (ConsequenceId.LOG_OFF, Tone.OUT)
    assert list(log_consequences(logged, logged, log_groups=[])) == []
    assert [consequence.id for consequence in log_consequences(None, changed(), log_groups=[])] == [
        ConsequenceId.LOG_OFF
    ]


def test_a_log_group_that_nobody_has_seen_is_not_promised_to_record_anything() -> None:
    logged, typo = changed(log_group="/vpn/tokyo"), changed(log_group="/vpn/tokio")
    unseen, moved = log_consequences(logged, typo, log_groups=["/vpn/tokyo"])
    assert (unseen.id, unseen.tone) == (ConsequenceId.LOG_GROUP_UNSEEN, Tone.OUT)
    assert moved.id == ConsequenceId.LOG_GROUP_CHANGED
    (on,) = log_consequences(changed(), logged, log_groups=["/vpn/tokyo"])
    assert (on.id, on.tone) == (ConsequenceId.LOG_ON, Tone.OK)


def test_without_the_handler_those_who_are_blocked_may_connect_again() -> None:
    handled = changed(client_connect_handler="arn:aws:lambda:x:1:function:AWSClientVPN-deny")
    blocked = ["a.ito@example.co.jp", "r.goto@example.co.jp"]
    removed, free = handler_consequences(handled, changed(), blocked=blocked)
    assert (removed.id, removed.tone) == (ConsequenceId.HANDLER_REMOVED, Tone.OUT)
    assert (free.id, free.tone, free.people) == (ConsequenceId.BLOCKED_FREE, Tone.OUT, tuple(blocked))
    other = changed(client_connect_handler="arn:aws:lambda:x:1:function:AWSClientVPN-other")
    consequence_ids = ids(tuple(handler_consequences(handled, other, blocked=blocked)))
    assert consequence_ids == [ConsequenceId.HANDLER_CHANGED, ConsequenceId.BLOCKED_DOUBTFUL]
    assert ids(tuple(handler_consequences(handled, changed(), blocked=[]))) == [ConsequenceId.HANDLER_REMOVED]
    assert ids(tuple(handler_consequences(changed(), handled, blocked=blocked))) == []


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        (EgressReason.NO_DEFAULT_ROUTE, ConsequenceId.INTERNET_DEAD_END),
        (EgressReason.BLACKHOLE, ConsequenceId.INTERNET_DEAD_END),
        (EgressReason.NAT_GATEWAY_GONE, ConsequenceId.INTERNET_DEAD_END),
        (EgressReason.INTERNET_GATEWAY, ConsequenceId.FIXED_IP_NONE),
        (EgressReason.ADDRESSES_MAY_GROW, ConsequenceId.FIXED_IP_MAY_GROW),
    ],
)
def test_where_the_route_table_of_a_new_subnet_leads_is_said_before(
    reason: EgressReason, expected: ConsequenceId
) -> None:
    before = changed(egress_reasons={"subnet-d": (reason,)})
    after = with_route(with_subnet(before, "subnet-d"), destination_cidr=EVERYWHERE, target_subnet="subnet-d")
    said = egress_consequences(before, after)
    assert expected in ids(said)
    assert ConsequenceId.FIXED_IP_UNKNOWN not in ids(said)
    assert said[0].values["subnet"] == "subnet-d"
    split_before, split_after = replace(before, split_tunnel=True), replace(after, split_tunnel=True)
    assert egress_consequences(split_before, split_after) == ()


def test_the_address_behind_a_new_subnet_is_known_where_its_route_table_was_read() -> None:
    before = changed(egress={**TOKYO_STATE.egress, "subnet-d": ("203.0.113.12",)})
    after = with_route(with_subnet(before, "subnet-d"), destination_cidr=EVERYWHERE, target_subnet="subnet-d")
    (added,) = egress_consequences(before, after)
    assert (added.id, added.values["addresses"]) == (ConsequenceId.FIXED_IP_ADDED, "203.0.113.12")


def test_split_tunnel_and_a_default_route_make_windows_connect_without_end() -> None:
    full = changed(dns_servers=("10.0.0.2",))
    split = with_settings(full, {"split_tunnel": True})
    with override("ja"):
        (loop,) = tunnel_consequences(full, split)
    assert (loop.id, loop.tone) == (ConsequenceId.TUNNEL_LOOP, Tone.OUT)
    assert loop.values["subnets"] == "subnet-a、subnet-c"
    plain = without_route(without_route(full, EVERYWHERE, A), EVERYWHERE, C)
    assert list(tunnel_consequences(plain, with_settings(plain, {"split_tunnel": True}))) == []
    without = with_settings(plain, {"split_tunnel": True})
    routed = with_route(without, destination_cidr=EVERYWHERE, target_subnet=A)
    assert ids(tuple(tunnel_consequences(without, routed))) == [ConsequenceId.TUNNEL_LOOP]


def test_full_tunnel_without_a_dns_server_is_said_where_the_change_brings_it_about() -> None:
    split, served = changed(split_tunnel=True, routes=()), changed(dns_servers=("10.0.0.2",))
    for before in (split, served):
        assert ids(tuple(tunnel_consequences(before, TOKYO_STATE))) == [ConsequenceId.DNS_NONE]
    assert list(tunnel_consequences(TOKYO_STATE, changed(vpn_port=1194))) == []
    assert list(tunnel_consequences(TOKYO_STATE, served)) == []


def test_a_dns_server_that_no_rule_permits_is_of_no_use() -> None:
    narrow = changed(rules=(rule(OFFICE_LAN, ENGINEERING.id),), dns_servers=("172.16.0.2",))
    after = with_settings(narrow, {"dns_servers": ["10.0.0.2", "172.16.0.2"]})
    (shut_out,) = tunnel_consequences(narrow, after)
    assert (shut_out.id, shut_out.values["servers"]) == (ConsequenceId.DNS_SHUT_OUT, "10.0.0.2")


@pytest.mark.parametrize("destination", [EVERYWHERE, "::/0"])
def test_a_rule_for_everybody_and_everywhere_is_no_small_thing(destination: str) -> None:
    consequences = access_consequences(
        TOKYO_STATE, with_rule(TOKYO_STATE, destination_cidr=destination, group_id=""), PEOPLE, RECENT
    )
    said = next(
        consequence
        for consequence in consequences
        if consequence.id == ConsequenceId.ACCESS_EVERYBODY_EVERYWHERE
    )
    assert said.tone == Tone.OUT
    grouped = with_rule(TOKYO_STATE, destination_cidr=destination, group_id=ENGINEERING.id)
    assert ConsequenceId.ACCESS_EVERYBODY_EVERYWHERE not in ids(
        access_consequences(TOKYO_STATE, grouped, PEOPLE, RECENT)
    )


@pytest.mark.parametrize(
    ("after", "reconnection"),
    [
        (changed(split_tunnel=True), Reconnection.BY_ITSELF),
        (changed(vpn_port=1194), Reconnection.NEW_PROFILE),
        (changed(vpn_port=1194, server_certificate_arn="arn:two"), Reconnection.NEW_PROFILE),
        (changed(server_certificate_arn="arn:two"), Reconnection.SAME_CERTIFICATE),
        (without_any_subnet(TOKYO_STATE), Reconnection.WHEN_RESUMED),
        (without_endpoint(TOKYO_STATE), Reconnection.NEVER),
    ],
)
def test_how_people_come_back_follows_from_what_changes(
    after: EndpointConfiguration, reconnection: Reconnection
) -> None:
    assert find_disconnects(TOKYO_STATE, after).reconnection == reconnection


def test_on_an_endpoint_with_ipv6_the_ipv6_internet_counts_too() -> None:
    both = changed(
        traffic="dual-stack",
        rules=(*TOKYO_STATE.rules, rule("::/0", EMPLOYEES.id)),
        routes=(*TOKYO_STATE.routes, route("::/0", A), route("::/0", C)),
    )
    (lost, stays) = egress_consequences(both, without_route(both, "::/0", C))
    assert (lost.id, lost.values["everywhere"], lost.values["subnets"]) == (
        ConsequenceId.INTERNET_LOST,
        "::/0",
        C,
    )
    # IPv6 is not translated: it neither has nor loses a fixed address.
    assert stays.id == ConsequenceId.FIXED_IP_STAYS
    only = replace(both, traffic="ipv6")
    assert egress_consequences(only, without_route(only, EVERYWHERE, C)) == ()


def test_the_gravest_are_all_said_to_take_something() -> None:
    assert len(set(GRAVEST_FIRST)) == len(GRAVEST_FIRST)


def test_connections_cost_by_the_hour_only_where_they_come_or_go_altogether() -> None:
    none = without_any_subnet(TOKYO_STATE)
    less = cost_consequences(TOKYO_STATE, none, TOKYO_PRICES, connection_hours=Decimal(1000))
    assert (less[1].id, less[1].values["amount"]) == (ConsequenceId.CONNECTIONS_COST_LESS, "50.00")
    one_less = without_subnet(TOKYO_STATE, C)
    assert ids(cost_consequences(TOKYO_STATE, one_less, TOKYO_PRICES, connection_hours=Decimal(1000))) == [
        ConsequenceId.COST_LESS
    ]
    assert connection_cost(2, TOKYO_PRICES).values == {
        "count": 2,
        "price": "0.05",
        "currency": "USD",
        "source": "default",
        "seen": "",
    }


def test_with_the_endpoint_its_profiles_go_for_good() -> None:
    report = compare_configurations(
        TOKYO_STATE, without_endpoint(TOKYO_STATE), PlanContext(PEOPLE, RECENT, TOKYO_PRICES)
    )
    assert ConsequenceId.PROFILES_GONE in ids(report.consequences)
    assert ConsequenceId.FIXED_IP_LOST not in ids(report.consequences)


def test_a_new_endpoint_gives_access_and_costs_what_its_subnets_cost() -> None:
    consequence_ids = ids(new_endpoint_consequences(TOKYO_STATE, PlanContext(PEOPLE, RECENT, TOKYO_PRICES)))
    assert {
        ConsequenceId.ACCESS_GAINED,
        ConsequenceId.FIXED_IP_AGAIN,
        ConsequenceId.ROUTES_EVERYWHERE,
        ConsequenceId.QUOTA_LEFT,
        ConsequenceId.COST_MORE,
    } <= set(consequence_ids)
    assert not {ConsequenceId.RESET_RULES, ConsequenceId.PROFILES_STAY} & set(consequence_ids)
    standby = ids(
        new_endpoint_consequences(without_any_subnet(TOKYO_STATE), PlanContext(PEOPLE, RECENT, TOKYO_PRICES))
    )
    assert standby == [ConsequenceId.DNS_NONE, ConsequenceId.LOG_OFF, ConsequenceId.QUOTA_LEFT]


def test_security_groups_are_counted_against_aws_s_five() -> None:
    after = with_settings(TOKYO_STATE, {"security_groups": ["sg-1", "sg-2", "sg-3", "sg-4", "sg-5"]})
    (consequence,) = quota_consequences(TOKYO_STATE, after, LIMITS)
    assert (consequence.id, consequence.values["used"], consequence.values["limit"]) == (
        ConsequenceId.QUOTA_NEARLY_USED,
        5,
        5,
    )


def test_every_finding_answers_a_question() -> None:
    for consequence_id in ConsequenceId:
        assert get_topic(consequence_id)
