"""The question on a person's page at the helpdesk, and whose groups the answer rests on."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from portal.access.models import ApiToken, User
from portal.access.permissions import Permission
from portal.audit.models import AuditEvent
from portal.audit.tags import Tag
from sandbox import company
from tests.conftest import SignedIn
from tests.vpn.api.conftest import token_of
from tests.vpn.connection_log.log_lines import connection_id, keep, started
from tests.vpn.endpoints_in_database import rule, save_endpoint
from vpn.connect_attempts.models import ConnectAttempt
from vpn.diagnosis.base.facts import person_facts
from vpn.endpoints.models import Endpoint
from vpn.reachability.forms import DestinationForm
from vpn.reachability.questions import GroupsSource, seen_groups

pytestmark = pytest.mark.django_db

SUBNET = "subnet-0a"


def save_reachable(**changes: Any) -> Endpoint:
    """All employees to everywhere, but engineers alone to 10.20.0.0/16."""
    fields: dict[str, Any] = {
        "authorization_rules": [
            rule("0.0.0.0/0", group=company.EMPLOYEES.id),
            rule("10.20.0.0/16", group="engineers"),
        ],
        "target_networks": [
            {
                "association_id": "cvpn-assoc-1",
                "subnet_id": SUBNET,
                "vpc_id": "vpc-1",
                "status": "associated",
            }
        ],
        "routes": [
            {
                "destination_cidr": "0.0.0.0/0",
                "target_subnet": SUBNET,
                "origin": "add-route",
                "status": "active",
            }
        ],
    }
    return save_endpoint(**(fields | changes))


def attempt(user: User, endpoint: Endpoint, groups: list[str]) -> None:
    """A connection five minutes ago, and what the handler logged of it."""
    at = timezone.now() - timedelta(minutes=5)
    text = f"{at:%Y-%m-%d %H:%M:%S}"
    values = {"client_vpn_endpoint_id": endpoint.endpoint_id, "username": user.username}
    keep([started(1, connection_start_time=text, connection_last_update_time=text, **values)])
    ConnectAttempt.objects.create(
        connection_id=connection_id(1),
        endpoint_id=endpoint.endpoint_id,
        at=at,
        username=user.username,
        groups=groups,
        decision="allow",
    )


@pytest.fixture
def agent(sato: User, tanaka: User, signed_in: SignedIn) -> Client:
    """Who has opened 田中's page."""
    client = signed_in(sato)
    client.post(f"/helpdesk/{tanaka.username}/", {"reason": "INC-1"})
    return client


def ask(agent: Client, user: User, to: str) -> str:
    return agent.get(f"/helpdesk/{user.username}/", {"to": to}).content.decode()


@pytest.fixture
def endpoint(tanaka: User) -> Endpoint:
    """Seen before the page is opened: whose attempt it is tells that it is the one in question."""
    return save_reachable()


def test_the_groups_that_the_vpn_saw_count_before_those_of_the_sign_in(
    endpoint: Endpoint, tanaka: User, agent: Client
) -> None:
    attempt(tanaka, endpoint, [company.EMPLOYEES.id])
    page = ask(agent, tanaka, "10.20.3.4")
    assert "doesn&#x27;t let the person through to 10.20.3.4" in page
    assert "Groups that the VPN saw" in page
    assert "security groups" in page
    ConnectAttempt.objects.update(groups=["engineers"])
    assert "tokyo-main lets the person through to 10.20.3.4." in ask(agent, tanaka, "10.20.3.4")
    # A line without groups, or of another endpoint, tells nothing.
    others: list[dict[str, Any]] = [
        {"groups": []},
        {"groups": ["engineers"], "endpoint_id": "cvpn-endpoint-0b"},
    ]
    for changes in others:
        ConnectAttempt.objects.update(**changes)
        assert "Groups of the last sign-in" in ask(agent, tanaka, "10.20.3.4")


def test_a_sign_in_to_the_portal_says_nothing_of_other_directories(endpoint: Endpoint, tanaka: User) -> None:
    facts = person_facts(tanaka.username)
    assert seen_groups(facts, endpoint).source is GroupsSource.SIGN_IN
    endpoint.authentication = ["directory-service-authentication"]
    assert seen_groups(facts, endpoint).groups is None


def test_old_data_is_never_green(endpoint: Endpoint, tanaka: User, agent: Client) -> None:
    attempt(tanaka, endpoint, ["engineers"])
    Endpoint.objects.update(seen_at=timezone.now() - timedelta(hours=1))
    assert "rules and routes may have changed since" in ask(agent, tanaka, "10.20.3.4")


def test_without_an_endpoint_nothing_is_claimed(tanaka: User, agent: Client) -> None:
    assert "nothing tells which endpoint" in ask(agent, tanaka, "10.20.3.4")


def test_a_name_is_asked_back_for_as_an_address(endpoint: Endpoint, tanaka: User, agent: Client) -> None:
    page = ask(agent, tanaka, "wiki.example.co.jp")
    assert "nslookup" in page
    assert 'value="wiki.example.co.jp"' in page
    assert "lets the person through" not in page


def test_nothing_is_answered_before_the_page_is_opened(
    endpoint: Endpoint, tanaka: User, sato: User, signed_in: SignedIn
) -> None:
    page = ask(signed_in(sato), tanaka, "10.20.3.4")
    assert "Ticket number or reason" in page
    assert "the person through" not in page


@pytest.mark.parametrize(
    ("typed", "network"),
    [
        (" １０．２０．３．４ ", "10.20.3.4/32"),
        ("10.20.3.4:443", "10.20.3.4/32"),
        ("[2001:db8::1]:443", "2001:db8::1/128"),
        ("10.20.3.4/16", "10.20.0.0/16"),
        ("2001:db8::/32", "2001:db8::/32"),
    ],
)
def test_addresses_are_taken_as_people_type_them(typed: str, network: str) -> None:
    form = DestinationForm({"to": typed})
    assert form.is_valid()
    assert str(form.cleaned_data["to"]) == network


@pytest.mark.parametrize(
    ("typed", "is_name"),
    [
        ("wiki", True),
        ("cafe.fed", True),
        ("https://wiki.example.co.jp/", True),
        ("社内wiki", True),
        ("10.20.3", False),
        ("10.20.3.400", False),
        ("::1::2", False),
    ],
)
def test_what_is_no_address_is_refused(typed: str, is_name: bool) -> None:
    form = DestinationForm({"to": typed})
    assert not form.is_valid()
    assert ("nslookup" in str(form.errors["to"])) is is_name


def test_a_script_asks_with_a_scope_and_a_reason_and_never_by_name(sato: User, tanaka: User) -> None:
    endpoint = save_reachable()
    attempt(tanaka, endpoint, ["engineers"])

    def ask(scope: Permission, **body: str) -> Any:
        script = Client(headers={"authorization": f"Bearer {token_of(sato, scope)}"})
        given = {"username": tanaka.username, "destination": "10.20.3.4", "reason": "INC-1", **body}
        answered = script.post("/api/helpdesk/reachability/", json.dumps(given), "application/json")
        ApiToken.objects.all().delete()
        return answered

    assert ask(Permission.HELPDESK_USE).status_code == 403
    assert ask(Permission.REACHABILITY_READ, destination="wiki.example.co.jp").status_code == 400
    assert not AuditEvent.objects.filter(tag=Tag.HELPDESK_PERSON_OPENED).exists()
    answered = ask(Permission.REACHABILITY_READ).json()
    assert (answered["outcome"], answered["groups_from"]) == ("allowed", "vpn")
    assert AuditEvent.objects.get(tag=Tag.HELPDESK_PERSON_OPENED).people == [tanaka.username]
    Endpoint.objects.update(seen_at=timezone.now() - timedelta(hours=2))
    assert ask(Permission.REACHABILITY_READ).json()["outcome"] == "unknown"
