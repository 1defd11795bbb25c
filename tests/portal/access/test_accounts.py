"""Whose account a name is that AWS or the log writes."""

import pytest

from portal.access.accounts import accounts_named
from portal.access.models import User

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
