"""Accounts by the names that AWS and the connection log write: whose each is, and which of them are one person's."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Exists, Q, Value
from django.db.models.functions import Lower
from django.db.models.lookups import Exact

from portal.access.models import User
from portal.access.names import ACCOUNT_KEY, ByUsername, account_key, sql_account_key


class AccountsByName(ByUsername[User]):
    """The accounts that names mean."""

    def __init__(self, users: Iterable[User]) -> None:
        super().__init__((user.username, user) for user in users)


def accounts_named(usernames: Iterable[str]) -> AccountsByName:
    lower = {username.lower() for username in usernames if username}
    if not lower:
        return AccountsByName(())
    return AccountsByName(User.objects.alias(lower=Lower("username")).filter(lower__in=lower))


@dataclass(frozen=True)
class PersonNames:
    """What the names of some people look like in a record. ``keys``: account_key of each.

    ``in_any_case``: in small letters, those that are these people's in whatever case they are written.
    """

    keys: frozenset[str] = frozenset()
    in_any_case: frozenset[str] = frozenset()

    @property
    def lower(self) -> frozenset[str]:
        return frozenset(key.lower() for key in self.keys)


def person_names(usernames: Iterable[str]) -> PersonNames:
    """of_person() for many people, and for columns that hold more than one name."""
    accounts = accounts_named(usernames := set(usernames))
    keys = frozenset(accounts.person_key(username) for username in usernames)
    alone = (key.lower() for key in keys if accounts.is_alone(key))
    return PersonNames(keys, frozenset(alone))


def of_person(username: str, *, field: str = "username") -> Q:
    """Rows whose ``field`` is a name of the person whom ``username`` means: equal AccountsByName.person_key.

    The comparison in small letters comes first because the tables have an index on it.
    """
    in_any_case = Lower(Value(username))
    accounts = User.objects.annotate(lower=Lower("username")).filter(lower=in_any_case)
    alone = accounts.values("lower").annotate(people=Count("pk")).filter(people=1)
    same_key = Q(Exact(sql_account_key(field), Value(account_key(username))))
    return Q(Exact(Lower(field), in_any_case)) & (same_key | Q(Exists(alone)))


def sql_person_key(column: str) -> str:
    """AccountsByName.person_key among all accounts, for SQL that is written by hand. ``column``: with its table."""
    table = User._meta.db_table
    key = ACCOUNT_KEY % {"expressions": column}
    exact = f"SELECT account_key FROM {table} WHERE account_key = {key}"
    similar = f"SELECT min(account_key) FROM {table} WHERE lower({table}.username) = lower({column})"
    return f"coalesce(({exact}), ({similar} HAVING count(*) = 1), {key})"
