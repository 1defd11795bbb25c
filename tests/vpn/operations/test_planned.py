"""Operations that begin at a time of their own, and who is told beforehand."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from portal.access.models import User
from sandbox import company
from tests.conftest import SignedIn
from tests.vpn.endpoints_in_database import rule, save_connection, save_endpoint
from tests.vpn.operations.asking import plan
from vpn.endpoints.models import Endpoint
from vpn.notifications.models import Delivery
from vpn.operations.engine.advancing import advance
from vpn.operations.models import Operation
from vpn.operations.requests import services
from vpn.operations.schedules.models import Schedule
from vpn.operations.states import OperationStatus

SUBNET = "subnet-0a1b2c3d"
IN_AN_HOUR = timedelta(hours=1)


@pytest.fixture
def paused_later(db: None) -> Endpoint:
    network = {
        "association_id": "cvpn-assoc-1",
        "subnet_id": SUBNET,
        "vpc_id": "vpc-1",
        "status": "associated",
    }
    return save_endpoint(target_networks=[{**network, "message": "", "security_groups": []}], routes=[])


def ask(endpoint: Endpoint, actor: User, slug: str = "pause-endpoint", **data: str) -> Operation:
    draft = plan(slug, endpoint, **(data or {"when": "now"}))
    return services.request(
        draft=draft,
        actor=actor,
        reason="Saving money",
        digest=draft.digest,
        typed_name=draft.name_to_type,
        not_before=timezone.now() + IN_AN_HOUR,
    )


def test_it_begins_when_its_time_has_come(paused_later: Endpoint, takahashi: User) -> None:
    operation = ask(paused_later, takahashi)
    assert operation.status == OperationStatus.SCHEDULED
    advance()
    operation.refresh_from_db()
    assert operation.status == OperationStatus.SCHEDULED
    with time_machine.travel(timezone.now() + IN_AN_HOUR):
        assert advance() == [str(operation.pk)]
    operation.refresh_from_db()
    assert operation.status == OperationStatus.QUEUED


def test_it_does_not_begin_on_other_settings_than_were_confirmed(
    paused_later: Endpoint, takahashi: User
) -> None:
    operation = ask(paused_later, takahashi)
    paused_later.authorization_rules = []
    paused_later.save(update_fields=["authorization_rules"])
    with time_machine.travel(timezone.now() + IN_AN_HOUR):
        advance()
    operation.refresh_from_db()
    assert (operation.status, operation.error_id) == (OperationStatus.FAILED, "operation-stale")


def test_people_whose_profile_it_is_are_told_on_their_home_page(
    paused_later: Endpoint, takahashi: User, tanaka: User, signed_in: SignedIn
) -> None:
    save_endpoint("osaka-dr")
    ask(paused_later, takahashi)
    for path in ("/", "/egress/", "/profiles/", "/guides/windows/"):
        page = signed_in(tanaka).get(path).content.decode()
        assert re.search(r"tokyo-main can&#x27;t be used from [\d:\- ]+ on\.", page)
        assert "Connect to osaka-dr instead." in page
        assert "Reason: Saving money" in page


def test_they_are_told_until_when(
    paused_later: Endpoint, takahashi: User, tanaka: User, signed_in: SignedIn
) -> None:
    ask(paused_later, takahashi)
    Operation.objects.create(
        number=99,
        kind="resume-endpoint",
        endpoint=paused_later,
        digest="",
        reason="Back again",
        status=OperationStatus.SCHEDULED,
        lock_range=(1, 2),
        plan={"people": [], "reconnects": True, "destructive": False},
        not_before=timezone.now() + 2 * IN_AN_HOUR,
    )
    page = signed_in(tanaka).get("/").content.decode()
    assert re.search(r"tokyo-main can&#x27;t be used from [\d:\- ]+ until [\d:\- ]+\.", page)


def test_what_may_never_happen_is_not_announced(
    paused_later: Endpoint, takahashi: User, tanaka: User, signed_in: SignedIn, settings: Settings
) -> None:
    settings.OPERATIONS_REQUIRE_APPROVAL = True
    assert ask(paused_later, takahashi).status == OperationStatus.AWAITING_APPROVAL
    assert "can&#x27;t be used from" not in signed_in(tanaka).get("/").content.decode()


def test_what_is_planned_for_one_person_is_nobody_else_s_business(
    paused_later: Endpoint, takahashi: User, tanaka: User, sato: User, signed_in: SignedIn
) -> None:
    connection = save_connection(paused_later, tanaka.username)
    save_connection(paused_later, sato.username)
    ask(paused_later, takahashi, "terminate-connection", connection=connection.connection_id)
    for user in (sato, tanaka):
        page = signed_in(user).get("/").content.decode()
        assert "work is planned" not in page
        assert "can&#x27;t be used" not in page
        assert "Saving money" not in page


@pytest.mark.parametrize(("hours", "told"), [(3, True), (20, False)])
def test_a_nightly_pause_is_told_on_its_day(
    hours: int, told: bool, paused_later: Endpoint, takahashi: User, tanaka: User, signed_in: SignedIn
) -> None:
    now = timezone.localtime()
    Schedule.objects.create(
        endpoint=paused_later,
        pause_at=(now + timedelta(hours=hours)).time(),
        resume_at=(now + timedelta(hours=hours + 2)).time(),
        weekdays=list(range(7)),
        zone="Asia/Tokyo",
        skips_holidays=False,
        acts_for=takahashi,
        acts_for_name=takahashi.name,
        checked_until=timezone.now(),
    )
    page = signed_in(tanaka).get("/").content.decode()
    assert bool(re.search(r"tokyo-main can&#x27;t be used from [\d:\- ]+ until [\d:\- ]+\.", page)) is told


def test_a_planned_pause_is_no_outage_and_says_when_it_is_over(
    paused_later: Endpoint, takahashi: User, tanaka: User, signed_in: SignedIn
) -> None:
    operation = ask(paused_later, takahashi)
    now = timezone.now()
    Operation.objects.filter(pk=operation.pk).update(status=OperationStatus.SUCCEEDED, finished_at=now)
    Endpoint.objects.update(status="pending-associate", configuration_seen_at=now)
    page = signed_in(tanaka).get("/", headers={"x-forwarded-for": "198.51.100.27"}).content.decode()
    assert "tokyo-main is paused as planned (since " in page
    assert "We know about this" not in page
    # What broke it later is another matter.
    Endpoint.objects.update(configuration_seen_at=now + timedelta(days=1))
    page = signed_in(tanaka).get("/", headers={"x-forwarded-for": "198.51.100.27"}).content.decode()
    assert "tokyo-main can&#x27;t be connected to right now" in page


def test_others_are_not_told(
    takahashi: User, tanaka: User, signed_in: SignedIn, paused_later: Endpoint
) -> None:
    paused_later.authorization_rules = [rule("0.0.0.0/0", group=company.ENGINEERING.id)]
    paused_later.save(update_fields=["authorization_rules"])
    ask(paused_later, takahashi)
    page = signed_in(tanaka).get("/").content.decode()
    assert "can&#x27;t be used from" not in page


def test_what_nobody_will_feel_is_no_news(
    takahashi: User, tanaka: User, signed_in: SignedIn, paused_later: Endpoint
) -> None:
    ask(paused_later, takahashi, "create-route", destination_cidr="192.168.77.0/24", target_subnet=SUBNET)
    assert "work is planned" not in signed_in(tanaka).get("/").content.decode()


def test_the_channels_hear_of_it_once(paused_later: Endpoint, takahashi: User, settings: Settings) -> None:
    settings.NOTIFY_EMAILS = ["vpn-admins@example.co.jp"]
    operation = ask(paused_later, takahashi)
    (delivery,) = Delivery.objects.all()
    assert "tokyo-main" in delivery.subject
    assert "Saving money" in delivery.text
    assert str(operation.pk) in delivery.url


@pytest.mark.parametrize(("hours", "taken"), [(1, True), (-1, False), (24 * 31, False)])
def test_the_page_takes_a_time_within_thirty_days(
    paused_later: Endpoint,
    takahashi: User,
    signed_in: SignedIn,
    hours: int,
    taken: bool,
) -> None:
    save_connection(paused_later, "m.tanaka@example.co.jp")
    client: Client = signed_in(takahashi)
    at = timezone.localtime(timezone.now() + timedelta(hours=hours))
    draft = plan("pause-endpoint", paused_later, when="now")
    given: dict[str, Any] = {
        "endpoint": paused_later.endpoint_id,
        "when": "now",
        "stage": "run",
        "reason": "Saving money",
        "typed_name": paused_later.label,
        "digest": draft.digest,
        "not_before": at.strftime("%Y-%m-%dT%H:%M"),
    }
    response = client.post("/operations/new/pause-endpoint/", given)
    assert (response.status_code == 302) == taken
    assert Operation.objects.exists() == taken
    if not taken:
        assert "Saving money" in response.content.decode()


@pytest.mark.parametrize("typed", ["tomorrow at eight", "2026-13-45T99:00", "１２月"])
def test_a_time_that_is_no_time_stays_as_it_was_typed(
    paused_later: Endpoint, takahashi: User, signed_in: SignedIn, typed: str
) -> None:
    """A picker would throw it away: then it is a field of text."""
    page = signed_in(takahashi).post(
        "/operations/new/pause-endpoint/",
        {
            "endpoint": paused_later.endpoint_id,
            "when": "now",
            "stage": "run",
            "reason": "x",
            "not_before": typed,
        },
    )
    assert re.search(rf'<input type="text" name="not_before" value="{typed}"', page.content.decode())
