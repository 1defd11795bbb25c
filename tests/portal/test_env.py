"""Environment variables are read strictly, and a wrong one says what to write."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from portal import env


@pytest.mark.parametrize(
    ("value", "read", "message"),
    [
        ("maybe", lambda: env.boolean("X", default=False), "Write true or false"),
        ("12.5", lambda: env.integer("X", 1, low=1, high=24), "whole number from 1 to 24"),
        ("0", lambda: env.integer("X", 1, low=1, high=24), "whole number from 1 to 24"),
        ("10.0.0.1/8", lambda: env.networks("X"), "not a CIDR block"),
        ("::ffff:10.0.0.0/104", lambda: env.networks("X"), "as IPv4"),
        ("64:ff9b::cb00:7100/120", lambda: env.networks("X"), "as IPv4"),
        ("[1", lambda: env.parsed_json("X", "[]", list), "not JSON"),
        ("{}", lambda: env.parsed_json("X", "[]", list), "must be a JSON list"),
        ('{"a": "10.0.0.0/8"}', lambda: env.named_networks("X"), "list of CIDR blocks"),
        ('{"tokyo": 1}', lambda: env.text_by_name("X"), "each name must have a text"),
        ('{"tokyo"}', lambda: env.text_by_name("X"), "not JSON"),
        ("vpn.example.com", lambda: env.origin("X"), "Write an origin"),
        ("https://vpn.example.com/portal", lambda: env.origin("X"), "Write an origin"),
        ("https://[::1", lambda: env.origin("X"), "X is no URL"),
        ("https://vpn.example.com:x", lambda: env.origin("X"), "X is no URL"),
        ("https://hooks.example.com:99999/secret", lambda: env.url_or_path("X"), "X is no URL"),
        ("postgresql://[::1/genkan", lambda: env.database("X"), "X is no URL"),
        ("CN=VPN,OU=Groups,DC=corp", lambda: env.group_ids("X"), "between double quotes"),
        ('"a,b', lambda: env.group_ids("X"), "no second double quote"),
        ('"a"b,c', lambda: env.group_ids("X"), "no second double quote"),
        ('["a", 1]', lambda: env.group_ids("X"), "must be a text"),
        ('["a"', lambda: env.group_ids("X"), "not JSON"),
        ("mysql://a/b", lambda: env.database("X"), "postgresql://"),
        ("javascript:alert(1)", lambda: env.contact_url("X"), "Write tel:"),
        ("http://help.example.com", lambda: env.contact_url("X"), "Write tel:"),
        ("https:help", lambda: env.contact_url("X"), "Write tel:"),
        ("tel:", lambda: env.contact_url("X"), "Write tel:"),
        ("extension 4500", lambda: env.contact_url("X"), "Write tel:"),
    ],
)
def test_a_wrong_value_says_what_to_write(
    monkeypatch: pytest.MonkeyPatch, value: str, read: Callable[[], Any], message: str
) -> None:
    monkeypatch.setenv("X", value)
    with pytest.raises(ImproperlyConfigured, match=message):
        read()


def test_a_missing_value_says_both_ways_to_give_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("X", raising=False)
    with pytest.raises(ImproperlyConfigured, match="Set X, or X_FILE"):
        env.text("X")


@pytest.mark.parametrize(
    "value",
    ["tel:+81-3-1234-5678", "mailto:helpdesk@example.co.jp?subject=VPN", "https://help.example.com/vpn", ""],
)
def test_a_contact_leads_to_a_telephone_a_mailbox_or_a_page(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("X", value)
    assert env.contact_url("X") == value


def test_a_secret_may_be_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("  s3cret\n", encoding="utf-8")
    monkeypatch.setenv("X", "not this")
    monkeypatch.setenv("X_FILE", str(tmp_path / "secret"))
    assert env.text("X") == "s3cret"
    monkeypatch.setenv("X_FILE", str(tmp_path / "gone"))
    with pytest.raises(ImproperlyConfigured, match="X_FILE: cannot read"):
        env.text("X")


def test_a_database_url_is_taken_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("X", "postgresql://me:p%40ss@db.internal:5433/genkan?sslmode=require")
    database = env.database("X")
    assert (database["USER"], database["PASSWORD"], database["HOST"], database["PORT"]) == (
        "me",
        "p@ss",
        "db.internal",
        "5433",
    )
    assert (database["NAME"], database["OPTIONS"]) == ("genkan", {"sslmode": "require"})


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("", {}),
        ("deny-list", {"*": "deny-list"}),
        ('{"tokyo": "a", "osaka": "b"}', {"tokyo": "a", "osaka": "b"}),
    ],
)
def test_one_text_may_stand_for_all_names(
    monkeypatch: pytest.MonkeyPatch, value: str, expected: dict[str, str]
) -> None:
    monkeypatch.setenv("X", value)
    assert env.text_by_name("X") == expected


DN = "CN=VPN Users,OU=Groups,DC=corp,DC=example"


@pytest.mark.parametrize(
    ("value", "ids"),
    [
        ("", []),
        ("*", ["*"]),
        (" a , b,,c, ", ["a", "b", "c"]),
        (f'"{DN}"', [DN]),
        (f'"{DN}", other', [DN, "other"]),
        (f'other,"{DN}"', ["other", DN]),
        (DN.replace(",", "\\,"), [DN]),
        (f'["{DN}", "other"]', [DN, "other"]),
        ("[]", []),
        ('a,"",b', ["a", "b"]),
        ('"CN=Smith\\, J,OU=Groups"', ["CN=Smith\\, J,OU=Groups"]),
        ('"a ""quoted"" group"', ['a "quoted" group']),
        ('Group "A",b', ['Group "A"', "b"]),
        ("CORP\\vpn,CORP\\admins", ["CORP\\vpn", "CORP\\admins"]),
        ("[VPN] users,営業部", ["[VPN] users", "営業部"]),
    ],
)
def test_group_ids_may_have_commas(monkeypatch: pytest.MonkeyPatch, value: str, ids: list[str]) -> None:
    monkeypatch.setenv("X", value)
    assert env.group_ids("X") == ids


@pytest.mark.parametrize(
    ("value", "server"),
    [
        ("", env.MailServer()),
        ("smtps://mail.example.com", env.MailServer("mail.example.com", 465, tls=True)),
        ("smtp+starttls://mail.example.com", env.MailServer("mail.example.com", 587, starttls=True)),
        (
            "smtp+starttls://a%40b:p%2Fw@mail.example.com:2525",
            env.MailServer("mail.example.com", 2525, "a@b", "p/w", starttls=True),
        ),
        ("smtp://127.0.0.1", env.MailServer("127.0.0.1", 25)),
    ],
)
def test_a_mail_server_is_read_from_a_url(
    monkeypatch: pytest.MonkeyPatch, value: str, server: env.MailServer
) -> None:
    monkeypatch.setenv("EMAIL_URL", value)
    assert env.mail_server("EMAIL_URL") == server


@pytest.mark.parametrize(
    "value", ["mail.example.com", "https://u:hunter2@mail", "smtps://u:hunter2@:1", "smtps://h:x"]
)
def test_a_mail_server_that_cannot_be_read_gives_no_password_away(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("EMAIL_URL", value)
    with pytest.raises(ImproperlyConfigured, match="EMAIL_URL must look like") as caught:
        env.mail_server("EMAIL_URL")
    assert "hunter2" not in str(caught.value)


def test_addresses_by_name_are_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DECLARED", '{"cvpn-endpoint-0a": ["203.0.113.77", "2001:DB8::1"]}')
    assert env.addresses_by_name("DECLARED") == {"cvpn-endpoint-0a": ["203.0.113.77", "2001:db8::1"]}
    for wrong in ('{"a": "203.0.113.77"}', '{"a": ["203.0.113"]}', '{"a": 1}'):
        monkeypatch.setenv("DECLARED", wrong)
        with pytest.raises(ImproperlyConfigured, match="must have a list of IP addresses"):
            env.addresses_by_name("DECLARED")
