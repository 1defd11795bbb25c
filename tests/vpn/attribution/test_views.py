"""Who was behind an address at a moment, and what the answer rests on."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any
from urllib.parse import unquote

import pytest
from django.test import Client
from django.utils import timezone

from portal.access.models import User
from portal.audit.models import AuditEvent
from sandbox.aws.seed import Architecture
from sandbox.company import TOKYO
from tests.conftest import SignedIn
from tests.vpn.connection_log.log_lines import ended, failed, keep, started, waiting
from tests.vpn.connection_log.stored_log import moment, read_log
from tests.vpn.endpoints_in_database import save_endpoint
from vpn.endpoints import services
from vpn.endpoints.address_periods import end_vanished_periods, record_addresses
from vpn.endpoints.models import EgressAddressPeriod, Endpoint

pytestmark = pytest.mark.django_db

HERE = "203.0.113.10"
# 10:32 in Japan
AT = "2026-11-20T10:32"


def spell(
    endpoint: Endpoint, since: str = "2026-10-02", until: str = "", address: str = HERE
) -> EgressAddressPeriod:
    return EgressAddressPeriod.objects.create(
        endpoint=endpoint,
        address=address,
        since=datetime.fromisoformat(since).replace(tzinfo=UTC),
        until=datetime.fromisoformat(until).replace(tzinfo=UTC) if until else None,
    )


def session(number: int, who: str, begin: str, end: str, **fields: Any) -> list[str]:
    """Times of 2026-11-20, UTC."""
    whole = {"connection_start_time": f"2026-11-20 {begin}", "username": f"{who}@example.co.jp", **fields}
    lines = [started(number, connection_last_update_time=f"2026-11-20 {begin}", **whole)]
    return [*lines, ended(number, at=f"2026-11-20 {end}", **whole)] if end else lines


@pytest.fixture
def endpoint() -> Endpoint:
    """With tanaka until 01:32:00, sato until 01:29:59, suzuki from 01:34:00 on, and others at another endpoint."""
    saved = save_endpoint("tokyo-main", client_cidr_block="10.8.0.0/16")
    ours = {"client_vpn_endpoint_id": saved.endpoint_id}
    keep(
        [
            *session(1, "tanaka", "01:00:00", "01:32:00", client_ip="10.8.0.34", **ours),
            *session(2, "sato", "00:10:00", "01:29:59", client_ip="10.8.0.12", **ours),
            *session(3, "suzuki", "01:34:00", "02:00:00", client_ip="10.8.0.7", **ours),
            *session(4, "elsewhere", "01:00:00", "02:00:00"),
            failed(5, at="2026-11-20 01:32:00", username="refused@example.co.jp", **ours),
        ]
    )
    read_log()
    return saved


def ask(client: Client, address: str = HERE, at: str = AT, minutes: int = 2) -> str:
    query = {"address": address, "at": at, "minutes": str(minutes)}
    answer = client.get("/connections/attribution/", query)
    assert answer.status_code == 200
    return unescape(answer.content.decode())


def people(text: str) -> dict[str, bool]:
    """Those in the table, and whether they were connected then."""
    rows = re.findall(r"<tr>(.*?)</tr>", text.partition("<tbody>")[2], re.DOTALL)
    return {re.findall(r"(\w+)@example", row)[0]: "not connected" not in row for row in rows}


def test_it_names_who_was_behind_the_fixed_address(
    endpoint: Endpoint, suzuki: User, signed_in: SignedIn
) -> None:
    spell(endpoint)
    text = ask(signed_in(suzuki))
    assert people(text) == {"tanaka": True, "suzuki": True, "sato": False}
    assert "2 people" in text
    assert "fixed IP 203.0.113.10 since 2026-10-02" in text
    assert "10:30:00 – 10:32:00" in text
    assert "198.51.100.27" in text
    paper = text.partition('class="print-only">')[2].partition("</p>")[0]
    assert re.sub(r"<[^>]+>", "", paper) == "203.0.113.10 ・ 2026-11-20 10:32:00 ± 2 min"


def test_the_exact_second_can_be_asked_for(endpoint: Endpoint, suzuki: User, signed_in: SignedIn) -> None:
    spell(endpoint)
    assert people(ask(signed_in(suzuki), minutes=0)) == {"tanaka": True, "sato": False, "suzuki": False}
    later = ask(signed_in(suzuki), at="2026-11-20T10:32:01", minutes=0)
    assert not any(people(later).values())
    assert "Nobody is on record as using it at this time" in later


def test_without_seconds_the_whole_minute_is_meant(
    endpoint: Endpoint, suzuki: User, signed_in: SignedIn
) -> None:
    keep(
        session(
            7,
            "late",
            "01:33:42",
            "01:33:50",
            client_ip="10.8.0.77",
            client_vpn_endpoint_id=endpoint.endpoint_id,
        )
    )
    client = signed_in(suzuki)
    assert people(ask(client, "10.8.0.77", at="2026-11-20T10:33", minutes=0)) == {"late": True}
    assert people(ask(client, "10.8.0.77", at="2026-11-20T10:33:41", minutes=0)) == {"late": False}
    assert people(ask(client, "10.8.0.77", at="2026-11-20T10:33:42", minutes=0)) == {"late": True}
    assert 'step="1"' in ask(client)


def test_a_link_without_minutes_asks_for_two_and_the_form_says_so(
    endpoint: Endpoint, suzuki: User, signed_in: SignedIn
) -> None:
    spell(endpoint)
    answer = signed_in(suzuki).get("/connections/attribution/", {"address": HERE, "at": AT})
    text = unescape(answer.content.decode())
    assert people(text) == people(ask(signed_in(suzuki), minutes=2))
    assert re.search(r'<option value="2" selected', text)


def test_a_vpn_address_is_one_persons(endpoint: Endpoint, suzuki: User, signed_in: SignedIn) -> None:
    keep(session(9, "next", "01:33:00", "", client_ip="10.8.0.34"))
    client = signed_in(suzuki)
    assert people(ask(client, "10.8.0.34", minutes=0)) == {"tanaka": True, "next": False}
    assert people(ask(client, "１０．８．０．３４", at="2026-11-20T10:33", minutes=0)) == {
        "next": True,
        "tanaka": False,
    }
    assert "No stored connection reaches into this time." in ask(client, "10.8.9.9")


def test_an_address_of_nobody_leads_to_the_search(
    endpoint: Endpoint, suzuki: User, signed_in: SignedIn
) -> None:
    text = ask(signed_in(suzuki), "198.51.100.99")
    assert "This is none of the addresses that the portal knows" in text
    assert 'href="/connections/?q=198.51.100.99&range=all"' in text


def test_of_another_address_it_names_who_was_connected_from_it(
    endpoint: Endpoint, suzuki: User, signed_in: SignedIn
) -> None:
    keep(session(9, "home", "01:00:00", "02:00:00", device_ip="198.51.100.99"))
    text = ask(signed_in(suzuki), "198.51.100.99", minutes=0)
    assert people(text) == {"home": True}
    assert "198.51.100.99 isn't known as an address of the VPN" in text


@pytest.mark.parametrize(
    "typed", ["tanaka", "TANA", "person:tanaka@example.co.jp", "ｔａｎａｋａ", "tanaka example"]
)
def test_it_says_whether_a_person_was_connected_and_from_where(
    endpoint: Endpoint, suzuki: User, signed_in: SignedIn, typed: str
) -> None:
    client = signed_in(suzuki)
    text = ask(client, typed, minutes=0)
    assert people(text) == {"tanaka": True}
    assert "tanaka@example.co.jp was connected</h2>" in text
    assert "198.51.100.27" in text
    later = ask(client, typed, at="2026-11-20T10:33", minutes=0)
    assert people(later) == {"tanaka": False}
    assert "Not connected then</h2>" in later


def test_the_day_of_a_person_is_one_click_away(endpoint: Endpoint, suzuki: User, signed_in: SignedIn) -> None:
    client = signed_in(suzuki)
    day = "/connections/?q=refused&since=2026-11-20T00:00&until=2026-11-21T00:00"
    assert f'href="{day}"' in unquote(ask(client, "refused"))
    assert "This computer or account is not allowed" in client.get(day).content.decode()


def test_whom_the_log_does_not_know_is_not_called_disconnected(
    endpoint: Endpoint, suzuki: User, signed_in: SignedIn
) -> None:
    text = ask(signed_in(suzuki), "tanka")
    assert "Nobody of this name is in the stored log" in text
    assert "Not connected then" not in text


def test_without_anything_it_names_everybody(endpoint: Endpoint, suzuki: User, signed_in: SignedIn) -> None:
    text = ask(signed_in(suzuki), "", minutes=0)
    assert people(text) == {"tanaka": True, "elsewhere": True, "sato": False, "suzuki": False}
    assert "All endpoints" in text


def test_each_time_has_the_endpoint_that_had_the_address_then(
    endpoint: Endpoint, suzuki: User, signed_in: SignedIn
) -> None:
    other = save_endpoint("osaka-dr")
    read_log()
    spell(other, "2026-10-01", "2026-11-20T01:40")
    spell(endpoint, "2026-11-20T01:50")
    client = signed_in(suzuki)
    assert people(ask(client)) == {}
    assert "osaka-dr" in ask(client)
    assert "did not know yet" not in ask(client)
    assert people(ask(client, at="2026-11-20T10:55")) == {
        "suzuki": True,
        "tanaka": False,
        "sato": False,
    }


@pytest.mark.parametrize("since", ["2026-11-24", "2026-11-01"])
def test_it_says_when_the_portal_did_not_know_whose_it_was(
    endpoint: Endpoint, suzuki: User, signed_in: SignedIn, since: str
) -> None:
    spell(endpoint, since, "2026-11-02" if since < "2026-11-20" else "")
    text = ask(signed_in(suzuki))
    assert people(text)["tanaka"]
    assert "The portal did not know yet" in text


def test_whoever_was_never_logged_off_is_there_for_a_day_at_most(suzuki: User, signed_in: SignedIn) -> None:
    endpoint = save_endpoint()
    spell(endpoint)
    keep(session(1, "tanaka", "01:00:00", "", client_vpn_endpoint_id=endpoint.endpoint_id))
    client = signed_in(suzuki)
    assert people(ask(client, at="2026-11-21T09:59", minutes=0)) == {"tanaka": True}
    assert people(ask(client, at="2026-11-21T10:10", minutes=0)) == {"tanaka": False}


def test_a_reset_from_before_a_connection_does_not_hide_who_is_there(
    suzuki: User, signed_in: SignedIn
) -> None:
    """It was that of the sign-in's first leg, under the same id."""
    first_leg = [waiting(1, at="2026-11-20 00:58:00"), ended(1, at="2026-11-20 00:59:00")]
    keep([*first_leg, *session(1, "tanaka", "01:00:00", "", client_ip="10.8.0.34")])
    assert people(ask(signed_in(suzuki), "10.8.0.34")) == {"tanaka": True}


def test_it_says_what_the_answer_rests_on(endpoint: Endpoint, suzuki: User, signed_in: SignedIn) -> None:
    spell(endpoint)
    Endpoint.objects.update(split_tunnel=True, egress_ips=[HERE, "203.0.113.11"])
    text = ask(signed_in(suzuki))
    assert "The log is stored from 2026-11-20 09:10:00 to" in text
    assert "split tunnel" in text
    assert "several fixed IP addresses" in text
    assert "Others may have been connected" not in text
    read_log(until=moment("2026-11-20"))
    assert "Others may have been connected" in ask(signed_in(suzuki))


NO = re.compile(r"Nobody|Not connected then|No connection at this time")


@pytest.mark.parametrize("typed", [HERE, "10.8.0.34", "tanaka", ""])
def test_of_a_time_from_before_the_stored_log_it_never_says_no(
    endpoint: Endpoint, suzuki: User, signed_in: SignedIn, typed: str
) -> None:
    spell(endpoint)
    text = ask(signed_in(suzuki), typed, at="2020-01-01T10:00")
    assert "The log of this time is not stored (stored since 2026-11-20)" in text
    assert not NO.search(text)
    [link] = re.findall(r'href="(/connections/beyond/[^"]+)"', text)
    asked = unquote(link)
    assert "since=2019-12-31T08:58" in asked
    assert ("q=" in asked) == (typed not in {"", HERE})
    assert (f"endpoint={endpoint.endpoint_id}" in asked) == (typed == HERE)


@pytest.mark.parametrize(
    ("since", "words"),
    [
        (timedelta(minutes=1), "Not known yet: the log of the last minutes may still be on its way"),
        (timedelta(days=-1), "This time is still to come."),
    ],
)
def test_of_now_and_of_the_future_it_never_says_no(
    endpoint: Endpoint, suzuki: User, signed_in: SignedIn, since: timedelta, words: str
) -> None:
    at = timezone.localtime(timezone.now() - since)
    text = ask(signed_in(suzuki), "tanaka", at=f"{at:%Y-%m-%dT%H:%M:%S}", minutes=0)
    assert words in text
    assert not NO.search(text)


def test_while_the_log_can_not_be_read_it_never_says_no(
    endpoint: Endpoint, suzuki: User, signed_in: SignedIn
) -> None:
    spell(endpoint)
    read_log(until=moment("2026-11-20 02:00"), error_id="aws-access-denied")
    client = signed_in(suzuki)
    for typed in (HERE, "10.8.0.34", "tanaka", "198.51.100.27", ""):
        text = ask(client, typed, at="2026-11-20T12:00")
        assert "The log of this time is not stored" in text
        assert "logs:FilterLogEvents" in text
        assert not NO.search(text)


def test_a_name_or_an_address_that_nobody_knows_is_not_denied_for_all_times(
    endpoint: Endpoint, suzuki: User, signed_in: SignedIn
) -> None:
    read_log(until=moment("2026-11-20 02:00"))
    client = signed_in(suzuki)
    for typed in ("tanka", "198.51.100.99"):
        text = ask(client, typed, at="2026-11-20T12:00")
        assert "has only been read until 2026-11-20 11:00:00." in text
        assert "/connections/beyond/" in text
        assert not NO.search(text) or typed == "tanka"
    assert "has never been" not in text
    first_seen = timezone.localtime(Endpoint.objects.get().first_seen_at)
    assert f"since {first_seen:%Y-%m-%d %H:%M:%S}, when the portal began to note them" in text


def test_an_address_whose_endpoint_nobody_noted_is_not_called_unused(
    suzuki: User, signed_in: SignedIn
) -> None:
    spell(save_endpoint("tokyo-main", created_at=moment("2026-01-01")), "2026-11-24")
    Endpoint.objects.update(first_seen_at=moment("2026-11-01"))
    read_log()
    text = ask(signed_in(suzuki))
    assert "Not known: nobody noted whose address it was at that time" in text
    assert not NO.search(text.replace("nobody noted", ""))


def test_a_question_about_a_person_is_recorded(endpoint: Endpoint, suzuki: User, signed_in: SignedIn) -> None:
    ask(signed_in(suzuki), "person:tanaka@example.co.jp")
    assert AuditEvent.objects.get().target == "tanaka@example.co.jp"


def test_the_question_is_recorded(endpoint: Endpoint, suzuki: User, signed_in: SignedIn) -> None:
    signed_in(suzuki).get("/connections/attribution/")
    assert not AuditEvent.objects.exists()
    ask(signed_in(suzuki))
    event = AuditEvent.objects.get()
    assert (event.tag, event.actor, event.target) == ("connections:attributed", suzuki.username, HERE)
    assert event.details == {"at": "2026-11-20T10:32:00+09:00", "minutes": 2}


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"address": "10.8.0.34 10.8.0.35", "at": AT}, "Enter one IP address, or a name; nothing else."),
        ({"address": "tanaka 10.8.0.34", "at": AT}, "Enter one IP address, or a name; nothing else."),
        ({"address": "person:a person:b", "at": AT}, "Enter one IP address, or a name; nothing else."),
        ({"address": "status:failed", "at": AT}, "Enter one IP address, or a name; nothing else."),
        ({"address": "ip:tokyo", "at": AT}, "Enter an IP address, like 203.0.113.10."),
        ({"address": "10.0.0.0/8", "at": AT}, "Enter an IP address, like 203.0.113.10."),
        ({"address": HERE}, "Enter a value."),
        ({"address": HERE, "at": "yesterday"}, "Enter a date and time, like 2026-11-20 10:00."),
        ({"address": HERE, "at": AT, "minutes": "9999"}, "“9999” isn't among the choices."),
    ],
)
def test_a_wrong_question_is_explained(
    suzuki: User, signed_in: SignedIn, typed: dict[str, str], words: str
) -> None:
    answer = signed_in(suzuki).get("/connections/attribution/", typed)
    text = unescape(answer.content.decode())
    assert words in text
    assert f'value="{typed["address"]}"' in text
    assert not AuditEvent.objects.exists()


def test_a_look_at_aws_notes_since_when_an_address_is_whose(synced: Architecture) -> None:
    period = EgressAddressPeriod.objects.get(address=TOKYO.egress_ip)
    assert (period.endpoint.endpoint_id, period.until) == (synced.tokyo.endpoint_id, None)
    before = list(EgressAddressPeriod.objects.values_list())
    services.sync_all()
    assert list(EgressAddressPeriod.objects.values_list()) == before


def test_a_spell_ends_when_the_address_or_the_endpoint_is_gone() -> None:
    endpoint, now = save_endpoint(), timezone.now()
    record_addresses(endpoint, now)
    endpoint.egress_ips = ["203.0.113.99"]
    record_addresses(endpoint, now + timedelta(hours=1))
    spells = dict(EgressAddressPeriod.objects.values_list("address", "until"))
    assert spells == {TOKYO.egress_ip: now + timedelta(hours=1), "203.0.113.99": None}
    endpoint.vanished_at = now
    endpoint.save()
    end_vanished_periods(now + timedelta(hours=2))
    assert not EgressAddressPeriod.objects.filter(until=None).exists()


def test_a_session_that_aws_ended_a_little_late_is_still_there_at_its_end(
    suzuki: User, signed_in: SignedIn
) -> None:
    endpoint = save_endpoint("tokyo-main", client_cidr_block="10.8.0.0/16")
    whole = {
        "connection_start_time": "2026-11-19 01:31:40",
        "username": "tanaka@example.co.jp",
        "client_ip": "10.8.0.34",
        "client_vpn_endpoint_id": endpoint.endpoint_id,
    }
    keep([ended(1, at="2026-11-20 01:32:00", **whole)])
    assert people(ask(signed_in(suzuki), "10.8.0.34", minutes=0)) == {"tanaka": True}
