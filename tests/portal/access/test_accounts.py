"""Whose account a name is that AWS or the log writes."""

import pytest

from portal.access.accounts import accounts_named, of_person, person_names
from portal.access.models import User
from portal.access.names import account_key
from vpn.connection_log.models import ConnectionUser

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("accounts", "name", "username"),
    [
        (["m.tanaka@example.co.jp"], "M.Tanaka@EXAMPLE.co.jp", "m.tanaka@example.co.jp"),
        (["CORP\\jhara"], "CORP\\JHara", "CORP\\jhara"),
        (["c2FtbA==", "C2FtbA=="], "c2FtbA==", "c2FtbA=="),
        (["c2FtbA==", "C2FtbA=="], "C2FtbA==", "C2FtbA=="),
        # Neither of them, and nobody knows which is meant
        (["c2FtbA==", "C2FtbA=="], "C2FTBA==", None),
        (["c2FtbA=="], "jhara", None),
        (["k@example.com"], "", None),
    ],
)
def test_a_name_is_one_account_s_or_nobody_s(accounts: list[str], name: str, username: str | None) -> None:
    for account in accounts:
        User.objects.create(username=account)
    known = accounts_named([name])
    user = known.get(name)
    assert (user.username if user else None) == username
    assert all(known.person_key(name) == known.person_key(user.username) for user in [user] if user)


@pytest.mark.parametrize(
    ("accounts", "wanted", "theirs"),
    [
        # Nobody signed in here: an e-mail address is one person's in any case, another NameID is not.
        ([], "U@Example.com", {"u@example.com", "U@EXAMPLE.com"}),
        ([], "u-ABC", {"u-ABC"}),
        ([], "U-abc", set()),
        # The only account that is called so in any case: Active Directory takes a name as it is typed.
        (["u-abc"], "u-abc", {"u-abc", "u-ABC"}),
        (["u-abc"], "u-ABC", {"u-abc", "u-ABC"}),
        (["u-abc", "u-ABC"], "u-abc", {"u-abc"}),
        (["u-abc", "u-ABC"], "u-ABC", {"u-ABC"}),
        (["u-abc", "u-ABC"], "U-abc", set()),
        # A Kelvin sign has the small letter of K; whoever has an address with it is somebody else.
        ([], "k@example.com", {"k@example.com"}),
    ],
)
def test_whose_a_name_is_is_one_rule_for_queries_and_for_records(
    accounts: list[str], wanted: str, theirs: set[str]
) -> None:
    for account in accounts:
        User.objects.create(username=account)
    logged = ["u@example.com", "U@EXAMPLE.com", "u-abc", "u-ABC", "k@example.com", "\u212a@example.com"]
    ConnectionUser.objects.bulk_create(ConnectionUser(username=name) for name in logged)
    rows = ConnectionUser.objects.filter(of_person(wanted))
    assert set(rows.values_list("username", flat=True)) == theirs
    known, names = accounts_named([wanted, *logged]), person_names([wanted])
    assert {name for name in logged if known.person_key(name) == known.person_key(wanted)} == theirs
    for name in logged:
        is_theirs = account_key(name) in names.keys or name.lower() in names.in_any_case
        assert is_theirs == (name in theirs), name
