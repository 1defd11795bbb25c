"""A drill: who is told, who got through and how fast, who didn't and why, and that nobody else reads it."""

import html
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.core.cache import cache
from django.utils import timezone

from portal.access.models import User
from portal.audit.models import AuditEvent
from tests.conftest import SignedIn
from tests.vpn.connection_log.log_lines import failed, keep, started
from tests.vpn.connection_log.stored_log import moment, read_log
from tests.vpn.endpoints_in_database import save_connection, save_endpoint
from vpn.assurance.models import PartStatus
from vpn.assurance.services import evaluate
from vpn.drills.base.models import Drill, DrillOutcome
from vpn.drills.base.queries import CACHE_KEY, last_result
from vpn.drills.services import REPEATS_AFTER, cancel_drill, follow_drills, plan_drill
from vpn.egress.models import EgressCheck
from vpn.endpoints.models import AwsAccount, Endpoint
from vpn.notifications.models import Delivery
from vpn.profiles.models import ProfileDownload

pytestmark = pytest.mark.django_db
STANDBY_IP = "198.51.100.77"
BEGINS = moment("2026-11-20 01:00")


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel(BEGINS - timedelta(hours=1), tick=False) as clock:
        yield clock


@pytest.fixture
def osaka() -> Endpoint:
    account = AwsAccount.objects.create(name="osaka", region="ap-northeast-3")
    endpoint = save_endpoint("osaka-dr", account=account, egress_ips=[STANDBY_IP])
    save_endpoint("tokyo-main")
    read_log()
    return endpoint


def plan(osaka: Endpoint, *people: User, actor: User, repeats: bool = False) -> Drill:
    return plan_drill(
        endpoint=osaka,
        starts_at=BEGINS,
        ends_at=BEGINS + timedelta(hours=1),
        people=people,
        repeats=repeats,
        note="",
        actor=actor,
    )


def check(user: User, address: str, at: datetime) -> None:
    EgressCheck.objects.update_or_create(
        user=user, defaults={"result": "vpn", "address": address, "checked_at": at}
    )


def connect(endpoint: Endpoint, user: User, at: datetime) -> None:
    save_connection(endpoint, user.username, established_at=at)


def outcome(drill: Drill, user: User) -> str:
    return drill.participants.get(user=user).outcome


def test_one_passes_and_one_fails_with_the_reason(
    osaka: Endpoint, tanaka: User, sato: User, suzuki: User, takahashi: User, clock: Any, signed_in: SignedIn
) -> None:
    drill = plan(osaka, tanaka, sato, suzuki, actor=takahashi)
    clock.move_to(BEGINS)
    follow_drills()
    clock.move_to(BEGINS + timedelta(minutes=12))
    at = "2026-11-20 01:10:00"
    keep(
        [
            started(
                1,
                username=tanaka.username,
                client_vpn_endpoint_id=osaka.endpoint_id,
                connection_start_time=at,
                connection_last_update_time=at,
            ),
            failed(
                2,
                at=at,
                username=sato.username,
                client_vpn_endpoint_id=osaka.endpoint_id,
                reason="user-not-authorized-no-matching-group",
            ),
        ]
    )
    check(tanaka, STANDBY_IP, timezone.now())
    follow_drills()
    assert outcome(drill, tanaka) == DrillOutcome.PASSED
    # The others have until the end.
    assert (outcome(drill, sato), last_result()) == ("", None)
    clock.move_to(BEGINS + timedelta(hours=1, minutes=10))
    follow_drills()
    result = last_result()
    assert result is not None
    assert (result.passed, len(result.people), result.percent, result.minutes) == (1, 3, 33, 12)
    assert outcome(drill, sato) == DrillOutcome.FAILED
    assert outcome(drill, suzuki) == DrillOutcome.NOT_SEEN
    assert set(drill.participants.get(user=sato).reason) == {"en", "ja"}
    text = html.unescape(signed_in(suzuki).get(drill.get_absolute_url()).content.decode())
    assert "1 of 3" in text
    assert drill.participants.get(user=sato).reason["en"] in text


def test_leaving_by_another_endpoint_or_before_the_beginning_passes_nothing(
    osaka: Endpoint, tanaka: User, takahashi: User, clock: Any
) -> None:
    drill = plan(osaka, tanaka, actor=takahashi)
    check(tanaka, STANDBY_IP, BEGINS - timedelta(minutes=5))
    clock.move_to(BEGINS)
    follow_drills()
    assert outcome(drill, tanaka) == ""
    check(tanaka, "203.0.113.10", BEGINS + timedelta(minutes=1))
    clock.move_to(BEGINS + timedelta(minutes=2))
    follow_drills()
    assert outcome(drill, tanaka) == ""
    # Another endpoint may lead to the same address.
    check(tanaka, STANDBY_IP, BEGINS + timedelta(minutes=3))
    follow_drills()
    assert outcome(drill, tanaka) == ""
    connect(osaka, tanaka, BEGINS + timedelta(minutes=3))
    follow_drills()
    assert outcome(drill, tanaka) == DrillOutcome.PASSED


def test_its_people_are_told_once_when_it_begins_and_until_they_have_passed(
    osaka: Endpoint,
    tanaka: User,
    sato: User,
    takahashi: User,
    clock: Any,
    signed_in: SignedIn,
    settings: Any,
) -> None:
    settings.EMAIL_HOST = "mail.example.co.jp"
    tanaka.email = "tanaka@example.co.jp"
    tanaka.save()
    plan(osaka, tanaka, actor=takahashi)
    words = "Drill: please connect to osaka-dr"
    assert words not in signed_in(tanaka).get("/").content.decode()
    clock.move_to(BEGINS)
    follow_drills()
    follow_drills()
    assert Delivery.objects.filter(recipient=tanaka.email).count() == 1
    assert mail.outbox == []
    cache.delete(CACHE_KEY)
    assert words in signed_in(tanaka).get("/").content.decode()
    assert words not in signed_in(sato).get("/").content.decode()
    connect(osaka, tanaka, BEGINS)
    check(tanaka, STANDBY_IP, BEGINS)
    follow_drills()
    # It is asked for every ten seconds at most.
    cache.delete(CACHE_KEY)
    assert words not in signed_in(tanaka).get("/").content.decode()


def test_the_next_one_is_planned_before_this_one_stops_counting_with_who_can_still_sign_in(
    osaka: Endpoint, tanaka: User, sato: User, takahashi: User, clock: Any
) -> None:
    plan(osaka, tanaka, sato, actor=takahashi, repeats=True)
    User.objects.filter(pk=sato.pk).update(is_active=False)
    clock.move_to(BEGINS + timedelta(hours=2))
    follow_drills()
    follow_drills()
    later = Drill.objects.get(closed_at=None)
    assert (later.starts_at, later.repeats) == (BEGINS + REPEATS_AFTER, True)
    assert [person.user for person in later.participants.all()] == [tanaka]


def test_a_drill_counts_for_90_days_and_a_cancelled_one_never(
    osaka: Endpoint, tanaka: User, takahashi: User, clock: Any
) -> None:
    drill = plan(osaka, tanaka, actor=takahashi)
    assert cancel_drill(drill, actor=takahashi)
    assert not cancel_drill(drill, actor=takahashi)
    clock.move_to(BEGINS + timedelta(hours=2))
    follow_drills()
    assert last_result() is None
    clock.move_to(BEGINS - timedelta(hours=1))
    plan(osaka, tanaka, actor=takahashi)
    clock.move_to(BEGINS + timedelta(hours=2))
    follow_drills()
    result = last_result()
    assert result is not None
    assert result.counts(timezone.now())
    assert not result.counts(BEGINS + timedelta(days=91))


def test_the_second_path_is_unknown_until_a_drill_has_shown_it(
    osaka: Endpoint, tanaka: User, sato: User, takahashi: User, clock: Any
) -> None:
    def part() -> tuple[str, bool]:
        evaluate()
        row = PartStatus.objects.get(key="drill")
        return row.seen, row.warning

    assert part() == ("unknown", False)
    plan(osaka, tanaka, sato, actor=takahashi)
    clock.move_to(BEGINS)
    connect(osaka, tanaka, BEGINS)
    check(tanaka, STANDBY_IP, BEGINS)
    follow_drills()
    assert part() == ("unknown", False)
    clock.move_to(BEGINS + timedelta(hours=2))
    follow_drills()
    # Everybody uses osaka-dr, or tokyo-main: only of the other one it is a second path.
    everyday = ProfileDownload.objects.create(
        user=tanaka, endpoint=osaka, configuration_hash="", downloaded_at=BEGINS
    )
    clock.shift(timedelta(minutes=1))
    assert part()[0] == "unknown"
    everyday.endpoint = Endpoint.objects.get(label="tokyo-main")
    everyday.save()
    clock.shift(timedelta(minutes=1))
    assert part()[0] == "holds"
    clock.move_to(BEGINS + timedelta(days=91))
    assert part() == ("unknown", False)


def test_an_administrator_plans_it_and_mistakes_say_what_to_do(
    osaka: Endpoint, tanaka: User, takahashi: User, signed_in: SignedIn
) -> None:
    browser = signed_in(takahashi)
    fields = {
        "endpoint": osaka.endpoint_id,
        "starts_at": "2026-11-20T10:00",
        "minutes": "60",
        "people": f"{tanaka.username}\nnobody@example.co.jp",
    }
    text = html.unescape(browser.post("/status/drills/new/", fields).content.decode())
    assert "can't any more: nobody@example.co.jp." in text
    assert tanaka.username in text
    late = fields | {"people": tanaka.username, "starts_at": "2026-11-20T08:00"}
    assert "This is over." in browser.post("/status/drills/new/", late).content.decode()
    response = browser.post("/status/drills/new/", fields | {"people": tanaka.username.upper()})
    drill = Drill.objects.get()
    assert response.headers["Location"] == drill.get_absolute_url()
    assert drill.starts_at == BEGINS
    event = AuditEvent.objects.get(tag="drill:planned")
    assert (event.actor, event.people) == (takahashi.username, [tanaka.username])


def test_without_a_drill_the_page_says_that_nobody_knows(
    osaka: Endpoint, suzuki: User, signed_in: SignedIn
) -> None:
    text = signed_in(suzuki).get("/status/drills/").content.decode()
    assert "Whether the second path works for people is unknown." in text
