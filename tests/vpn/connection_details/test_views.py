"""One connection: for auditors all of it, recorded; for everybody their own, and nobody else's."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from portal.access.models import User
from portal.audit.models import AuditEvent
from tests.conftest import SignedIn
from tests.vpn.connection_log.log_lines import (
    assertion_received,
    connection_id,
    ended,
    failed,
    keep,
    line,
    started,
    waiting,
)
from tests.vpn.connection_log.stored_log import read_log
from tests.vpn.endpoints_in_database import save_connection, save_endpoint
from vpn.connection_log.models import LogSource

pytestmark = pytest.mark.django_db


def url(number: int, *, mine: bool = False) -> str:
    return f"/connections/{'mine/' if mine else ''}{connection_id(number)}/"


def read(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return unescape(answer.content.decode())


def test_it_says_in_words_and_word_for_word_what_the_log_says(suzuki: User, signed_in: SignedIn) -> None:
    save_endpoint("tokyo-main", endpoint_id="cvpn-endpoint-0a1b2c3d4e5f60718")
    keep([started(1), ended(1, posture="<b>new</b>")])
    text = read(signed_in(suzuki), url(1))
    assert (
        "tanaka@example.co.jp was connected to tokyo-main from 198.51.100.27, from 2026-11-20 10:00:00 to"
        " 2026-11-20 11:30:00 (1 h 30 min). Traffic: 2.9 KB."
    ) in text
    for words in ("10.8.0.2", "198.51.100.27 UDP 50096", "1000 B in 0 packets", '"posture": "<b>new</b>"'):
        assert words in text
    assert "<b>new</b>" not in signed_in(suzuki).get(url(1)).content.decode()
    assert text.count("<pre") == 2
    assert "connection-attempt successful" in text


def test_a_failure_says_why_and_what_to_do(suzuki: User, signed_in: SignedIn) -> None:
    keep([failed(1, at="2026-11-20 04:00:00"), failed(2, at="2026-11-20 04:00:00", reason="a new <one>")])
    text = read(signed_in(suzuki), url(1))
    assert "This computer or account is not allowed to connect" in text
    assert "Ask the helpdesk which." in text
    assert "authorization-policy-deny" in text
    assert "a new <one>" in read(signed_in(suzuki), url(2))
    assert "a new &lt;one&gt;" in signed_in(suzuki).get(url(2)).content.decode()


def test_an_unfinished_sign_in_is_nobodys_yet(suzuki: User, signed_in: SignedIn) -> None:
    keep([waiting(1, at="2026-11-20 05:00:00")])
    text = read(signed_in(suzuki), url(1))
    assert "Not signed in" in text
    assert "port 35001" in text


def test_it_shows_what_came_before_and_after(suzuki: User, signed_in: SignedIn) -> None:
    for number in range(1, 8):
        at = f"2026-11-20 0{number}:00:00"
        keep([started(number, connection_start_time=at, connection_last_update_time=at)])
    keep([started(9, username="other@example.co.jp", device_ip="198.51.100.27")])
    text = read(signed_in(suzuki), url(4)).partition("<main")[2]
    of_person, _heading, of_device = text.partition("Before and after, same source IP</h2>")
    assert [number for number in range(1, 10) if url(number) in of_person] == [1, 2, 3, 5, 6, 7]
    assert url(9) in of_device or url(1) in of_device
    assert url(4) not in text


def test_everything_of_a_person_or_an_address_is_all_that_is_kept(suzuki: User, signed_in: SignedIn) -> None:
    keep([started(1), started(2, connection_start_time="2025-12-24 01:00:00")])
    client = signed_in(suzuki)
    further = read(client, url(1)).partition("Search further")[2].partition("</ul>")[0]
    links = re.findall(r'href="([^"]+)"', further)
    assert len(links) == 3
    for link in links:
        assert url(2) in read(client, link)


def test_who_is_still_connected_shows_the_last_look(suzuki: User, signed_in: SignedIn) -> None:
    at = f"{timezone.now():%Y-%m-%d %H:%M:%S}"
    keep([started(1, connection_start_time=at, connection_last_update_time=at)])
    save_connection(save_endpoint(), "", connection_id=connection_id(1), ingress_bytes=5 * 2**20)
    text = read(signed_in(suzuki), url(1))
    assert "has been connected to" in text
    assert "5.0 MB" in text


def test_on_a_telephone_beginning_and_end_stand_in_one_column(tanaka: User, signed_in: SignedIn) -> None:
    keep([started(1, username=tanaka.username), ended(1, username=tanaka.username)])
    text = read(signed_in(tanaka), "/connections/mine/")
    assert re.search(
        r'class="num log-time"><span><a [^>]*><time [^>]*>[^<]*</time></a> <span class="until">', text
    )


def test_viewing_somebody_elses_is_recorded_and_ones_own_is_not(suzuki: User, signed_in: SignedIn) -> None:
    keep([started(1), started(2, username=suzuki.username.upper())])
    read(signed_in(suzuki), url(2))
    assert not AuditEvent.objects.exists()
    read(signed_in(suzuki), url(1))
    event = AuditEvent.objects.get()
    assert (event.tag, event.actor, event.target) == (
        "connection:viewed",
        suzuki.username,
        "tanaka@example.co.jp",
    )
    assert event.details == {"connection": connection_id(1)}


def test_ones_own_list_says_when_the_log_is_behind(tanaka: User, signed_in: SignedIn) -> None:
    endpoint = save_endpoint(log_group="/vpn/tokyo")
    source = LogSource.objects.create(
        account=endpoint.account, log_group="/vpn/tokyo", seen_at=timezone.now()
    )
    late = "Your newest connections may be missing here."
    assert late not in read(signed_in(tanaka), "/connections/mine/")
    source.seen_at = timezone.now() - timedelta(hours=2)
    source.save()
    text = read(signed_in(tanaka), "/connections/mine/")
    assert late in text
    assert "/vpn/tokyo" not in text


def test_a_connection_whose_end_nobody_has_read_is_not_said_to_go_on(
    suzuki: User, signed_in: SignedIn
) -> None:
    endpoint = save_endpoint("tokyo-main")
    now = timezone.now()
    at = f"{now - timedelta(hours=3):%Y-%m-%d %H:%M:%S}"
    ours = {"client_vpn_endpoint_id": endpoint.endpoint_id}
    keep([started(1, connection_start_time=at, connection_last_update_time=at, **ours)])
    client = signed_in(suzuki)
    read_log()
    assert "It may have ended since." not in read(client, url(1))
    read_log(until=now - timedelta(hours=2))
    assert "It may have ended since." in read(client, url(1))
    save_connection(endpoint, "", connection_id=connection_id(1))
    assert "It may have ended since." not in read(client, url(1))


def test_everybody_sees_their_own_and_nobody_elses(
    tanaka: User, sato: User, takahashi: User, signed_in: SignedIn
) -> None:
    keep(
        [
            started(1, username=tanaka.username.upper()),
            started(2, username=sato.username),
            waiting(3, at="2026-11-20 05:00:00"),
        ]
    )
    own = read(signed_in(tanaka), url(1, mine=True))
    assert "198.51.100.27" in own
    assert "word for word" not in own
    assert signed_in(tanaka).get(url(2, mine=True)).status_code == 404
    assert signed_in(tanaka).get(url(3, mine=True)).status_code == 404
    assert signed_in(tanaka).get(url(1)).status_code == 403
    assert signed_in(takahashi).get(url(1, mine=True)).status_code == 404
    listed = read(signed_in(tanaka), "/connections/mine/")
    assert url(1, mine=True) in listed
    assert connection_id(2) not in listed
    assert connection_id(3) not in listed
    assert not AuditEvent.objects.exists()


@pytest.mark.parametrize(
    ("number", "language", "said"),
    [
        (
            1,
            "en",
            "You were connected to tokyo-main for 1 h 30 min (2026-11-20 10:00:00 to 2026-11-20 11:30:00, 2.9 KB",
        ),
        (2, "en", "You couldn't connect to tokyo-main (2026-11-20 13:00:00, from 198.51.100.27)."),
        (
            1,
            "ja",
            "tokyo-mainに1時間30分接続しました（2026/11/20 10:00:00～2026/11/20 11:30:00、通信量2.9 KB）。",
        ),
        (2, "ja", "tokyo-mainに接続できませんでした（2026/11/20 13:00:00、198.51.100.27から）。"),
    ],
)
def test_ones_own_connection_is_told_to_oneself(
    tanaka: User, signed_in: SignedIn, number: int, language: str, said: str
) -> None:
    save_endpoint("tokyo-main", endpoint_id="cvpn-endpoint-0a1b2c3d4e5f60718")
    permitted = {"result": "permit", "evaluation-type": "connection-attempt", "shadow-mode": "disabled"}
    own: dict[str, Any] = {
        "username": tanaka.username,
        "common_name": "device-7",
        "authorization_policy_evaluation": permitted,
    }
    keep([started(1, **own), ended(1, **own), failed(2, at="2026-11-20 04:00:00", **own)])
    client = signed_in(tanaka, language)
    text = read(client, url(number, mine=True)).partition("<main")[2]
    assert said in text
    # In the third person, for auditors, or nothing at all
    for words in (f"{tanaka.username} ", "device-7", "packets", "パケット", ">–<"):
        assert words not in text
    assert "tokyo-main" in read(client, "/connections/mine/").partition("<tbody")[2]


def test_nobody_is_taken_for_somebody_with_a_similar_name(tanaka: User, signed_in: SignedIn) -> None:
    for number, name in enumerate((f"x{tanaka.username}", f"{tanaka.username}.evil", "%", "")):
        keep([started(number + 1, username=name)])
    assert "No connection of yours is stored" in read(signed_in(tanaka), "/connections/mine/")


def test_ones_own_failure_says_what_to_do(tanaka: User, signed_in: SignedIn) -> None:
    keep([failed(1, at="2026-11-20 04:00:00", username=tanaka.username)])
    for path in ("/connections/mine/", url(1, mine=True)):
        text = read(signed_in(tanaka), path)
        assert "This computer or account is not allowed to connect" in text
        assert "Ask the helpdesk which." in text


def test_ones_own_are_leafed_through(tanaka: User, signed_in: SignedIn) -> None:
    keep([started(number, username=tanaka.username) for number in range(1, 61)])
    text = read(signed_in(tanaka), "/connections/mine/")
    assert text.count("/connections/mine/cvpn-connection-") == 50
    older = text.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0]
    assert (
        read(signed_in(tanaka), f"/connections/mine/{older}").count("/connections/mine/cvpn-connection-")
        == 10
    )


@pytest.mark.parametrize("name", ["a/b", "a?b#c", "%41", "x" * 64, "<i>", "&amp;"])
def test_an_id_may_be_any_text_without_spaces(
    suzuki: User, tanaka: User, signed_in: SignedIn, name: str
) -> None:
    keep([line(connection_id=name, username=tanaka.username)])
    for reader, path in ((suzuki, "/connections/?since=2026-11-17T00:00"), (tanaka, "/connections/mine/")):
        listed = signed_in(reader).get(path).content.decode()
        links = [
            unescape(link)
            for link in re.findall(r'class="num log-time"><span><a href="(/connections/[^"]+)"', listed)
        ]
        assert len(links) == 1
        assert "198.51.100.27" in read(signed_in(reader), links[0])


def test_a_foreign_id_is_not_there(suzuki: User, signed_in: SignedIn) -> None:
    keep([started(2)])
    for path in (url(5), "/connections/%00/"):
        assert signed_in(suzuki).get(path).status_code == 404


@pytest.mark.parametrize("outcome", [started(2), failed(2, at="2026-11-20 01:00:00")])
def test_a_shared_link_to_a_sign_in_under_way_leads_on_to_what_came_of_it(
    suzuki: User, signed_in: SignedIn, outcome: str
) -> None:
    later = dict.fromkeys(("connection_start_time", "connection_last_update_time"), "2026-11-20 01:05:00")
    keep([waiting(1, at="2026-11-20 00:59:00")])
    assert "Not signed in" in read(signed_in(suzuki), url(1))
    viewed = AuditEvent.objects.count()
    keep([started(5, device_ip="203.0.113.7"), outcome, started(3, **later)])
    answer = signed_in(suzuki).get(url(1), follow=True)
    assert answer.redirect_chain == [(url(2), 302)]
    [event] = AuditEvent.objects.order_by("sequence")[viewed:]
    assert (event.tag, event.details) == ("connection:viewed", {"connection": connection_id(2)})


def test_each_of_several_sign_ins_one_after_another_leads_to_its_own_connection(
    suzuki: User, signed_in: SignedIn
) -> None:
    legs = [assertion_received(number, at=f"2026-11-20 01:0{number}:00") for number in (1, 3)]
    keep(legs)
    for number in (2, 4):
        at = f"2026-11-20 01:0{number}:00"
        keep([started(number, connection_start_time=at, connection_last_update_time=at)])
    for number in (1, 3):
        assert signed_in(suzuki).get(url(number))["Location"] == url(number + 1)


def test_a_sign_in_among_others_from_one_address_says_that_it_succeeded(
    suzuki: User, signed_in: SignedIn
) -> None:
    keep([assertion_received(number, at=f"2026-11-20 00:58:0{number}") for number in (1, 2)])
    keep([started(3), started(4)])
    for number in (1, 2):
        text = read(signed_in(suzuki), url(number))
        assert "the log doesn't say which connection this one led to" in text
        assert "Signed in</span>" in text
        assert url(3) in text
        assert url(4) in text
    assert [event.details for event in AuditEvent.objects.order_by("sequence")] == [
        {"connection": connection_id(1)},
        {"connection": connection_id(2)},
    ]


def test_ones_own_sign_in_leads_to_ones_own_connection_only(
    tanaka: User, sato: User, signed_in: SignedIn
) -> None:
    by_certificate = {"common_name": tanaka.username, "device_ip": "203.0.113.7"}
    keep(
        [
            waiting(1, at="2026-11-20 00:59:00", **by_certificate),
            started(2, username=tanaka.username.upper(), **by_certificate),
        ]
    )
    leg = waiting(3, at="2026-11-20 00:59:00", common_name=tanaka.username)
    keep([leg, started(4, username=sato.username)])
    assert signed_in(tanaka).get(url(1, mine=True))["Location"] == url(2, mine=True)
    assert connection_id(4) not in read(signed_in(tanaka), url(3, mine=True))
    assert signed_in(sato).get(url(1, mine=True)).status_code == 404


@pytest.mark.parametrize(("rival", "status"), [("", 200), ("JHARA", 404)])
def test_a_name_in_another_case_is_mine_unless_it_is_another_account_s(
    signed_in: SignedIn, rival: str, status: int
) -> None:
    user = User.objects.create(username="jhara", roles=["employee"])
    if rival:
        User.objects.create(username=rival, roles=["employee"])
    keep([started(1, username="JHARA")])
    client = signed_in(user)
    assert client.get(url(1, mine=True)).status_code == status
    assert ("198.51.100.27" in read(client, "/connections/mine/")) is (status == 200)


def test_an_address_in_another_case_is_mine_and_nothing_is_recorded(
    suzuki: User, signed_in: SignedIn
) -> None:
    keep([started(1, username=suzuki.username.upper())])
    assert signed_in(suzuki).get(url(1, mine=True)).status_code == 200
    assert signed_in(suzuki).get(url(1)).status_code == 200
    assert not AuditEvent.objects.filter(tag="connection:viewed").exists()


def office_hours(number: int, who: str, day: int, **fields: Any) -> list[str]:
    at = f"2026-11-{day:02d} 01:00:00"
    whole = {"connection_start_time": at, "username": f"{who}@example.co.jp", **fields}
    return [
        started(number, connection_last_update_time=at, **whole),
        ended(number, at=f"2026-11-{day:02d} 02:00:00", **whole),
    ]


def test_a_sign_in_without_a_name_offers_who_it_probably_was_and_why(
    suzuki: User, signed_in: SignedIn
) -> None:
    keep(
        [
            waiting(1, at="2026-11-20 05:00:00"),
            *office_hours(2, "tanaka", 18),
            *office_hours(3, "tanaka", 19),
            *office_hours(4, "brother", 17, device_type="mac"),
            *office_hours(5, "elsewhere", 19, device_ip="203.0.113.77"),
        ]
    )
    text = read(signed_in(suzuki), url(1))
    likely = text.partition('aria-labelledby="likely"')[2].partition("</section>")[0]
    assert "A guess from the source IP" in likely
    assert re.findall(r">(\w+)@example", likely) == ["tanaka", "brother"]
    assert "2 connections from the same source IP with the same kind of device" in likely
    assert "1 connection from the same source IP, with another kind of device" in likely
    event = AuditEvent.objects.latest("sequence")
    assert (event.tag, event.target) == ("connection:viewed", "")


def test_an_address_of_many_people_names_nobody(suzuki: User, signed_in: SignedIn) -> None:
    others = [line for number in range(2, 8) for line in office_hours(number, f"guest{number}", 19)]
    keep([waiting(1, at="2026-11-20 05:00:00"), *others])
    assert 'aria-labelledby="likely"' not in read(signed_in(suzuki), url(1))


def test_an_office_names_nobody(suzuki: User, signed_in: SignedIn) -> None:
    inside = {"device_ip": "192.0.2.3"}
    keep([waiting(1, at="2026-11-20 05:00:00", **inside), *office_hours(2, "tanaka", 19, **inside)])
    assert 'aria-labelledby="likely"' not in read(signed_in(suzuki), url(1))


def test_a_source_that_the_log_does_not_tell_is_not_a_dash(suzuki: User, signed_in: SignedIn) -> None:
    keep([started(1, device_ip="not-an-address"), ended(1, device_ip="not-an-address")])
    text = read(signed_in(suzuki), url(1))
    assert "from an address that isn't in the log, from 2026-11-20 10:00:00" in text
