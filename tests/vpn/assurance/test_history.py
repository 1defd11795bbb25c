"""What `/status/` and scripts read of the requirements: now, and day by day."""

from datetime import timedelta

import pytest
from django.utils import timezone

from portal.access.models import User
from tests.conftest import SignedIn
from vpn.assurance.models import Requirement, RequirementPeriod, RequirementStatus, RequirementValue
from vpn.assurance.queries import current_state, history

pytestmark = pytest.mark.django_db

NOON = timezone.localtime().replace(hour=12, minute=0, second=0, microsecond=0)


def save_period(value: RequirementValue, *, days_ago: int, minutes: float) -> None:
    since = NOON - timedelta(days=days_ago)
    RequirementPeriod.objects.create(
        requirement=Requirement.LOGGED, value=value, since=since, until=since + timedelta(minutes=minutes)
    )


def test_a_day_has_its_worst_value_and_one_that_nobody_looked_at_has_none() -> None:
    save_period(RequirementValue.HOLDS, days_ago=3, minutes=600)
    save_period(RequirementValue.FAILS, days_ago=3, minutes=30)
    save_period(RequirementValue.HOLDS, days_ago=2, minutes=600)
    save_period(RequirementValue.UNKNOWN, days_ago=2, minutes=1)
    save_period(RequirementValue.HOLDS, days_ago=0, minutes=0)
    days = history(now=NOON)[Requirement.LOGGED]
    assert len(days) == 90
    assert [day.value for day in days[-4:]] == ["fails", "holds", None, "holds"]
    assert days[-4].failed == timedelta(minutes=30)
    assert all(day.value is None for day in history(now=NOON)[Requirement.ACCOUNTS])


def test_a_night_belongs_to_both_of_its_days() -> None:
    save_period(RequirementValue.FAILS, days_ago=2, minutes=24 * 60)
    days = history(now=NOON)[Requirement.LOGGED]
    assert [day.failed for day in days[-3:]] == [timedelta(hours=12), timedelta(hours=12), timedelta()]


def test_what_was_not_evaluated_lately_is_not_known(tanaka: User, signed_in: SignedIn) -> None:
    assert [(state.requirement, state.value) for state in current_state()] == [
        (requirement, "unknown") for requirement in Requirement
    ]
    now = timezone.now()
    for requirement in Requirement:
        RequirementStatus.objects.create(
            requirement=requirement, value=RequirementValue.HOLDS, since=now, evaluated_at=now
        )
    assert {state.value for state in current_state(now)} == {RequirementValue.HOLDS}
    page = signed_in(tanaka).get("/status/").content.decode()
    assert "The VPN can be used" in page
    assert "What this rests on" not in page
    # One thing that people need isn't known: the headline doesn't say that all is well.
    address = RequirementStatus.objects.filter(requirement=Requirement.FIXED_ADDRESS)
    address.update(value=RequirementValue.UNKNOWN)
    assert "No problem with the VPN is known" in signed_in(tanaka).get("/status/").content.decode()
    address.update(value=RequirementValue.HOLDS)
    assert {state.value for state in current_state(now + timedelta(minutes=6))} == {RequirementValue.UNKNOWN}
    RequirementStatus.objects.update(evaluated_at=now - timedelta(minutes=6))
    assert "isn&#x27;t known at the moment" in signed_in(tanaka).get("/status/").content.decode()
