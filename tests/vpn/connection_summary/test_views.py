"""The page of the summary: numbers of the rows, ways to them, words for everybody."""

import csv
import html
import io
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import time_machine
from django.http import QueryDict

from portal.access.models import User
from portal.audit.models import AuditEvent
from tests.conftest import SignedIn
from tests.vpn.connection_log.log_lines import ENDPOINT, connection_id, ended, failed, keep, started, waiting
from tests.vpn.connection_log.stored_log import moment, read_log
from tests.vpn.endpoints_in_database import save_endpoint
from vpn.connection_log.models import ChangedDay, Connection
from vpn.connection_log.search.forms import ConnectionSearchForm
from vpn.connection_log.search.queries import matching
from vpn.connection_summary.services import recount

pytestmark = pytest.mark.django_db
URL = "/connections/summary/"
OTHER = "cvpn-endpoint-0ffffffffffffffff"


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with time_machine.travel("2026-11-21T03:00:00Z", tick=False):
        yield


@pytest.fixture
def some_days() -> None:
    keep(
        [
            started(1),
            ended(1),
            started(2, username="kato@example.co.jp", client_vpn_endpoint_id=OTHER),
            ended(2, username="kato@example.co.jp", client_vpn_endpoint_id=OTHER, ingress_bytes="9000000"),
            failed(3, at="2026-11-20 03:00:00"),
            failed(4, at="2026-11-20 04:00:00", reason="something new"),
            waiting(5, at="2026-11-20 05:00:00"),
            started(
                6,
                connection_start_time="2026-10-05 01:00:00",
                connection_last_update_time="2026-10-05 01:00:00",
            ),
            ended(6, connection_start_time="2026-10-05 01:00:00", at="2026-10-05 09:00:00"),
        ]
    )
    recount()


def page_text(client: Any, query: str = "") -> str:
    response = client.get(URL + query)
    assert response.status_code == 200
    return html.unescape(response.content.decode())


def found_by(url: str) -> list[Connection]:
    form = ConnectionSearchForm(QueryDict(urlsplit(url).query))
    assert form.is_valid(), form.errors
    return list(matching(form.search()))


def links(text: str, words: str) -> list[str]:
    return re.findall(rf'<a[^>]*href="(/connections/\?[^"]*)"[^>]*>(?:<title>)?[^<]*{words}', text)


@pytest.mark.usefixtures("some_days")
def test_a_bar_leads_to_the_connections_behind_it(suzuki: User, signed_in: SignedIn) -> None:
    [url, *_peaks] = links(page_text(signed_in(suzuki)), "2026-11-20: 2 connected, 3 failed")
    assert len(found_by(url)) == 5


def test_an_hour_of_the_week_leads_to_the_newest_one_that_has_begun(
    suzuki: User, signed_in: SignedIn
) -> None:
    """It is Saturday noon: Saturday 22:00 was a week ago, Saturday 10:00 was today."""
    for number, at in enumerate(("2026-11-14 13:00:00", "2026-11-14 01:00:00", "2026-11-21 01:00:00")):
        keep([started(number, connection_start_time=at, connection_last_update_time=at)])
    recount()
    text = page_text(signed_in(suzuki), "?range=30d")
    [late], [early] = links(text, "Sat 22:00"), links(text, "Sat 10:00")
    assert [[row.connection_id for row in found_by(url)] for url in (late, early)] == [
        [connection_id(0)],
        [connection_id(2)],
    ]


@pytest.mark.usefixtures("some_days")
def test_a_bar_of_newcomers_leads_into_the_fold_which_a_browser_opens_then(
    suzuki: User, signed_in: SignedIn
) -> None:
    text = page_text(signed_in(suzuki))
    assert 'href="#newcomers-table"' in text
    assert re.search(r'<details class="fold"><summary>[^<]*</summary>\s*<div[^>]*id="newcomers-table"', text)


@pytest.mark.usefixtures("some_days")
def test_on_a_telephone_a_row_of_the_peaks_says_what_it_is_of(suzuki: User, signed_in: SignedIn) -> None:
    client = signed_in(suzuki)
    assert 'data-label="Week"' not in page_text(client)
    assert 'data-label="Day"' not in page_text(client, "?range=400d")


@pytest.mark.usefixtures("some_days")
def test_a_reason_leads_to_its_failures_and_an_unknown_one_is_shown_as_it_is(
    suzuki: User, signed_in: SignedIn
) -> None:
    text = page_text(signed_in(suzuki))
    for words in ("This computer or account is not allowed", "something new", "Sign-in in the browser"):
        [url] = links(text, words)
        assert len(found_by(url)) == 1


@pytest.mark.usefixtures("some_days")
def test_a_person_leads_to_their_connections(suzuki: User, signed_in: SignedIn) -> None:
    User.objects.create(username="Kato@example.co.jp", name="加藤 蓮")
    urls = links(page_text(signed_in(suzuki)), "加藤 蓮")
    assert {row.user.username for url in urls for row in found_by(url) if row.user} == {"kato@example.co.jp"}


@pytest.mark.usefixtures("some_days")
def test_a_single_connection_leads_to_its_page(suzuki: User, signed_in: SignedIn) -> None:
    client = signed_in(suzuki)
    urls = set(re.findall(r'href="(/connections/cvpn-connection-[^"]*)"', page_text(client)))
    assert urls == {f"/connections/{connection_id(number)}/" for number in (1, 2)}
    assert {client.get(url).status_code for url in urls} == {200}


@pytest.mark.usefixtures("some_days")
def test_an_endpoint_alone_is_counted_alone(suzuki: User, signed_in: SignedIn) -> None:
    save_endpoint("tokyo", endpoint_id=ENDPOINT, target_networks=[{"status": "associated"}] * 2)
    text = page_text(signed_in(suzuki), f"?endpoint={OTHER}")
    assert "1 connected, 0 failed" in text
    [url, *_rest] = links(text, "2026-11-20: 1 connected")
    assert {row.endpoint_id for row in found_by(url)} == {OTHER}
    assert f"?range=30d&endpoint={OTHER}" in text


@pytest.mark.usefixtures("some_days")
def test_the_peak_is_compared_with_the_quota_of_the_associated_subnets(
    suzuki: User, signed_in: SignedIn
) -> None:
    save_endpoint("tokyo", endpoint_id=ENDPOINT, target_networks=[{"status": "associated"}] * 2)
    assert "36,500" in page_text(signed_in(suzuki))


@pytest.mark.usefixtures("some_days")
@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("?range=month", "Most on 2026-11-20"),
        ("?range=last-month", "2026-10-05: 1 connected"),
        ("?range=400d", "2026-11-16 to 2026-11-21: 2 connected, 3 failed"),
    ],
)
def test_the_days_are_chosen_by_the_url(suzuki: User, signed_in: SignedIn, query: str, text: str) -> None:
    assert text in page_text(signed_in(suzuki), query)


@pytest.mark.usefixtures("some_days")
@pytest.mark.parametrize("query", ["?range=9y", "?endpoint=cvpn-endpoint-nothing", "?range=7d%00"])
def test_a_wrong_choice_says_so(suzuki: User, signed_in: SignedIn, query: str) -> None:
    text = page_text(signed_in(suzuki), query)
    assert "There is a problem" in text
    assert "Most connected time" not in text


def test_before_anything_was_read_it_says_so(suzuki: User, signed_in: SignedIn) -> None:
    assert "No connection has been read from the log yet" in page_text(signed_in(suzuki))


@pytest.mark.usefixtures("some_days")
def test_days_without_anybody_say_so(suzuki: User, signed_in: SignedIn) -> None:
    save_endpoint()
    with time_machine.travel("2026-12-31T03:00:00Z", tick=False):
        client = signed_in(suzuki)
        read_log()
        assert "Nobody connected in these days" in page_text(client)
        read_log(until=moment("2026-12-01"))
        text = page_text(client)
        assert "No stored connection in these days" in text
        assert "A part of the log is missing here." in text
        assert "Nobody connected in these days" not in text


@pytest.mark.usefixtures("some_days")
def test_days_are_chosen_freely_and_those_without_a_log_have_no_number(
    suzuki: User, signed_in: SignedIn
) -> None:
    save_endpoint("tokyo-main", endpoint_id=ENDPOINT)
    read_log()
    text = page_text(signed_in(suzuki), "?since=2026-10-04&until=2026-10-06")
    table = text.partition('id="over-time"')[2].partition("</tbody>")[0].partition("<tbody>")[2]
    rows = re.findall(r"<tr>.*?>(2026-10-0\d)</a>.*?Connections\W+[^>]*>(.*?)</td>", table, re.DOTALL)
    assert [(day, re.sub(r"<[^>]+>", "", count)) for day, count in rows] == [
        ("2026-10-04", "not stored"),
        ("2026-10-05", "1"),
        ("2026-10-06", "0"),
    ]
    assert 'value="2026-10-04"' in text
    event = AuditEvent.objects.latest("sequence")
    assert event.details == {"since": "2026-10-04", "until": "2026-10-06", "endpoint": ""}


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("?since=2026-10-04", "Enter the last day as well."),
        ("?until=2026-10-04", "Enter the first day as well."),
        ("?since=2026-10-04&until=2026-10-03", "The last day must not be before the first."),
        ("?since=2025-10-04&until=2026-11-20", "Ask for 400 days at most."),
    ],
)
def test_wrong_days_are_explained(suzuki: User, signed_in: SignedIn, query: str, words: str) -> None:
    assert words in page_text(signed_in(suzuki), query)


def test_until_the_sums_are_there_it_does_not_say_that_nothing_was_read(
    suzuki: User, signed_in: SignedIn
) -> None:
    keep([started(1), ended(1)])
    text = page_text(signed_in(suzuki))
    assert "The sums are being counted" in text
    assert "No connection has been read" not in text


@pytest.mark.usefixtures("some_days")
def test_it_says_when_days_wait_to_be_counted(suzuki: User, signed_in: SignedIn) -> None:
    keep([started(9)])
    assert "still being counted" not in page_text(signed_in(suzuki))
    ChangedDay.objects.update(noted_at="2026-11-21T02:00:00Z")
    assert "still being counted" in page_text(signed_in(suzuki))


@pytest.mark.usefixtures("some_days")
def test_who_looks_is_recorded_with_what_was_asked(suzuki: User, signed_in: SignedIn) -> None:
    signed_in(suzuki).get(f"{URL}?range=30d&endpoint={OTHER}")
    event = AuditEvent.objects.latest("sequence")
    assert (event.tag, event.actor, event.target) == ("connections:searched", suzuki.username, "summary")
    assert event.details == {"range": "30d", "endpoint": OTHER}


@pytest.mark.usefixtures("some_days")
def test_what_the_log_says_is_only_text(suzuki: User, signed_in: SignedIn) -> None:
    keep([failed(20, at="2026-11-20 06:00:00", reason="<script>alert(1)</script>")])
    keep([ended(21, username="<b>x</b>")])
    recount()
    text = signed_in(suzuki).get(URL).content.decode()
    assert "<script>alert" not in text
    assert "<b>x" not in text


@pytest.mark.usefixtures("some_days")
def test_in_japanese_it_is_all_in_japanese(suzuki: User, signed_in: SignedIn) -> None:
    text = html.unescape(signed_in(suzuki, "ja").get(URL).content.decode())
    assert "11/20（金）" in text
    wrong = html.unescape(signed_in(suzuki, "ja").get(f"{URL}?range=9y").content.decode())
    assert "期間：「9y」は選択肢にありません。" in wrong


@pytest.mark.usefixtures("some_days")
def test_it_takes_few_queries(suzuki: User, signed_in: SignedIn, django_assert_max_num_queries: Any) -> None:
    client = signed_in(suzuki)
    with django_assert_max_num_queries(40):
        client.get(URL)


def spreadsheet(client: Any, path: str) -> list[list[str]]:
    response = client.get(path)
    assert response.status_code == 200
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.reader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig"))))


@pytest.mark.usefixtures("some_days")
def test_the_days_are_a_spreadsheet_with_nothing_where_nothing_is_stored(
    suzuki: User, signed_in: SignedIn
) -> None:
    client = signed_in(suzuki, "ja")
    titles, *rows = spreadsheet(client, f"{URL}days.csv?since=2026-11-19&until=2026-11-21")
    assert titles == ["日", "接続", "失敗", "同時接続数の最大値", "接続時間（秒）", "通信量（バイト）"]
    assert [row[:3] for row in rows] == [
        ["2026-11-19", "", ""],
        ["2026-11-20", "2", "3"],
        ["2026-11-21", "", ""],
    ]
    assert all(cell.isdigit() for cell in rows[1][3:])
    # Nobody is named.
    assert not AuditEvent.objects.exists()


@pytest.mark.usefixtures("some_days")
def test_all_people_are_a_spreadsheet_and_whoever_got_it_is_recorded(
    suzuki: User, tanaka: User, signed_in: SignedIn
) -> None:
    client = signed_in(suzuki, "en")
    path = f"{URL}people.csv?since=2026-11-20&until=2026-11-20"
    titles, *rows = spreadsheet(client, path)
    assert titles[:3] == ["Username", "Name", "Connections"]
    assert sorted(row[0] for row in rows) == ["kato@example.co.jp", "tanaka@example.co.jp"]
    spreadsheet(client, path)
    # Each time: nobody sees who reads a file.
    first, second = AuditEvent.objects.order_by("sequence")
    assert first.people == second.people == ["kato@example.co.jp", "tanaka@example.co.jp"]
    assert first.details["format"] == "csv"
    assert spreadsheet(client, f"{path}&endpoint={OTHER}")[1][:1] == ["kato@example.co.jp"]


def test_a_range_that_makes_no_sense_is_answered_by_the_page(suzuki: User, signed_in: SignedIn) -> None:
    response = signed_in(suzuki).get(f"{URL}people.csv?since=2026-11-20")
    assert "Enter the last day as well." in response.content.decode()
