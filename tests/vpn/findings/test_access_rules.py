"""Who may and doesn't, who does and mayn't; and who only looks like it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from portal.access.models import User
from sandbox import company
from tests.vpn.connection_log.log_lines import ENDPOINT, ended, keep, started
from tests.vpn.endpoints_in_database import rule, save_connection, save_endpoint
from vpn.connection_summary.services import recount
from vpn.findings import never_signed_in, no_access, not_seen, services
from vpn.findings.models import Finding

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=200)
NAME = "tanaka@example.co.jp"


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def person(username: str = NAME, **fields: Any) -> User:
    defaults: dict[str, Any] = {
        "name": "田中",
        "groups": [company.EMPLOYEES.id],
        "roles": ["employee"],
        "last_login": LONG_AGO,
    }
    user = User.objects.create(username=username, **(defaults | fields))
    User.objects.filter(pk=user.pk).update(created_at=fields.get("created_at", LONG_AGO))
    return user


def connected(days_ago: int, number: int = 1, **fields: Any) -> None:
    since = f"{NOW - timedelta(days=days_ago, hours=3):%Y-%m-%d %H:%M:%S}"
    until = f"{NOW - timedelta(days=days_ago, hours=2):%Y-%m-%d %H:%M:%S}"
    moment = {"connection_start_time": since}
    keep([started(number, **moment, connection_last_update_time=since, **fields)])
    keep([ended(number, **moment, at=until, **fields)])
    recount()


@pytest.fixture
def endpoint() -> Any:
    return save_endpoint(endpoint_id=ENDPOINT)


@pytest.fixture
def old_log(endpoint: Any) -> None:
    """A log that reaches back further than anybody was away."""
    connected(300, 99, username="somebody@example.co.jp")


def unseen() -> list[str]:
    findings = not_seen.detect(timezone.now())
    assert findings is not None
    return [finding.subject for finding in findings]


@pytest.mark.usefixtures("old_log")
@pytest.mark.parametrize(("days_ago", "expected"), [(91, [NAME]), (89, [])])
def test_who_did_not_connect_for_90_days_and_still_may_is_found(days_ago: int, expected: list[str]) -> None:
    person()
    connected(days_ago, username=NAME.upper())
    assert unseen() == expected


@pytest.mark.usefixtures("old_log")
def test_who_never_connected_is_found_once_the_portal_has_known_them_that_long() -> None:
    person()
    person("new@example.co.jp", created_at=NOW - timedelta(days=10))
    assert unseen() == [NAME]


@pytest.mark.usefixtures("old_log")
@pytest.mark.parametrize(
    "fields", [{"is_active": False}, {"roles": []}, {"groups": ["another-group"]}, {"groups": []}]
)
def test_who_may_not_is_no_unused_access(fields: dict[str, Any]) -> None:
    person(**fields)
    assert unseen() == []


@pytest.mark.usefixtures("old_log")
def test_who_is_connected_now_is_seen(endpoint: Any) -> None:
    person()
    save_connection(endpoint, NAME)
    assert unseen() == []


@pytest.mark.usefixtures("old_log")
def test_a_rule_for_everybody_lets_in_who_is_in_no_group(endpoint: Any) -> None:
    endpoint.authorization_rules = [rule("0.0.0.0/0")]
    endpoint.save()
    person(groups=[])
    assert unseen() == [NAME]
    endpoint.vanished_at = NOW
    endpoint.save()
    assert unseen() == []


def test_a_log_that_begins_later_can_not_tell() -> None:
    save_endpoint(endpoint_id=ENDPOINT)
    person()
    assert not_seen.detect(NOW) is None
    connected(80, username="somebody@example.co.jp")
    assert not_seen.detect(NOW) is None


@pytest.mark.usefixtures("endpoint")
@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"groups": ["another-group"]}, ["no-rule"]),
        ({"roles": [], "groups": []}, ["no-role"]),
        ({"is_active": False}, ["deactivated"]),
        ({}, []),
        # The groups are newer than the connection: nobody knows what they were on that day.
        ({"groups": ["another-group"], "last_login": NOW - timedelta(days=2)}, []),
        ({"groups": ["another-group"], "last_login": NOW - timedelta(hours=1)}, []),
        ({"groups": ["another-group"], "last_login": NOW - timedelta(days=3)}, ["no-rule"]),
    ],
)
def test_connections_of_people_who_may_not_are_found(fields: dict[str, Any], why: list[str]) -> None:
    person(**fields)
    connected(2, username=NAME.upper())
    findings = no_access.detect(NOW)
    assert [finding.evidence["why"] for finding in findings] == why
    assert all(finding.subject == NAME for finding in findings)


@pytest.mark.usefixtures("old_log")
def test_names_of_no_e_mail_s_form_that_differ_in_case_are_two_people() -> None:
    person("u-ABC", groups=["another-group"])
    person("u-abc")
    connected(2, 1, username="u-ABC")
    connected(2, 2, username="u-Abc")
    assert [finding.subject for finding in no_access.detect(NOW)] == ["u-ABC"]
    assert [finding.subject for finding in never_signed_in.detect(NOW)] == ["u-Abc"]
    assert unseen() == ["u-abc"]


@pytest.mark.usefixtures("endpoint")
def test_a_name_in_two_cases_is_one_person() -> None:
    """AWS need not write it in the same case; and two findings with one key are refused."""
    names = (NAME, NAME.upper(), "Stranger@example.co.jp", "stranger@example.co.jp")
    for number, username in enumerate(names, start=1):
        connected(2, number, username=username)
    person(groups=[])
    assert [finding.subject for finding in no_access.detect(NOW)] == [NAME]
    [stranger] = never_signed_in.detect(NOW)
    assert (stranger.subject.lower(), stranger.evidence["connections"]) == ("stranger@example.co.jp", 2)
    services.evaluate()
    assert Finding.objects.filter(kind__in=["no-access", "never-signed-in"]).count() == 2


@pytest.mark.usefixtures("endpoint")
def test_what_was_more_than_a_week_ago_is_left_alone() -> None:
    person(groups=[])
    connected(8)
    assert no_access.detect(NOW) == never_signed_in.detect(NOW) == []


@pytest.mark.parametrize(
    "fields", [{"authentication": ["certificate-authentication"]}, {"vanished_at": NOW}, {"seen_at": None}]
)
def test_an_endpoint_without_saml_or_snapshot_says_nothing_of_people(fields: dict[str, Any]) -> None:
    save_endpoint(endpoint_id=ENDPOINT, **fields)
    person(groups=[])
    connected(1)
    connected(1, 2, username="stranger@example.co.jp")
    assert no_access.detect(NOW) == never_signed_in.detect(NOW) == []


@pytest.mark.usefixtures("endpoint")
def test_who_never_signed_in_to_the_portal_is_found() -> None:
    person()
    connected(2, username=NAME.upper())
    connected(1, 2, username="stranger@example.co.jp")
    connected(2, 3, username="stranger@example.co.jp")
    [finding] = never_signed_in.detect(NOW)
    assert finding.subject == "stranger@example.co.jp"
    assert finding.evidence == {
        "connections": 2,
        "endpoints": ["tokyo-main"],
        "first_day": "2026-11-18",
        "last_day": "2026-11-19",
    }
