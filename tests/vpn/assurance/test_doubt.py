"""What isn't mended, and what can't be seen, is neither called in order nor failing for ever."""

from datetime import timedelta
from typing import Any

import pytest

from sandbox import company
from tests.vpn.assurance.healthy import INSIDE, HealthyCompany, ways_out
from tests.vpn.endpoints_in_database import rule, save_endpoint
from vpn.assurance.models import PartAcceptance, Requirement, RequirementStatus
from vpn.assurance.observed import observe_shares
from vpn.egress.verdict import EgressResult
from vpn.endpoints.models import LiveConnection, SiteToSiteVpn
from vpn.profiles.models import ProfileDownload

pytestmark = pytest.mark.django_db
R1, R2, R3, R4, R5 = Requirement
UP = {"outside_ip": "203.0.113.95", "status": "UP", "message": "", "changed_at": ""}
DOWN = UP | {"status": "DOWN"}
PEER = ways_out("other-target", via="pcx-0a", addresses=())
DECLARED = ways_out("addresses-declared", via="tgw-0a")
UNROUTED = ways_out("no-endpoint-route", via="", addresses=())[:1]
NAT_GONE = ways_out("nat-gateway-gone", addresses=())[:1]
OFFICE = ways_out("other-target", via="vgw-0a", addresses=())


def save_line(of: HealthyCompany, tunnels: list[dict[str, Any]]) -> SiteToSiteVpn:
    return SiteToSiteVpn.objects.create(
        account=of.account,
        vpn_connection_id="vpn-0b",
        name="factory",
        state="available",
        seen_at=of.now,
        tunnels=tunnels,
    )


@pytest.mark.parametrize(
    ("ways", "value"),
    [
        (PEER, "unknown"),
        (DECLARED, "unknown"),
        (UNROUTED, "unknown"),
        (NAT_GONE, None),
        (OFFICE, "fails"),
        (ways_out(), "holds"),
    ],
    ids=["peering", "declared", "no route", "NAT gateway gone", "office", "NAT gateway"],
)
def test_a_way_past_the_office_is_claimed_only_where_it_can_be_followed(
    healthy: HealthyCompany, ways: list[Any], value: str | None
) -> None:
    healthy.change(healthy.tokyo, egress=ways)
    healthy.minutes(3)
    parts = {part.key: part for part in healthy.parts("tokyo-main")}
    assert (parts["way-past-office"].value if "way-past-office" in parts else None) == value


def test_a_rule_for_the_inside_without_a_route_to_it_is_a_broken_way(healthy: HealthyCompany) -> None:
    inside = {"destination_cidr": INSIDE, "target_subnet": "", "origin": "add-route", "status": "active"}
    network = {"destination_cidr": "10.9.0.0/16", "target_subnet": "", "origin": "associate"}
    routes = [inside, network | {"status": "active"}]
    # One wide rule for several routes is covered by any of them.
    rules = [rule(INSIDE), rule("10.0.0.0/8"), rule("0.0.0.0/0")]
    healthy.change(healthy.osaka, routes=routes, authorization_rules=rules)
    in_order = healthy.minute()
    assert in_order[R5] == "holds"
    healthy.change(healthy.osaka, routes=routes[1:])
    assert [values[R5] for values in healthy.minutes(3)] == ["holds", "holds", "fails"]
    assert list(healthy.part("inside-routes", "osaka-dr").subjects) == [INSIDE]


def test_a_dead_line_beside_one_that_carries_is_a_warning(healthy: HealthyCompany) -> None:
    factory = save_line(healthy, [DOWN])
    healthy.minutes(4)
    part = healthy.part("tunnels", "tokyo-main")
    assert (part.value, part.warning) == ("holds", True)
    # AWS is still setting it up: nothing is down.
    healthy.change(factory, tunnels=[])
    healthy.minutes(5)
    assert not healthy.part("tunnels", "tokyo-main").warning
    down = [{**tunnel, "status": "DOWN"} for tunnel in healthy.line.tunnels]
    healthy.change(healthy.line, tunnels=down)
    assert healthy.minutes(3)[-1][R5] == "fails"


def test_the_only_line_that_is_deleted_fails_at_once(healthy: HealthyCompany) -> None:
    assert healthy.minute()[R5] == "holds"
    healthy.change(healthy.line, vanished_at=healthy.now)
    assert healthy.minute()[R5] == "fails"
    assert (healthy.part("tunnels", "tokyo-main").value, healthy.part("office-line").value) == (
        "fails",
        "fails",
    )
    save_line(healthy, [UP])
    healthy.minutes(5)
    assert (healthy.part("tunnels", "tokyo-main").value, healthy.part("office-line").value) == (
        "holds",
        "holds",
    )


def test_a_failure_does_not_begin_before_what_was_told_of_it(healthy: HealthyCompany) -> None:
    healthy.change(healthy.tokyo, log_group="")
    healthy.minute()
    begun = healthy.now
    acceptance = PartAcceptance.objects.create(
        key="logging-on",
        endpoint=healthy.tokyo,
        until=begun + timedelta(days=1),
        accepted_at=begun,
    )
    healthy.minutes(9)
    # Another endpoint fails: that the accepted one has for longer says nothing of it.
    restore = healthy.change(healthy.osaka, log_group="")
    assert healthy.minute()[R4] == "fails"
    assert RequirementStatus.objects.get(requirement=R4, endpoint=None).since == healthy.now
    restore()
    assert healthy.minutes(6)[-1][R4] == "accepted"
    healthy.change(acceptance, until=healthy.now)
    assert healthy.minute()[R4] == "fails"
    assert RequirementStatus.objects.get(requirement=R4, endpoint=None).since == healthy.now


def test_behind_one_nat_gateway_a_check_counts_where_its_person_is_connected(
    healthy: HealthyCompany,
) -> None:
    second = save_endpoint("tokyo-second", account=healthy.account, egress_ips=healthy.tokyo.egress_ips)
    LiveConnection.objects.filter(username__in=["p0@example.co.jp", "p1@example.co.jp"]).update(
        endpoint=second
    )
    # Of whom nobody knows the connection, nobody knows the endpoint.
    LiveConnection.objects.filter(username="p4@example.co.jp").delete()
    shares = observe_shares([healthy.tokyo, second], healthy.now)
    assert (shares[healthy.tokyo.pk].ours, shares[second.pk].ours) == (2, 2)


def test_a_wrong_address_that_nobody_looks_at_any_more_is_not_mended(healthy: HealthyCompany) -> None:
    healthy.minute()
    healthy.checks(EgressResult.DRIFT, "198.51.100.99", people=4)
    assert healthy.minutes(3)[-1][R1] == "fails"
    assert healthy.minutes(20)[-1][R1] == "unknown"
    assert healthy.part("observed-addresses", "tokyo-main").value == "unknown"
    healthy.checks(EgressResult.VPN, company.TOKYO.egress_ip, people=5)
    assert healthy.minute()[R1] == "holds"


def test_what_is_broken_or_in_nobody_s_hands_stands_by_for_nobody(healthy: HealthyCompany) -> None:
    healthy.minute()
    assert not healthy.part("standby").warning
    ProfileDownload.objects.all().delete()
    healthy.minute()
    assert healthy.part("standby").warning
    healthy.change(healthy.osaka, status="pending-associate", target_networks=[])
    healthy.minutes(3)
    assert healthy.part("standby").value == "fails"
    # The other way round it is there when it is needed.
    healthy.change(healthy.osaka, status="available")
    healthy.change(healthy.tokyo, status="pending-associate", target_networks=[])
    healthy.minutes(5)
    assert healthy.part("standby").value == "holds"
