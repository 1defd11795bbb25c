"""Whom a typed name means."""

from datetime import UTC, datetime

import pytest

from portal.access.models import User
from tests.vpn.connection_log.log_lines import keep, line
from tests.vpn.endpoints_in_database import save_connection, save_endpoint
from vpn.people.lookup import match_person, search_people

pytestmark = pytest.mark.django_db

MISAKI, TARO, ZOE = "m.tanaka@example.co.jp", "t.tanaka@example.co.jp", "u-1004"


@pytest.fixture(autouse=True)
def accounts(db: None) -> None:
    for username, email, name in (
        (MISAKI, MISAKI, "田中 美咲"),
        (TARO, TARO, "田中 太郎"),
        (ZOE, "zoe.mueller@example.co.jp", "Zoë Müller"),
        ("e.garcia@example.co.jp", "e.garcia@example.co.jp", "ガルシア エレナ"),
        ("c.ito@example.co.jp", "c.ito@example.co.jp", "Ito, Chika"),
    ):
        User.objects.create(username=username, email=email, name=name, roles=["employee"])


def logged(username: str, common_name: str = "NA") -> None:
    now = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}"
    times = {"connection_start_time": now, "connection_last_update_time": now}
    connection_id = f"cvpn-connection-{username}"[:64]
    keep([line(connection_id=connection_id, username=username, common_name=common_name, **times)])


@pytest.mark.parametrize(
    ("typed", "username"),
    [
        (MISAKI, MISAKI),
        ("M.Tanaka@Example.co.jp", MISAKI),
        ("ｍ．ｔａｎａｋａ＠ｅｘａｍｐｌｅ．ｃｏ．ｊｐ", MISAKI),
        ("  m.tanaka@example.co.jp ", MISAKI),
        ("m.tanaka", MISAKI),
        ("田中 美咲", MISAKI),
        ("田中　美咲", MISAKI),
        ("田中美咲", MISAKI),
        ("田中 <m.tanaka@example.co.jp>", MISAKI),
        ("Somebody Else <m.tanaka@example.co.jp>", MISAKI),
        ("Zoë Müller", ZOE),
        ("zoe  muller", ZOE),
        ("ＺＯＥ ＭＵＬＬＥＲ", ZOE),
        ("Zoe\u0308 Mu\u0308ller", ZOE),
        ("zoe.mueller@example.co.jp", ZOE),
        ("zoe.mueller", ZOE),
        ("U-1004", ZOE),
        ("ガルシア エレナ", "e.garcia@example.co.jp"),
        ("ｶﾞﾙｼｱ ｴﾚﾅ", "e.garcia@example.co.jp"),
        ("Ito, Chika", "c.ito@example.co.jp"),
    ],
)
def test_a_whole_name_means_one_person(typed: str, username: str) -> None:
    person = match_person(typed).person
    assert person is not None
    assert person.username == username


@pytest.mark.parametrize(
    ("typed", "usernames"),
    [
        ("田中", {MISAKI, TARO}),
        ("tanaka", {MISAKI, TARO}),
        # One person's only, and still no decision: somebody who typed less may have meant somebody else.
        ("美咲", {MISAKI}),
        ("美咲 田中", {MISAKI}),
        ("m.tanaka@example", {MISAKI}),
    ],
)
def test_a_part_of_a_name_is_asked_about(typed: str, usernames: set[str]) -> None:
    match = match_person(typed)
    assert match.person is None
    assert {person.username for person in match.candidates} == usernames


def test_two_people_of_one_name_are_asked_about() -> None:
    User.objects.create(username="m2.tanaka@example.co.jp", name="田中美咲", roles=["employee"])
    match = match_person("田中 美咲")
    assert match.person is None
    assert {person.username for person in match.candidates} == {MISAKI, "m2.tanaka@example.co.jp"}


def test_a_username_wins_over_somebody_else_s_name() -> None:
    User.objects.create(username="tanaka", name="Sato", roles=["employee"])
    person = match_person("TANAKA").person
    assert person is not None
    assert person.username == "tanaka"


@pytest.mark.parametrize(
    "typed", ["", " ", "m.tanka@example.co.jp", "田申 美咲", "<>", "%", "_", "\0", "a" * 255]
)
def test_what_nobody_is_called_means_nobody(typed: str) -> None:
    match = match_person(typed)
    assert (match.person, match.candidates) == (None, ())


def test_the_log_knows_people_without_an_account() -> None:
    logged("K.Mori@example.co.jp")
    for typed in ("k.mori@EXAMPLE.co.jp", "k.mori"):
        person = match_person(typed).person
        assert person is not None
        assert person.username == "K.Mori@example.co.jp"


def test_an_account_and_its_name_in_the_log_are_one_person() -> None:
    logged(MISAKI.upper())
    person = match_person("m.tanaka").person
    assert person is not None
    assert person.username == MISAKI


def test_the_common_name_of_a_certificate_means_who_connects_with_it() -> None:
    save_connection(save_endpoint(), MISAKI, common_name="LAPTOP-0042")
    logged("k.mori@example.co.jp", "LAPTOP-0043")
    logged("laptop-0044")
    for typed, username in (
        ("laptop-0042", MISAKI),
        ("laptop-0043", "k.mori@example.co.jp"),
        ("LAPTOP-0044", "laptop-0044"),
    ):
        person = match_person(typed).person
        assert person is not None, typed
        assert person.username == username


def test_suggestions_begin_with_accounts_and_are_limited() -> None:
    for number in range(12):
        logged(f"tanaka-{number:02}")
    people = search_people("ＴＡＮＡＫＡ", limit=8)
    assert [person.username for person in people[:3]] == [TARO, MISAKI, "tanaka-00"]
    assert len(people) == 8


def test_many_names_are_looked_through_in_a_few_queries(django_assert_max_num_queries: object) -> None:
    for number in range(30):
        logged(f"tanaka-{number:02}")
    with django_assert_max_num_queries(5):  # type: ignore[operator]
        assert len(search_people("tanaka", limit=100)) == 32


def test_people_whose_user_names_differ_in_case_only_stay_two() -> None:
    first, second = "aGFuYQ==", "AGFuYQ=="
    User.objects.create(username=first, name="原 花", roles=["employee"])
    User.objects.create(username=second, name="佐々木 蓮", roles=["employee"])
    logged(second)
    for typed in (first, second):
        person = match_person(typed).person
        assert person is not None
        assert person.username == typed
    match = match_person("AGFUYQ==")
    assert match.person is None
    assert [person.username for person in match.candidates] == [second, first]
    assert {person.username for person in search_people("agfuyq", limit=8)} == {first, second}


def test_names_of_the_log_that_differ_in_case_only_stay_two() -> None:
    logged("host-a1")
    logged("HOST-A1")
    for typed in ("host-a1", "HOST-A1"):
        person = match_person(typed).person
        assert person is not None
        assert person.username == typed
    assert match_person("Host-A1").person is None
