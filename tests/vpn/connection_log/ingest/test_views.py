"""`/connections/sources/`: how far each log group has been read, and what could not be."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from portal.access.models import User
from portal.audit.models import AuditEvent
from tests.conftest import SignedIn
from tests.vpn.endpoints_in_database import save_endpoint
from vpn.connection_log.models import LogSource, UnreadableLine

pytestmark = pytest.mark.django_db
PAGE = "/connections/sources/"


def save_source(**changes: Any) -> LogSource:
    now = timezone.now()
    fields: dict[str, Any] = {
        "account": save_endpoint(log_group="/vpn/tokyo").account,
        "log_group": "/vpn/tokyo",
        "named_at": now,
        "seen_at": now,
        "read_until": now,
        "newest_event_at": now - timedelta(hours=1),
        "events": 12345,
        "streams": {"stream-a": now.isoformat()},
    }
    return LogSource.objects.create(**(fields | changes))


def save_unreadable(source: LogSource, count: int) -> None:
    UnreadableLine.objects.bulk_create(
        UnreadableLine(source=source, problem="not-json", digest=number, raw=f"line number {number}.")
        for number in range(count)
    )


def text(signed_in: SignedIn, user: User, query: str = "") -> str:
    return signed_in(user).get(PAGE + query).content.decode()


def test_a_log_group_that_is_read_says_how_far(suzuki: User, signed_in: SignedIn) -> None:
    save_source()
    page = text(signed_in, suzuki)
    for words in (
        "/vpn/tokyo",
        "Up to date",
        "less than a minute ago",
        "12,345",
        "stream-a",
        "No unreadable lines",
    ):
        assert words in page


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"error_id": "aws-not-found", "error_code": "ResourceNotFoundException"}, "does not exist"),
        ({"error_id": "aws-access-denied"}, "logs:FilterLogEvents"),
        ({"read_until": None}, "Not read yet"),
        ({"read_until": timezone.now() - timedelta(hours=2)}, "Behind"),
        ({"named_at": timezone.now() - timedelta(days=3)}, "No longer read"),
    ],
)
def test_whatever_is_wrong_with_it_is_said_in_words(
    changes: dict[str, Any], words: str, suzuki: User, signed_in: SignedIn
) -> None:
    save_source(**changes)
    page = text(signed_in, suzuki)
    assert words in page
    assert "Up to date" not in page


def test_an_endpoint_without_a_log_is_named(suzuki: User, signed_in: SignedIn) -> None:
    save_endpoint("silent-one", log_group="")
    assert "silent-one writes no connection log." in text(signed_in, suzuki)


def test_unreadable_lines_are_shown_as_they_are_and_never_as_a_part_of_the_page(
    suzuki: User, signed_in: SignedIn
) -> None:
    source = save_source()
    UnreadableLine.objects.create(source=source, problem="port", digest=1, raw="<script>alert(1)</script>")
    UnreadableLine.objects.create(source=source, problem="time", digest=2, raw="x" * 5000)
    page = text(signed_in, suzuki)
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "The value of port can&#x27;t be used." in page or "The value of port can't be used." in page
    assert "x" * 4000 in page
    assert "x" * 4001 not in page


def test_one_can_page_through_unreadable_lines_both_ways(suzuki: User, signed_in: SignedIn) -> None:
    save_unreadable(save_source(), 45)
    seen: list[str] = []
    url = PAGE
    while url:
        response = signed_in(suzuki).get(url)
        seen += [problem.raw for problem in response.context["problems"]]
        url = response.context["older_url"].partition("#")[0]
    assert seen == [f"line number {number}." for number in reversed(range(45))]
    back = response.context["newer_url"].partition("#")[0]
    assert [problem.raw for problem in signed_in(suzuki).get(back).context["problems"]] == seen[20:40]


def test_nonsense_in_the_address_is_the_first_page(suzuki: User, signed_in: SignedIn) -> None:
    save_unreadable(save_source(), 3)
    for query in ("?before=x", "?after=-1", "?before=" + "9" * 40):
        assert "line number 2." in text(signed_in, suzuki, query)


def test_who_reads_lines_that_may_name_people_is_recorded(suzuki: User, signed_in: SignedIn) -> None:
    source = save_source()
    text(signed_in, suzuki)
    assert not AuditEvent.objects.filter(tag="connections:searched").exists()
    save_unreadable(source, 1)
    text(signed_in, suzuki)
    assert AuditEvent.objects.get(tag="connections:searched").details == {"conditions": {"page": "sources"}}


def test_what_aws_said_stands_beside_what_to_do(suzuki: User, signed_in: SignedIn) -> None:
    said = "The log group /vpn/x is of log-group-class INFREQUENT_ACCESS."
    save_source(error_id="aws-log-class", error_code="InvalidOperationException", error_message=said)
    page = text(signed_in, suzuki)
    assert "Name a log group of class Standard at the endpoint" in page
    assert f"<code>InvalidOperationException</code> {said}" in page
