"""Accounts by the names that AWS and the connection log write: whose each is, and which of them are one person's."""

from collections.abc import Iterable

from django.db.models.functions import Lower

from portal.access.models import User
from portal.access.names import ACCOUNT_KEY, ByUsername


class AccountsByName(ByUsername[User]):
    """The accounts that names mean."""

    def __init__(self, users: Iterable[User]) -> None:
        super().__init__((user.username, user) for user in users)


def accounts_named(usernames: Iterable[str]) -> AccountsByName:
    lower = {username.lower() for username in usernames if username}
    if not lower:
        return AccountsByName(())
    return AccountsByName(User.objects.alias(lower=Lower("username")).filter(lower__in=lower))


def sql_person_key(column: str) -> str:
    """AccountsByName.person_key among all accounts, for SQL that is written by hand. ``column``: with its table."""
    table = User._meta.db_table
    key = ACCOUNT_KEY % {"expressions": column}
    exact = f"SELECT account_key FROM {table} WHERE account_key = {key}"
    similar = f"SELECT min(account_key) FROM {table} WHERE lower({table}.username) = lower({column})"
    return f"coalesce(({exact}), ({similar} HAVING count(*) = 1), {key})"
