"""What a month costs: hours that AWS bills, and never a number that isn't known."""

import csv
import html
import io
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine

from portal.access.models import User
from portal.audit.models import AuditEvent
from tests.conftest import SignedIn
from tests.vpn.connection_log.log_lines import ENDPOINT, ended, keep, started
from tests.vpn.connection_log.stored_log import moment, read_log
from tests.vpn.endpoints_in_database import save_endpoint
from vpn.connection_log.nights import is_overnight
from vpn.costs.associations import association_periods, hours_saved
from vpn.costs.queries import connection_hours, person_hours
from vpn.endpoints.models import ChangedPart, Endpoint, EndpointChange

pytestmark = pytest.mark.django_db
URL = "/connections/costs/"
MONTH = (moment("2026-10-31 15:00"), moment("2026-11-30 15:00"))


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with time_machine.travel("2026-11-21T03:00:00Z", tick=False):
        yield


def network(number: int, status: str = "associated") -> dict[str, Any]:
    return {
        "association_id": f"cvpn-assoc-{number}",
        "subnet_id": f"subnet-{number}",
        "vpc_id": "vpc-1",
        "status": status,
        "message": "",
        "security_groups": [],
    }


def tokyo(**changes: Any) -> Endpoint:
    """Seen since the beginning of October, with one subnet."""
    endpoint = save_endpoint(
        endpoint_id=ENDPOINT, created_at=moment("2026-10-01 00:00"), target_networks=[network(1)], **changes
    )
    Endpoint.objects.filter(pk=endpoint.pk).update(first_seen_at=moment("2026-10-01 00:00"))
    endpoint.refresh_from_db()
    return endpoint


def change(endpoint: Endpoint, number: int, at: str, *, gone: bool = False) -> EndpointChange:
    item = network(number)
    return EndpointChange.objects.create(
        endpoint=endpoint,
        part=ChangedPart.NETWORK,
        subject=f"cvpn-assoc-{number}",
        before=item if gone else None,
        after=None if gone else item,
        noticed_at=moment(at),
    )


def session(number: int, since: str, until: str, **fields: Any) -> list[str]:
    start = f"{since}:00"
    return [
        started(number, connection_start_time=start, connection_last_update_time=start, **fields),
        ended(number, connection_start_time=start, at=f"{until}:00", **fields),
    ]


def row_of(client: Any, name: str, query: str = "") -> dict[str, str]:
    response = client.get(f"{URL}{name}{query}")
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return next(csv.DictReader(io.StringIO(text)))


def test_a_connection_counts_each_hour_that_it_has_begun() -> None:
    keep(
        [
            *session(1, "2026-11-20 01:00", "2026-11-20 02:30"),
            *session(2, "2026-11-20 01:00", "2026-11-20 02:00"),
            *session(3, "2026-11-20 01:00", "2026-11-20 01:00"),
            # In the month before, by the portal's zone
            *session(4, "2026-10-31 14:59", "2026-10-31 16:00"),
            started(
                5,
                connection_start_time="2026-11-21 00:30:00",
                connection_last_update_time="2026-11-21 00:30:00",
            ),
        ]
    )
    assert connection_hours(*MONTH) == {ENDPOINT: 2 + 1 + 1 + 3}


def test_a_subnet_counts_from_its_association_to_its_end() -> None:
    endpoint = tokyo()
    change(endpoint, 2, "2026-11-10 00:00")
    change(endpoint, 2, "2026-11-10 12:00", gone=True)
    periods = association_periods(endpoint, EndpointChange.objects.order_by("id"))
    hours = sum(period.hours(MONTH[0], moment("2026-11-21 03:00")) for period in periods)
    assert hours == 20 * 24 + 12 + 12


def test_a_month_that_is_over_keeps_its_costs_whatever_changed_since(
    signed_in: SignedIn, suzuki: User
) -> None:
    endpoint = tokyo(log_group="")
    before = row_of(signed_in(suzuki), "endpoints.csv", "?month=2026-10")["Subnet hours"]
    change(endpoint, 1, "2026-11-05 00:00", gone=True)
    change(endpoint, 2, "2026-11-06 00:00")
    Endpoint.objects.filter(pk=endpoint.pk).update(target_networks=[network(2)])
    assert row_of(signed_in(suzuki), "endpoints.csv", "?month=2026-10")["Subnet hours"] == before


def test_a_paused_endpoint_saved_what_its_subnets_cost() -> None:
    endpoint = tokyo()
    endpoint.target_networks = [network(3), network(4)]
    for number, at, gone in (
        (1, "2026-11-10 00:00", True),
        (2, "2026-11-10 00:05", True),
        (3, "2026-11-11 00:05", False),
        (4, "2026-11-11 00:06", False),
    ):
        change(endpoint, number, at, gone=gone)
    periods = association_periods(endpoint, EndpointChange.objects.order_by("id"))
    assert hours_saved(periods, *MONTH, vanished_at=None) == pytest.approx(2 * 24)
    # A deleted one saves nothing after its end.
    saved = hours_saved(periods, *MONTH, vanished_at=moment("2026-11-10 01:05"))
    assert saved == pytest.approx(2)


def test_the_page_says_what_a_month_costs_and_where_it_leads(signed_in: SignedIn, suzuki: User) -> None:
    tokyo()
    read_log()
    keep(session(1, "2026-11-20 01:00", "2026-11-20 02:30"))
    row = row_of(signed_in(suzuki), "endpoints.csv")
    hours = 20 * 24 + 12
    assert Decimal(row["Subnet hours"]) == hours
    assert Decimal(row["Cost of subnets"]) == Decimal("0.15") * hours
    assert (row["Connection hours"], row["Cost of connections"]) == ("2", "0.1")
    # For 228 hours that are left, and nearly half of the last four weeks' connections
    left = 228
    assert Decimal(row["By the end of the month"]) == pytest.approx(
        Decimal("0.15") * (hours + left) + Decimal("0.1") * (1 + Decimal(left) / (28 * 24)),
        abs=Decimal("0.01"),
    )


def test_an_endpoint_whose_log_nobody_read_costs_an_unknown_amount(signed_in: SignedIn, suzuki: User) -> None:
    tokyo(log_group="")
    row = row_of(signed_in(suzuki), "endpoints.csv")
    assert (row["Connection hours"], row["Cost of connections"], row["By the end of the month"]) == ("",) * 3
    assert "The portal has no connection log of it." in signed_in(suzuki).get(URL).content.decode()


def test_an_endpoint_that_was_there_before_the_portal_says_from_when_it_counts(
    signed_in: SignedIn, suzuki: User
) -> None:
    endpoint = tokyo()
    Endpoint.objects.filter(pk=endpoint.pk).update(first_seen_at=moment("2026-11-11 00:00"))
    assert "the portal first saw it then" in signed_in(suzuki).get(URL).content.decode()
    Endpoint.objects.filter(pk=endpoint.pk).update(created_at=moment("2026-11-10 23:59"))
    assert "the portal first saw it then" not in signed_in(suzuki).get(URL).content.decode()


def test_a_night_is_told_to_the_person_before_it_is_told_of_them(signed_in: SignedIn, tanaka: User) -> None:
    keep(
        [
            # From 19:00 to 6:00 in Tokyo, ten days ago and last night
            *session(1, "2026-11-10 10:00", "2026-11-10 21:00", username=tanaka.username),
            *session(2, "2026-11-20 10:00", "2026-11-20 21:00", username=tanaka.username),
            *session(3, "2026-11-11 00:00", "2026-11-11 09:00", username=tanaka.username),
        ]
    )
    (person,) = person_hours(*MONTH)
    assert (person.hours, person.connections, person.nights, person.night_hours) == (31, 3, 1, 11)
    browser = signed_in(tanaka)
    assert browser.get("/connections/mine/").content.decode().count("It stayed open all night") == 2
    assert "It stayed open all night" in browser.get("/").content.decode()


def test_all_night_is_from_midnight_to_five() -> None:
    midnight = moment("2026-11-20 15:00")
    assert is_overnight(midnight - timedelta(minutes=1), midnight + timedelta(hours=5))
    assert not is_overnight(midnight - timedelta(minutes=1), midnight + timedelta(hours=4, minutes=59))
    assert not is_overnight(midnight + timedelta(minutes=1), midnight + timedelta(hours=9))


def test_reading_whose_hours_they_are_is_recorded_and_endpoints_are_nobody_s(
    signed_in: SignedIn, suzuki: User
) -> None:
    keep(session(1, "2026-11-20 01:00", "2026-11-20 02:30"))
    auditor = signed_in(suzuki)
    auditor.get(f"{URL}endpoints.csv")
    assert not AuditEvent.objects.filter(target_id="costs").exists()
    auditor.get(URL)
    (event,) = AuditEvent.objects.filter(target_id="costs")
    assert event.details["month"] == "2026-11"


@pytest.mark.parametrize(
    ("month", "words"),
    [
        ("2026-13", "Enter a month like 2026-11."),
        ("2026-12", "This month hasn’t begun. Choose an earlier one."),
    ],
)
def test_a_month_that_is_none_is_refused_in_words(
    signed_in: SignedIn, suzuki: User, month: str, words: str
) -> None:
    text = html.unescape(signed_in(suzuki).get(f"{URL}?month={month}").content.decode())
    assert words.replace("’", "'") in text
