"""One person in two places, two people on one device; and what only looks like it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from pytest_django import Settings

from portal.access.models import User
from portal.env import Network
from tests.vpn.connection_log.log_lines import connection_id, ended, keep, started
from tests.vpn.endpoints_in_database import save_connection, save_endpoint
from vpn.connection_log.overlaps import MAX_CONNECTIONS
from vpn.findings import shared_device, two_places

pytestmark = pytest.mark.django_db
HOME, ELSEWHERE = "198.51.100.27", "203.0.113.77"


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with time_machine.travel("2026-11-20T12:00:00Z", tick=False):
        yield


def stay(number: int, since: str, until: str | None, **fields: Any) -> None:
    """A connection on 20 November; ``until`` None: no end was logged."""
    moment = {"connection_start_time": f"2026-11-20 {since}:00"}
    fields = {"client_ip": f"10.8.0.{number}"} | fields
    keep([started(number, **moment, connection_last_update_time=moment["connection_start_time"], **fields)])
    if until:
        keep([ended(number, **moment, at=f"2026-11-20 {until}:00", **fields)])


def places() -> list[tuple[str, list[str]]]:
    return [(finding.subject, finding.evidence["addresses"]) for finding in two_places.detect(timezone.now())]


def test_overlapping_connections_from_two_networks_are_found() -> None:
    stay(1, "01:00", "03:00", device_ip=HOME)
    stay(2, "02:00", "04:00", device_ip=ELSEWHERE)
    [finding] = two_places.detect(timezone.now())
    assert (finding.subject, finding.evidence) == (
        "tanaka@example.co.jp",
        {
            "addresses": [HOME, ELSEWHERE],
            "connections": [connection_id(1), connection_id(2)],
            "since": "2026-11-20T02:00:00+00:00",
            "until": "2026-11-20T03:00:00+00:00",
            "times": 1,
        },
    )


def test_several_times_between_the_same_networks_are_one_finding() -> None:
    for number, hour in enumerate(("01", "03", "05")):
        stay(10 * number + 1, f"{hour}:00", f"{hour}:50", device_ip=HOME)
        stay(10 * number + 2, f"{hour}:10", f"{hour}:40", device_ip=ELSEWHERE)
    [finding] = two_places.detect(timezone.now())
    assert (finding.evidence["times"], finding.evidence["since"][11:16]) == (3, "05:10")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"device_ip": HOME}, {"device_ip": "198.51.7.7"}),  # the same /16
        ({"device_ip": HOME}, {"device_ip": "2001:db8::1"}),  # IPv4 and IPv6 of one computer
        ({"device_ip": "2001:db8:1::1"}, {"device_ip": "2001:db8:2::1"}),  # the same /32
        ({"device_ip": HOME}, {"device_ip": ELSEWHERE, "username": "kato@example.co.jp"}),
        ({"device_ip": HOME, "username": "NA"}, {"device_ip": ELSEWHERE, "username": "NA"}),
        ({"device_ip": HOME}, {"device_ip": "192.0.2.3"}),  # an office
        ({"device_ip": HOME}, {"device_ip": "NA"}),
    ],
)
def test_what_is_not_two_places_is_not_found(first: dict[str, str], second: dict[str, str]) -> None:
    stay(1, "01:00", "03:00", **first)
    stay(2, "02:00", "04:00", **second)
    assert places() == []


def test_ipv6_networks_are_compared_too() -> None:
    stay(1, "01:00", "03:00", device_ip="2001:db8::1")
    stay(2, "02:00", "04:00", device_ip="2001:db9::1")
    assert len(places()) == 1


def test_names_of_no_e_mail_s_form_that_differ_in_case_are_two_people() -> None:
    """Unless there is one account only that they may mean."""
    stay(1, "01:00", "03:00", device_ip=HOME, username="u-ABC")
    stay(2, "02:00", "04:00", device_ip=ELSEWHERE, username="u-abc")
    assert places() == []
    User.objects.create(username="u-ABC")
    assert places() == [("u-ABC", [HOME, ELSEWHERE])]
    User.objects.create(username="u-abc")
    assert places() == []


def test_the_case_of_the_name_makes_no_other_person() -> None:
    stay(1, "01:00", "03:00", device_ip=HOME)
    stay(2, "02:00", "04:00", device_ip=ELSEWHERE, username="Tanaka@Example.co.jp")
    assert len(places()) == 1


@pytest.mark.parametrize(("since", "count"), [("02:55", 1), ("02:56", 0), ("03:00", 0), ("03:30", 0)])
def test_a_change_of_network_is_no_second_place(since: str, count: int) -> None:
    stay(1, "01:00", "03:00", device_ip=HOME)
    stay(2, since, "05:00", device_ip=ELSEWHERE)
    assert len(places()) == count


def test_an_end_that_was_never_logged_proves_nothing() -> None:
    stay(1, "01:00", None, device_ip=HOME)
    stay(2, "02:00", "04:00", device_ip=ELSEWHERE)
    assert places() == []


def test_what_aws_lists_now_lasts_until_now() -> None:
    stay(1, "01:00", None, device_ip=HOME)
    stay(2, "02:00", "04:00", device_ip=ELSEWHERE)
    save_connection(save_endpoint(), "", connection_id=connection_id(1))
    assert places() == [("tanaka@example.co.jp", [HOME, ELSEWHERE])]


def test_what_is_long_ago_is_left_alone() -> None:
    stay(1, "01:00", "03:00", device_ip=HOME)
    stay(2, "02:00", "04:00", device_ip=ELSEWHERE)
    assert two_places.detect(datetime(2026, 11, 24, tzinfo=UTC)) == []


def test_a_name_that_connects_all_the_time_is_shared_by_many_and_no_person() -> None:
    keep(
        ended(
            number,
            connection_start_time="2026-11-20 01:00:00",
            at="2026-11-20 03:00:00",
            device_ip=f"198.{number % 200}.1.1",
            username="client1.domain.tld",
        )
        for number in range(1, MAX_CONNECTIONS + 2)
    )
    assert places() == []


def test_without_office_networks_no_network_is_an_office(settings: Settings) -> None:
    offices: dict[str, list[Network]] = {}
    settings.OFFICE_NETWORKS = offices
    stay(1, "01:00", "03:00", device_ip=HOME)
    stay(2, "02:00", "04:00", device_ip="192.0.2.3")
    assert len(places()) == 1


def devices() -> list[tuple[str, str, list[str]]]:
    findings = shared_device.detect(timezone.now())
    return [
        (finding.subject, finding.evidence["device_type"], finding.evidence["people"]) for finding in findings
    ]


def test_two_names_one_after_another_on_one_device_are_found() -> None:
    stay(1, "01:00", "02:00", device_ip=HOME)
    stay(2, "03:00", "04:00", device_ip=HOME, username="kato@example.co.jp")
    assert devices() == [(HOME, "win", ["kato@example.co.jp", "tanaka@example.co.jp"])]


@pytest.mark.parametrize(
    "other",
    [
        {"device_type": "mac", "username": "kato@example.co.jp"},
        {"device_ip": ELSEWHERE, "username": "kato@example.co.jp"},
        {"username": "TANAKA@example.co.jp"},
        {"username": "NA"},
        {"device_type": "NA", "username": "kato@example.co.jp"},
    ],
)
def test_what_is_not_one_device_is_not_found(other: dict[str, str]) -> None:
    stay(1, "01:00", "02:00", device_ip=HOME)
    stay(2, "03:00", "04:00", **({"device_ip": HOME} | other))
    assert devices() == []


def test_people_who_are_there_at_the_same_time_have_a_device_each() -> None:
    stay(1, "01:00", "03:30", device_ip=HOME)
    stay(2, "03:00", "04:00", device_ip=HOME, username="kato@example.co.jp")
    stay(3, "05:00", "06:00", device_ip=HOME)
    assert devices() == []


def test_an_office_or_a_hotel_is_no_device() -> None:
    for number in range(5):
        stay(
            number + 1,
            f"0{number + 1}:00",
            f"0{number + 1}:30",
            device_ip=HOME,
            username=f"{number}@example.co.jp",
        )
        stay(
            number + 11,
            f"0{number + 1}:00",
            f"0{number + 1}:30",
            device_ip="192.0.2.3",
            username=f"{number % 2}",
        )
    assert devices() == []
