"""A pager over any query, on rows of the audit record and of sessions."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import RequestFactory

from portal.audit.models import AuditEvent
from portal.audit.services import record
from portal.audit.tags import Tag
from portal.paging import KeysetPage, encode_cursor, keyset_page, page_links

BEGIN = datetime(2026, 8, 1, 9, 30, tzinfo=UTC)
# Many rows of one moment: the second field decides between them.
ORDERING = ("expire_date", "session_key")


@pytest.fixture
def sessions(db: None) -> list[str]:
    """Keys, newest first: four of each minute."""
    rows = [
        Session(session_key=f"key_{number:02d}", expire_date=BEGIN + timedelta(minutes=number // 4))
        for number in range(20)
    ]
    Session.objects.bulk_create(rows)
    return [row.session_key for row in reversed(rows)]


def session_page(*, before: str = "", after: str = "") -> KeysetPage[Session]:
    return keyset_page(Session.objects.all(), ordering=ORDERING, before=before, after=after, size=6)


def keys(page: KeysetPage[Session]) -> list[str]:
    return [row.session_key for row in page.rows]


def test_the_way_down_shows_every_row_once(sessions: list[str]) -> None:
    page = session_page()
    shown = keys(page)
    assert page.newer == ""
    while page.older:
        page = session_page(before=page.older)
        shown += keys(page)
        assert page.newer
    assert shown == sessions


def test_the_way_back_up_ends_with_the_first_page(sessions: list[str]) -> None:
    second = session_page(before=session_page().older)
    third = session_page(before=second.older)
    assert keys(session_page(after=third.newer)) == keys(second)
    first = session_page(after=second.newer)
    assert (keys(first), first.newer) == (sessions[:6], "")


def test_fewer_rows_above_than_a_page_has_are_filled_up(sessions: list[str]) -> None:
    third = Session.objects.get(session_key=sessions[3])
    assert keys(session_page(after=encode_cursor(third, ORDERING))) == sessions[:6]


def test_a_cursor_reads_like_what_it_names(sessions: list[str]) -> None:
    assert session_page().older == "2026-08-01T09:33:00Z_key_14"


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "_",
        "2026-08-01T09:30:00_key_14",
        "2026-08-01T09:30:00Z",
        "0001-01-01T00:00:00+15:00_a",
        "2026-08-01T09:30:00Z_\0",
        "2026-08-01T09:30:00Z_" + "a" * 200,
    ],
)
def test_what_is_no_cursor_is_the_first_page(cursor: str, sessions: list[str]) -> None:
    assert keys(session_page(before=cursor)) == sessions[:6]
    assert keys(session_page(after=cursor)) == sessions[:6]


@pytest.mark.parametrize("cursor", ["9" * 30, "-" + "9" * 30, "9" * 200, "1.5", "abc", "\0", "²"])
@pytest.mark.django_db
def test_no_number_in_a_url_is_an_error(cursor: str) -> None:
    record(Tag.SIGN_OUT)
    events = AuditEvent.objects.all()
    assert len(keyset_page(events, ordering=("sequence",), before=cursor).rows) <= 1
    assert len(keyset_page(events, ordering=("sequence",), after=cursor).rows) <= 1


def test_links_keep_the_rest_of_the_url(sessions: list[str], rf: RequestFactory) -> None:
    page = session_page(before=session_page().older)
    links = page_links(rf.get("/list/?q=a+b&before=old"), page, fragment="#list")
    assert links["older_url"] == f"/list/?q=a%20b&before={page.older}#list"
    assert links["newer_url"] == f"/list/?q=a%20b&after={page.newer}#list"
    assert page_links(rf.get("/list/"), session_page())["newer_url"] == ""
