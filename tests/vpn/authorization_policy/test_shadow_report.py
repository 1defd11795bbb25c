"""Whom a policy in shadow mode would have refused: by the log, and only of this policy's time."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pytest_django import Settings

from tests.vpn.connection_log.log_lines import ENDPOINT, keep, started
from tests.vpn.endpoints_in_database import save_endpoint
from vpn.authorization_policy.models import EndpointPolicy
from vpn.authorization_policy.queries import PolicyState, policy_state, shadow_report
from vpn.authorization_policy.services import store_policy
from vpn.aws.answers import AuthorizationPolicy

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
TANAKA, SATO, LIAM = "tanaka@example.co.jp", "sato@example.co.jp", "liam@example.co.jp"


def evaluated(number: int, username: str, result: str, *, mode: str = "enabled", **more: Any) -> str:
    evaluation = {"result": result, "evaluation-type": "connection-attempt", "shadow-mode": mode}
    if result != "permit":
        evaluation["reason"] = "policy-deny"
    at = dict.fromkeys(
        ("connection_start_time", "connection_last_update_time"), f"2026-11-20 0{number}:00:00"
    )
    return started(number, username=username, authorization_policy_evaluation={**evaluation, **more}, **at)


@pytest.fixture
def policy() -> EndpointPolicy:
    endpoint = save_endpoint(endpoint_id=ENDPOINT, log_group="vpn")
    changed = datetime(2026, 11, 20, 1, 30, tzinfo=UTC)
    return EndpointPolicy.objects.create(
        endpoint=endpoint,
        document="permit",
        shadow_mode=True,
        status="active",
        seen_at=NOW,
        changed_at=changed,
    )


def test_people_are_counted_with_why_and_how_often(policy: EndpointPolicy) -> None:
    failed: dict[str, Any] = {
        "device-token-status": {"crowdstrike": {"status": "failed", "reason": "token-expired"}}
    }
    keep(
        [
            # Before this policy was there: it says nothing of it.
            evaluated(1, LIAM, "deny"),
            evaluated(2, TANAKA, "deny"),
            evaluated(3, TANAKA, "error", **failed),
            evaluated(4, TANAKA, "permit"),
            evaluated(5, SATO, "permit"),
            evaluated(6, "NA", "error"),
            # Enforced somewhere between: whoever is really refused is no part of what would have been.
            evaluated(7, SATO, "deny", mode="disabled"),
        ]
    )
    report = shadow_report(policy.endpoint, policy, NOW)
    assert (report.connections, report.evaluated_people, report.nameless) == (5, 2, 1)
    (tanaka,) = report.people
    assert (tanaka.username, tanaka.connections, tanaka.denied, tanaka.failed) == (TANAKA, 3, 1, 1)
    assert tanaka.token_reasons == ("token-expired",)
    assert tanaka.last_at == datetime(2026, 11, 20, 3, tzinfo=UTC)


def test_the_first_reading_does_not_date_a_policy_and_a_change_does(policy: EndpointPolicy) -> None:
    read = AuthorizationPolicy("permit(principal, action, resource);", "", shadow_mode=True, status="active")
    endpoint = policy.endpoint
    policy.delete()
    store_policy(endpoint, read, NOW)
    first = EndpointPolicy.objects.get(endpoint=endpoint)
    # Nobody knows how old it was when the portal first saw it: the log is asked for all of its 30 days.
    assert shadow_report(endpoint, first, NOW).since == NOW - timedelta(days=30)
    store_policy(endpoint, read, NOW + timedelta(minutes=5))
    assert EndpointPolicy.objects.get(endpoint=endpoint).changed_at is None
    store_policy(endpoint, replace(read, shadow_mode=False), NOW + timedelta(minutes=10))
    assert EndpointPolicy.objects.get(endpoint=endpoint).changed_at == NOW + timedelta(minutes=10)


def test_what_is_not_known_is_never_called_none(policy: EndpointPolicy, settings: Settings) -> None:
    assert policy_state(policy, NOW) is PolicyState.SHADOW
    assert policy_state(None, NOW) is PolicyState.UNKNOWN
    assert policy_state(policy, NOW + timedelta(hours=1)) is PolicyState.UNKNOWN
    policy.error_id = "aws-access-denied"
    assert policy_state(policy, NOW) is PolicyState.UNKNOWN
    policy.error_id = policy.document = policy.status = ""
    assert policy_state(policy, NOW) is PolicyState.NONE
    settings.VPN_SOURCES = []
    assert policy_state(policy, NOW) is PolicyState.UNKNOWN
