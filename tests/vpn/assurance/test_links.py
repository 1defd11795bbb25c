"""Each link of the chain, broken and mended: the right requirement turns, and only that one."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

import pytest
from django.utils.translation import override
from pytest_django import DjangoAssertNumQueries

from portal.audit.models import AuditEvent
from portal.audit.services import record
from portal.audit.tags import Tag
from sandbox import company
from tests.vpn.assurance.healthy import INSIDE, SAML_ARN, HealthyCompany, changed, ways_out
from tests.vpn.endpoints_in_database import rule, save_endpoint
from vpn.assurance.models import Requirement, StatedFact
from vpn.assurance.queries import current_state
from vpn.certificates.models import Certificate
from vpn.connection_log.models import LogSource
from vpn.egress.verdict import EgressResult
from vpn.endpoints.models import LiveConnection
from vpn.findings.models import Finding
from vpn.metrics.models import MetricSource

pytestmark = pytest.mark.django_db
Mend = Callable[[], object]
Break = Callable[[HealthyCompany], Mend]
R1, R2, R3, R4, R5 = Requirement
FAILS, UNKNOWN = "fails", "unknown"


def nat_deleted(of: HealthyCompany) -> Mend:
    return of.change(of.tokyo, egress=ways_out("nat-gateway-gone", addresses=()))


def default_route_to_internet_gateway(of: HealthyCompany) -> Mend:
    return of.change(of.tokyo, egress=ways_out("internet-gateway", via="igw-0a", addresses=()))


def internet_rule_revoked(of: HealthyCompany) -> Mend:
    return of.change(of.tokyo, egress=ways_out("no-authorization-rule"))


def internet_route_deleted(of: HealthyCompany) -> Mend:
    return of.change(of.tokyo, egress=ways_out("no-endpoint-route", addresses=()))


def nat_grows_by_itself(of: HealthyCompany) -> Mend:
    return of.change(of.tokyo, egress=ways_out("addresses-may-grow"))


def endpoint_deleted(of: HealthyCompany) -> Mend:
    return of.change(of.tokyo, vanished_at=of.now)


def all_subnets_disassociated(of: HealthyCompany) -> Mend:
    return of.change(of.tokyo, status="pending-associate", target_networks=[])


def ipv6_only(of: HealthyCompany) -> Mend:
    return of.change(of.tokyo, settings=of.tokyo.settings | {"TrafficIpAddressType": "ipv6"})


def office_answers_dns(of: HealthyCompany) -> Mend:
    return of.change(of.tokyo, settings=of.tokyo.settings | {"DnsServers": ["192.0.2.3"]})


def identity_provider_in_the_office(of: HealthyCompany) -> Mend:
    return of.change(StatedFact.objects.get(question="identity-provider"), holds=False)


def standby_deleted(of: HealthyCompany) -> Mend:
    return of.change(of.osaka, account=of.account)


def metadata_expired(of: HealthyCompany) -> Mend:
    return of.change(Certificate.objects.filter(reference=SAML_ARN)[0], not_after=of.now)


def logging_switched_off(of: HealthyCompany) -> Mend:
    return of.change(of.tokyo, log_group="")


def log_group_deleted(of: HealthyCompany) -> Mend:
    return of.change(LogSource.objects.get(account=of.account), error_id="aws-not-found")


def connections_unlogged(of: HealthyCompany) -> Mend:
    finding = Finding.objects.create(
        kind="unlogged-connections",
        evidence={"endpoint_id": of.tokyo.endpoint_id},
        first_seen_at=of.now,
        last_seen_at=of.now,
    )
    return finding.delete


def both_tunnels_down(of: HealthyCompany) -> Mend:
    return of.change(of.line, tunnels=[{**tunnel, "status": "DOWN"} for tunnel in of.line.tunnels])


def inside_route_failed(of: HealthyCompany) -> Mend:
    routes = [
        {**route, "status": "failed"} if route["destination_cidr"] == INSIDE else route
        for route in of.tokyo.routes
    ]
    return of.change(of.tokyo, routes=routes)


def inside_rule_revoked(of: HealthyCompany) -> Mend:
    return of.change(of.tokyo, authorization_rules=[rule("10.0.0.0/16", group=company.EMPLOYEES.id)])


def answer_ran_out(of: HealthyCompany) -> Mend:
    return of.change(StatedFact.objects.get(question="log-retention"), until=of.now)


def role_may_not_read_metrics(of: HealthyCompany) -> Mend:
    return of.change(MetricSource.objects.get(account=of.account), error_id="aws-access-denied")


def role_may_not_read_the_log(of: HealthyCompany) -> Mend:
    return of.change(LogSource.objects.get(account=of.account), error_id="aws-access-denied")


# What turns, to what, and after how many evaluations
LINKS: Final[list[tuple[Break, dict[Requirement, str], int]]] = [
    (nat_deleted, {R1: FAILS}, 1),
    (default_route_to_internet_gateway, {R1: FAILS}, 3),
    (internet_rule_revoked, {R1: FAILS}, 3),
    (internet_route_deleted, {R1: FAILS}, 3),
    (nat_grows_by_itself, {R1: FAILS}, 3),
    (endpoint_deleted, {R1: FAILS}, 1),
    (all_subnets_disassociated, {R1: FAILS}, 3),
    (ipv6_only, {R1: FAILS}, 3),
    (office_answers_dns, {R2: FAILS}, 3),
    (identity_provider_in_the_office, {R2: FAILS}, 3),
    (standby_deleted, {R2: FAILS}, 3),
    (metadata_expired, {R3: FAILS}, 1),
    (logging_switched_off, {R4: FAILS}, 1),
    (log_group_deleted, {R4: FAILS}, 1),
    (connections_unlogged, {R4: FAILS}, 3),
    (both_tunnels_down, {R5: FAILS}, 3),
    (inside_route_failed, {R5: FAILS}, 3),
    (inside_rule_revoked, {R5: FAILS}, 3),
    (answer_ran_out, {R4: UNKNOWN}, 3),
    # One witness of two requirements: the log is compared with CloudWatch's numbers.
    (role_may_not_read_metrics, {R1: UNKNOWN, R4: UNKNOWN}, 3),
    (role_may_not_read_the_log, {R4: UNKNOWN}, 3),
]


@pytest.mark.parametrize(
    ("break_it", "expected", "after"), LINKS, ids=lambda value: getattr(value, "__name__", "")
)
def test_a_broken_link_turns_its_requirement_and_no_other(
    healthy: HealthyCompany, break_it: Break, expected: dict[Requirement, str], after: int
) -> None:
    in_order = healthy.minute()
    assert in_order == {R1: "holds", R2: UNKNOWN, R3: "holds", R4: "holds", R5: "holds"}
    mend = break_it(healthy)
    seen = [changed(in_order, values) for values in healthy.minutes(after)]
    assert seen == [{}] * (after - 1) + [expected]
    mend()
    # What wasn't known needs no time to recover.
    until_mended = 4 if FAILS in expected.values() else 0
    recovery = [changed(in_order, values) for values in healthy.minutes(until_mended + 1)]
    assert recovery == [expected] * until_mended + [{}]


def test_a_blip_of_two_minutes_tells_nobody(healthy: HealthyCompany) -> None:
    in_order = healthy.minute()
    for _again in range(3):
        mend = both_tunnels_down(healthy)
        values = healthy.minutes(2)
        mend()
        assert [changed(in_order, each) for each in (*values, healthy.minute())] == [{}] * 3


def test_a_snapshot_that_is_old_makes_everything_that_rests_on_it_unknown(healthy: HealthyCompany) -> None:
    in_order = healthy.minute()
    for endpoint in (healthy.tokyo, healthy.osaka):
        healthy.change(endpoint, error_id="aws-access-denied")
    values = healthy.minutes(9)
    assert changed(in_order, values[3]) == {}
    # Whose parts are all unknown isn't called failing, nor left green.
    assert changed(in_order, values[-1]) == {R1: UNKNOWN, R3: UNKNOWN, R4: UNKNOWN, R5: UNKNOWN}
    with override("en"):
        assert "role lacks a permission" in healthy.part("way-out", "tokyo-main").evidence


def test_the_permission_that_the_role_lacks_is_named(healthy: HealthyCompany) -> None:
    refused = "User: arn:aws:sts::123456789012:assumed-role/genkan/1 is not authorized to perform: {} on resource: *"
    source = LogSource.objects.get(account=healthy.account)
    for row, action, minutes in (
        (source, "logs:FilterLogEvents", 1),
        (healthy.tokyo, "ec2:DescribeClientVpnRoutes", 9),
    ):
        healthy.change(row, error_id="aws-access-denied", error_message=refused.format(action))
        healthy.minutes(minutes)
        for language in ("en", "ja"):
            with override(language):
                evidence = [part.evidence for state in current_state(healthy.now) for part in state.parts]
            assert any(action in text for text in evidence), (action, language)


def test_the_evidence_names_what_fails_and_what_was_mended(healthy: HealthyCompany) -> None:
    healthy.minute()
    mend = nat_deleted(healthy)
    healthy.minute()
    part = healthy.part("way-out", "tokyo-main")
    assert "1" in part.evidence
    assert "subnet-0a nat-0a" in part.evidence
    assert list(part.subjects) == ["subnet-0a"]
    assert part.since == healthy.now
    mend()
    healthy.minutes(5)
    part = healthy.part("way-out", "tokyo-main")
    assert (part.value, list(part.subjects), list(part.mended)) == ("holds", [], ["subnet-0a"])


def test_what_people_are_seen_with_wins_over_what_aws_is_set_to(healthy: HealthyCompany) -> None:
    healthy.minute()
    healthy.checks(EgressResult.DRIFT, "198.51.100.99", people=2)
    # Two people may have another VPN running: it is told, and nothing turns.
    assert healthy.minutes(4)[-1][R1] == "holds"
    assert healthy.part("observed-addresses", "tokyo-main").warning
    healthy.checks(EgressResult.DRIFT, "198.51.100.99", people=4)
    assert [values[R1] for values in healthy.minutes(3)] == ["holds", "holds", "fails"]
    assert "198.51.100.99" in healthy.part("observed-addresses", "tokyo-main").evidence
    healthy.checks(EgressResult.VPN, company.TOKYO.egress_ip, people=5)
    assert healthy.minutes(5)[-1][R1] == "holds"
    healthy.now += timedelta(hours=25)
    LiveConnection.objects.all().delete()
    assert healthy.minute()[R1] == "unknown"


def test_a_tunnel_of_two_is_a_warning_and_not_a_failure(healthy: HealthyCompany) -> None:
    healthy.minute()
    up, down = healthy.line.tunnels
    healthy.change(healthy.line, tunnels=[up, {**down, "status": "DOWN"}])
    assert healthy.minutes(4)[-1][R5] == "holds"
    part = healthy.part("tunnels", "tokyo-main")
    assert part.warning
    assert list(part.subjects) == ["head-office 203.0.113.92"]


def test_an_endpoint_that_stands_by_fails_at_nothing(healthy: HealthyCompany) -> None:
    in_order = healthy.minute()
    save_endpoint(
        "osaka-standby",
        account=healthy.osaka.account,
        status="pending-associate",
        configuration="",
        egress_ips=[],
        egress_known_at=None,
    )
    assert [changed(in_order, values) for values in healthy.minutes(4)] == [{}] * 4


def test_an_event_of_the_audit_record_that_is_not_as_it_was_written_is_noticed(
    healthy: HealthyCompany,
) -> None:
    for _number in range(3):
        record(Tag.SIGN_OUT, actor=healthy.people[0])
    in_order = healthy.minute()
    newest = AuditEvent.objects.latest("sequence")
    newest.pk, newest.sequence, newest.previous_hash = None, newest.sequence + 1, newest.hash
    newest.hash = "f" * 64
    newest.save(force_insert=True)
    assert changed(in_order, healthy.minute()) == {R4: "fails"}
    assert f"event {newest.sequence} was changed" in healthy.part("audit-chain").evidence


def test_who_has_read_of_a_failure_has_not_mended_it(healthy: HealthyCompany) -> None:
    healthy.minute()
    connections_unlogged(healthy)
    assert healthy.minutes(3)[-1][R4] == FAILS
    Finding.objects.update(acknowledged_at=healthy.now)
    assert healthy.minutes(6)[-1][R4] == FAILS


def test_an_evaluation_reads_as_much_for_many_people_as_for_few(
    healthy: HealthyCompany, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    healthy.minute()
    for number in range(20):
        save_endpoint(f"more-{number}", account=healthy.account, split_tunnel=True)
    with django_assert_max_num_queries(75):
        healthy.minute()
