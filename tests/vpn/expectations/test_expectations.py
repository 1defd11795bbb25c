"""What must stay reachable and what must stay closed: written, judged, and told before a plan breaks it."""

import html
from typing import Any

import pytest
from django.test import Client
from django.utils.translation import override

from portal.access.models import User
from portal.audit.models import AuditEvent
from portal.audit.tags import Tag
from sandbox.company import EMPLOYEES, ENGINEERING
from tests.conftest import SignedIn
from tests.vpn.endpoints_in_database import rule, save_endpoint
from vpn.endpoints.models import Endpoint
from vpn.expectations.models import ReachExpectation
from vpn.expectations.queries import judge_all
from vpn.findings.models import Finding
from vpn.findings.services import evaluate
from vpn.operation_kinds import get_kind
from vpn.operation_plans.plan import Plan
from vpn.operations.requests.services import make_draft

pytestmark = pytest.mark.django_db
URL = "/operations/expectations/"
LAN = "10.20.0.0/16"


def network(subnet: str) -> dict[str, Any]:
    return {
        "association_id": f"a-{subnet}",
        "subnet_id": subnet,
        "vpc_id": "vpc-1",
        "status": "associated",
        "security_groups": [],
    }


def route(destination: str, subnet: str) -> dict[str, Any]:
    return {
        "destination_cidr": destination,
        "target_subnet": subnet,
        "origin": "add-route",
        "status": "active",
    }


@pytest.fixture
def endpoint(db: None) -> Endpoint:
    """Employees go to the internet, engineers to the office's network as well."""
    return save_endpoint(
        authorization_rules=[rule("0.0.0.0/0", group=EMPLOYEES.id), rule(LAN, group=ENGINEERING.id)],
        routes=[route("0.0.0.0/0", "subnet-a"), route(LAN, "subnet-a")],
        target_networks=[network("subnet-a")],
    )


def expect(endpoint: Endpoint, *, allowed: bool, destination: str = LAN, **who: str) -> ReachExpectation:
    return ReachExpectation.objects.create(
        endpoint=endpoint, destination=destination, allowed=allowed, **(who or {"group_id": ENGINEERING.id})
    )


def verdicts() -> list[bool | None]:
    return [line.met for line in judge_all()]


def plan(endpoint: Endpoint, kind: str, **data: str) -> Plan:
    with override("en"):
        draft = make_draft(kind=get_kind(kind), endpoint=endpoint, data=data)
    assert draft.plan is not None, draft.form.errors
    return draft.plan


def told(plan: Plan) -> list[str]:
    with override("en"):
        texts = [str(check.text) for check in plan.checks]
    return [text for text in texts if "expectation" in text]


@pytest.mark.parametrize(
    ("who", "allowed", "met"),
    [
        ({"group_id": ENGINEERING.id}, True, True),
        ({"group_id": ENGINEERING.id}, False, False),
        ({"group_id": EMPLOYEES.id}, False, True),
        ({"group_id": EMPLOYEES.id}, True, False),
        ({"username": "m.tanaka@example.co.jp"}, False, True),
        # Whose groups nobody knows
        ({"username": "nobody@example.co.jp"}, True, None),
    ],
)
def test_it_is_judged_by_rules_and_routes(
    endpoint: Endpoint, tanaka: User, who: dict[str, str], allowed: bool, met: bool | None
) -> None:
    tanaka.groups = [EMPLOYEES.id]
    tanaka.save(update_fields=["groups"])
    expect(endpoint, allowed=allowed, **who)
    assert verdicts() == [met]


def test_what_is_reached_at_times_or_in_part_is_neither_reached_nor_closed(endpoint: Endpoint) -> None:
    endpoint.target_networks = [network("subnet-a"), network("subnet-b")]
    endpoint.save(update_fields=["target_networks"])
    expect(endpoint, allowed=True)
    expect(endpoint, allowed=False, destination="10.20.3.0/24")
    assert verdicts() == [False, False]


def test_of_a_paused_endpoint_nothing_is_said_to_be_broken(endpoint: Endpoint) -> None:
    endpoint.target_networks = []
    endpoint.save(update_fields=["target_networks"])
    expect(endpoint, allowed=True)
    assert verdicts() == [None]


def test_a_plan_says_what_it_would_break_and_asks_for_care(endpoint: Endpoint) -> None:
    expect(endpoint, allowed=True)
    expect(endpoint, allowed=True, destination="10.20.3.0/24")
    broken = plan(endpoint, "revoke-ingress", rule=f"{LAN} {ENGINEERING.id}")
    [line] = told(broken)
    assert line.startswith("This would break 2 expectations")
    assert LAN in line
    assert "10.20.3.0/24" in line
    assert broken.destructive
    kept = plan(
        endpoint,
        "authorize-ingress",
        destination_cidr="10.30.0.0/16",
        who="group",
        group_id=EMPLOYEES.id,
    )
    assert told(kept) == ["All 2 expectations about who reaches what hold."]


def test_a_plan_is_not_blamed_for_what_was_broken_before(endpoint: Endpoint) -> None:
    expect(endpoint, allowed=False)
    added = plan(endpoint, "authorize-ingress", destination_cidr="10.30.0.0/16", who="everybody", group_id="")
    assert told(added) == []


def test_one_that_turns_is_a_finding_until_it_holds_again(endpoint: Endpoint) -> None:
    expect(endpoint, allowed=True)
    evaluate(["expectation-broken"])
    assert not Finding.objects.exists()
    rules, endpoint.authorization_rules = endpoint.authorization_rules, []
    endpoint.save(update_fields=["authorization_rules"])
    evaluate(["expectation-broken"])
    assert Finding.objects.get(resolved_at=None).evidence["destination"] == LAN
    endpoint.authorization_rules = rules
    endpoint.save(update_fields=["authorization_rules"])
    evaluate(["expectation-broken"])
    assert not Finding.objects.filter(resolved_at=None).exists()


@pytest.fixture
def admin(takahashi: User, signed_in: SignedIn) -> Client:
    return signed_in(takahashi)


def write(admin: Client, endpoint: Endpoint, **given: str) -> str:
    data = {
        "endpoint": endpoint.endpoint_id,
        "group_id": ENGINEERING.id,
        "username": "",
        "destination": LAN,
        "expected": "reached",
        "note": "本社のプリンター",
        **given,
    }
    return html.unescape(admin.post(URL, data, follow=True).content.decode())


def test_an_administrator_writes_and_deletes_them_and_both_is_recorded(
    admin: Client, endpoint: Endpoint, suzuki: User, signed_in: SignedIn
) -> None:
    assert "本社のプリンター" in write(admin, endpoint)
    expectation = ReachExpectation.objects.get()
    assert (expectation.group_id, expectation.destination, expectation.allowed) == (ENGINEERING.id, LAN, True)
    auditor = signed_in(suzuki)
    assert "Met" in auditor.get(URL).content.decode()
    assert auditor.post(URL, {}).status_code == 403
    admin.post(f"{URL}{expectation.pk}/delete/")
    assert not ReachExpectation.objects.exists()
    tags = set(AuditEvent.objects.values_list("tag", flat=True))
    assert {Tag.EXPECTATION_CREATED.value, Tag.EXPECTATION_DELETED.value} <= tags


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"group_id": ""}, "either a group or a person"),
        ({"username": "m.tanaka@example.co.jp"}, "either a group or a person"),
        ({"group_id": "", "username": "nobody@example.co.jp"}, "aren't known"),
        ({"destination": "10.20.3.4"}, "There is a problem"),
    ],
)
def test_it_says_what_is_wrong(
    admin: Client, endpoint: Endpoint, tanaka: User, given: dict[str, str], words: str
) -> None:
    assert words in write(admin, endpoint, **given)
    assert not ReachExpectation.objects.exists()


def test_the_same_is_written_once(admin: Client, endpoint: Endpoint) -> None:
    write(admin, endpoint)
    assert "already" in write(admin, endpoint, expected="not-reached")
    assert ReachExpectation.objects.count() == 1
