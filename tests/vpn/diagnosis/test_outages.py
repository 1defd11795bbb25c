"""What many have at once is named first, whatever else is wrong with the person; and only while it lasts."""

from datetime import UTC, timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone
from pytest_django import Settings

from portal.access.models import User
from sandbox import company
from tests.vpn.connection_log.log_lines import failed, started, waiting
from tests.vpn.diagnosis.test_situations import Situation, others_fail, stamp
from tests.vpn.endpoints_in_database import rule, save_connection
from vpn.connection_log.models import LogSource
from vpn.diagnosis.base.layer import LayerId, LayerState
from vpn.health_events.models import HealthEvent
from vpn.metrics.definitions import POINTS_A_DAY
from vpn.metrics.models import MetricDay, MetricSource

pytestmark = pytest.mark.django_db


@pytest.fixture
def situation(tanaka: User) -> Situation:
    return Situation(tanaka)


def others_wait(situation: Situation, count: int, minutes: float = 8) -> None:
    situation.log(
        *(
            waiting(
                40 + number,
                at=stamp(minutes - number / 10),
                **situation.values(username="NA", device_ip=f"203.0.113.{number + 1}"),
            )
            for number in range(count)
        )
    )


def somebody_connects(situation: Situation, minutes: float) -> None:
    at = stamp(minutes)
    other = situation.values(username="sato@example.co.jp", device_ip="203.0.113.77")
    situation.log(started(9, connection_start_time=at, connection_last_update_time=at, **other))


def count_metric(situation: Situation, metric: str, value: float, *, minutes: float, of: int = 1) -> None:
    """``value`` in each of ``of`` periods, the last of them ``minutes`` ago."""
    account = situation.endpoint.account
    now, empty = timezone.now(), list[float | None]([None] * POINTS_A_DAY)
    MetricSource.objects.update_or_create(
        account=account, defaults={"read_until": now, "seen_at": now, "attempted_at": now}
    )
    for number in range(of):
        moment = (now - timedelta(minutes=minutes + 5 * number)).astimezone(UTC)
        row, _created = MetricDay.objects.get_or_create(
            resource=situation.endpoint.endpoint_id,
            metric=metric,
            day=moment.date(),
            defaults={"values": empty},
        )
        row.values[(moment.hour * 60 + moment.minute) // 5] = value
        row.save()


def aws_reports(situation: Situation, *, minutes: float, service: str = "VPN", status: str = "open") -> None:
    cache.clear()
    now = timezone.now()
    HealthEvent.objects.create(
        arn="arn:aws:health:ap-northeast-1::event/VPN/1",
        region=situation.endpoint.account.region,
        service=service,
        type_code="AWS_VPN_OPERATIONAL_ISSUE",
        category="issue",
        status=status,
        started_at=now - timedelta(minutes=minutes),
        updated_at=now,
        received_at=now,
        descriptions={"en_US": "Increased connection failures."},
    )


@pytest.fixture
def health(settings: Settings) -> None:
    settings.AWS_HEALTH_QUEUE = {"url": "https://sqs.ap-northeast-1.amazonaws.com/123456789012/health"}


def test_an_outage_is_named_though_the_caller_has_tried_nothing(situation: Situation) -> None:
    others_fail(situation, 3)
    cause = situation.diagnose().cause
    assert cause is not None
    assert (cause.id, cause.parameters["count"]) == ("many-fail", 3)


def test_a_handler_that_breaks_in_two_ways_is_one_outage(situation: Situation) -> None:
    others_fail(situation, 3, "client-connect-handler-throttled")
    situation.log(failed(1, at=stamp(9), reason="client-connect-handler-timed-out", **situation.values()))
    assert situation.cause == "many-fail"


def test_an_outage_beats_what_is_personal(situation: Situation) -> None:
    situation.change(
        configuration_hash="0" * 64, authorization_rules=[rule("0.0.0.0/0", group=company.ADMINS.id)]
    )
    others_fail(situation, 7, minutes=3)
    situation.log(failed(1, at=stamp(20), reason="client-connect-failed", **situation.values()))
    assert situation.cause == "many-fail"


def test_what_the_callers_newer_attempt_got_past_is_over(situation: Situation) -> None:
    others_fail(situation, 7, minutes=20)
    situation.log(failed(1, at=stamp(1), reason="client-connect-failed", **situation.values()))
    assert situation.cause == "handler-refused"


@pytest.mark.parametrize(("count", "cause"), [(4, "policy-denied"), (5, "many-fail")])
def test_a_policy_that_refuses_everybody_is_an_outage(situation: Situation, count: int, cause: str) -> None:
    others_fail(situation, count, "authorization-policy-deny")
    situation.log(failed(1, at=stamp(1), reason="authorization-policy-deny", **situation.values()))
    assert situation.cause == cause


def test_nobody_gets_through_the_identity_provider(situation: Situation) -> None:
    others_wait(situation, 4)
    situation.check("outside")
    situation.log(waiting(1, at=stamp(4), **situation.values(username="NA")))
    assert situation.cause == "sign-in-down"
    somebody_connects(situation, 3)
    assert situation.cause == "no-assertion"


def test_whoever_is_connected_has_no_part_in_it(situation: Situation) -> None:
    situation.connect(minutes=40)
    others_fail(situation, 7)
    assert situation.cause == ""


def test_a_log_that_is_behind_proves_no_outage(situation: Situation) -> None:
    now = timezone.now()
    situation.change(log_group="/vpn")
    LogSource.objects.create(
        account=situation.endpoint.account,
        log_group="/vpn",
        seen_at=now - timedelta(minutes=20),
        read_until=now - timedelta(minutes=20),
    )
    others_fail(situation, 7, minutes=25)
    assert situation.state(LayerId.SERVICE) is LayerState.UNKNOWN


@pytest.mark.usefixtures("health")
def test_aws_health_names_the_cause_until_somebody_connects(situation: Situation) -> None:
    aws_reports(situation, minutes=20)
    assert situation.cause == "aws-trouble"
    somebody_connects(situation, 5)
    assert situation.cause == ""
    assert situation.state(LayerId.SERVICE) is LayerState.UNKNOWN


@pytest.mark.usefixtures("health")
def test_aws_health_about_something_else_is_no_cause(situation: Situation) -> None:
    aws_reports(situation, minutes=20, service="LAMBDA")
    assert situation.cause == ""


def test_cloudwatch_counts_failures_that_no_log_has(situation: Situation) -> None:
    count_metric(situation, "AuthenticationFailures", 6, minutes=3, of=3)
    assert situation.cause == "sign-ins-fail"
    somebody_connects(situation, 1)
    assert situation.cause == ""


def test_one_person_who_tries_again_and_again_is_no_outage(situation: Situation) -> None:
    count_metric(situation, "AuthenticationFailures", 4, minutes=3, of=3)
    situation.check("outside")
    nameless = situation.values(username="NA")
    situation.log(*(waiting(number, at=stamp(3 + number), **nameless) for number in range(1, 9)))
    assert situation.cause == "no-assertion"


def test_cloudwatch_counts_errors_of_the_handler(situation: Situation) -> None:
    count_metric(situation, "ClientConnectHandlerTimeouts", 2, minutes=3, of=2)
    assert situation.cause == "handler-errors"


def test_everybody_was_cut_off_at_once(situation: Situation) -> None:
    count_metric(situation, "ActiveConnectionsCount", 0, minutes=16, of=2)
    count_metric(situation, "ActiveConnectionsCount", 40, minutes=26, of=4)
    assert situation.cause == "all-cut"
    save_connection(situation.endpoint, "sato@example.co.jp")
    assert situation.cause == ""


@pytest.mark.parametrize("log_group", ["/vpn", ""])
def test_that_everybody_was_cut_off_is_claimed_only_while_it_would_show_that_they_are_back(
    situation: Situation, log_group: str
) -> None:
    """The list is old, and the log is behind or isn't written at all."""
    count_metric(situation, "ActiveConnectionsCount", 0, minutes=16, of=2)
    count_metric(situation, "ActiveConnectionsCount", 40, minutes=26, of=4)
    hour_ago = timezone.now() - timedelta(hours=1)
    situation.change(log_group=log_group, connections_seen_at=hour_ago)
    assert situation.cause == ""
    if log_group:
        source = LogSource.objects.create(
            account=situation.endpoint.account, log_group=log_group, seen_at=hour_ago, read_until=hour_ago
        )
        assert situation.cause == ""
        LogSource.objects.filter(pk=source.pk).update(seen_at=timezone.now(), read_until=timezone.now())
        assert situation.cause == "all-cut"


def test_in_the_evening_people_leave_one_after_the_other(situation: Situation) -> None:
    count_metric(situation, "ActiveConnectionsCount", 0, minutes=16)
    count_metric(situation, "ActiveConnectionsCount", 2, minutes=21)
    count_metric(situation, "ActiveConnectionsCount", 40, minutes=26, of=4)
    assert situation.cause == ""


def test_metrics_that_are_old_prove_nothing(situation: Situation) -> None:
    count_metric(situation, "AuthenticationFailures", 60, minutes=3, of=3)
    MetricSource.objects.update(read_until=timezone.now() - timedelta(hours=1))
    assert situation.cause == ""
