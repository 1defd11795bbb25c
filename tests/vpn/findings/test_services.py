"""A finding is one row for as long as it is so; who closes it says why."""

from datetime import timedelta

import pytest
import time_machine
from django.db import IntegrityError, connection
from django.utils import timezone
from pytest_django import Settings

from portal.access.models import User
from portal.access.requests import RequestOrigin
from portal.audit.models import AuditEvent
from tests.vpn.endpoints_in_database import save_endpoint
from tests.vpn.findings.test_overlaps import ELSEWHERE, HOME, stay
from vpn.findings import queries
from vpn.findings.models import Finding
from vpn.findings.services import acknowledge, evaluate
from vpn.notifications.models import Delivery

pytestmark = pytest.mark.django_db
NOBODY = RequestOrigin(address=None, reference="")


def test_looking_again_finds_nothing_new_and_says_that_it_is_still_so() -> None:
    with time_machine.travel("2026-11-20T12:00:00Z", tick=False) as clock:
        save_endpoint()
        assert [finding.kind for finding in evaluate()] == ["logging-off"]
        clock.shift(600)
        assert evaluate() == []
        row = Finding.objects.get()
        assert row.last_seen_at - row.first_seen_at == timedelta(minutes=10)


def test_a_state_that_ends_is_over_and_found_anew_when_it_comes_back() -> None:
    endpoint = save_endpoint()
    evaluate()
    endpoint.log_group = "/vpn"
    endpoint.save()
    evaluate()
    [row] = Finding.objects.filter(kind="logging-off")
    assert row.resolved_at is not None
    endpoint.log_group = ""
    endpoint.save()
    assert len(evaluate()) == 1
    assert Finding.objects.filter(kind="logging-off").count() == 2


def test_a_rule_that_cannot_be_applied_keeps_no_other_from_it() -> None:
    save_endpoint()
    stay(1, "01:00", "03:00", device_ip=HOME)
    stay(2, "02:00", "04:00", device_ip=ELSEWHERE)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE vpn_finding ADD CONSTRAINT broken CHECK (kind <> 'two-places')")
    with time_machine.travel("2026-11-20T12:00:00Z"), pytest.raises(ExceptionGroup) as raised:
        evaluate()
    [error] = raised.value.exceptions
    assert isinstance(error, IntegrityError)
    assert [finding.kind for finding in Finding.objects.all()] == ["logging-off"]


def test_what_happened_once_stays_for_thirty_days() -> None:
    with time_machine.travel("2026-11-20T12:00:00Z", tick=False) as clock:
        stay(1, "01:00", "03:00", device_ip=HOME)
        stay(2, "02:00", "04:00", device_ip=ELSEWHERE)
        assert [finding.kind for finding in evaluate()] == ["two-places"]
        clock.shift(timedelta(days=20))
        assert evaluate() == []
        assert queries.open_count() == 1
        clock.shift(timedelta(days=11))
        evaluate()
        assert queries.open_count() == 0


def test_what_is_over_is_kept_as_long_as_the_log(settings: Settings) -> None:
    settings.LOG_RETENTION_DAYS = 90
    now = timezone.now()
    for days in (89, 91):
        over = now - timedelta(days=days)
        Finding.objects.create(
            kind="not-seen",
            key=f"{days}",
            subject="x",
            first_seen_at=over,
            last_seen_at=over,
            resolved_at=over,
        )
    evaluate()
    assert [finding.key for finding in Finding.objects.all()] == ["89"]


def test_a_rule_that_can_not_tell_closes_nothing() -> None:
    now = timezone.now()
    Finding.objects.create(kind="not-seen", key="x", subject="x", first_seen_at=now, last_seen_at=now)
    evaluate()
    assert Finding.objects.get().resolved_at is None


def test_whoever_acknowledges_says_why_and_it_is_recorded(suzuki: User) -> None:
    save_endpoint()
    [row] = evaluate()
    assert acknowledge(row, actor=suzuki, reason="A test endpoint.", origin=NOBODY)
    event = AuditEvent.objects.latest("sequence")
    assert (event.tag, event.actor, event.target) == ("finding:acknowledged", suzuki.username, "tokyo-main")
    assert event.details == {"kind": "logging-off", "reason": "A test endpoint."}
    assert evaluate() == []
    assert (queries.open_count(), queries.count_by_kind("acknowledged")["logging-off"]) == (0, 1)


def test_the_second_to_acknowledge_changes_nothing(suzuki: User, takahashi: User) -> None:
    save_endpoint()
    [row] = evaluate()
    acknowledge(row, actor=suzuki, reason="First.", origin=NOBODY)
    assert not acknowledge(row, actor=takahashi, reason="Second.", origin=NOBODY)
    row.refresh_from_db()
    assert (row.reason, row.acknowledged_by) == ("First.", suzuki.username)
    assert AuditEvent.objects.filter(tag="finding:acknowledged").count() == 1


def test_new_findings_are_told_of_once_and_without_names(settings: Settings) -> None:
    settings.NOTIFY_EMAILS = ["admins@example.co.jp"]
    with time_machine.travel("2026-11-20T12:00:00Z", tick=False) as clock:
        stay(1, "01:00", "03:00", device_ip=HOME)
        stay(2, "02:00", "04:00", device_ip=ELSEWHERE)
        evaluate()
        clock.shift(600)
        evaluate()
    [delivery] = Delivery.objects.all()
    assert "同じ利用者による2か所からの同時接続 (1)" in delivery.subject
    assert "tanaka" not in delivery.subject + delivery.text
    assert delivery.url.endswith("/connections/findings/?kind=two-places")
