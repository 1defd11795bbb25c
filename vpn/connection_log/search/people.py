"""From what is typed of a person to the people of the log: their table is small, the connections' is not."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Concat, Lower

from portal.access.accounts import AccountsByName, accounts_named, of_person
from portal.access.models import User
from portal.access.names import account_key, folded, searched, sql_account_key
from portal.text import normalize
from vpn.connection_log.models import ConnectionUser


@dataclass(frozen=True)
class PersonEntries:
    """One person's in the log. ``first_connected_at`` None: there is no connection, or there are failures only."""

    ids: tuple[int, ...]
    first_connected_at: datetime | None


def find_people(words: Iterable[str], person: str = "") -> list[int]:
    """Ids of the ConnectionUsers in whose username, name or e-mail address every word is found, whatever its case.

    ``person``: of these only who has this very username.
    """
    # Both tables of names are small: looking through 5,000 takes 3 ms, joining them to millions of rows takes seconds.
    users = ConnectionUser.objects.alias(person_key=sql_account_key("username"))
    for word in words:
        text = searched(Value(word))
        users = users.filter(Q(searched_username__contains=text) | _logged_as(_accounts_with(word)))
    if person:
        users = users.filter(pk__in=people_named(person) or _similar_usernames(person))
    return list(users.values_list("pk", flat=True))


def people_named(username: str) -> tuple[int, ...]:
    """The log's entries of one person: AWS need not write the name in the same case."""
    return tuple(ConnectionUser.objects.filter(of_person(username)).values_list("pk", flat=True))


def person_entries(username: str) -> PersonEntries:
    """The log's entries of one person, and when that person first connected."""
    entries = ConnectionUser.objects.filter(of_person(username))
    rows = list(entries.values_list("pk", "first_connected_at"))
    moments = [first for _pk, first in rows if first]
    return PersonEntries(tuple(pk for pk, _first in rows), min(moments, default=None))


def _similar_usernames(person: str) -> list[int]:
    """The only person whose username the search box would make the same text of; few names have such letters."""
    ids = {username: pk for pk, username in ConnectionUser.objects.values_list("pk", "username")}
    return [ids[username] for username in _only_similar(ids, person)]


def usernames_of(person: str, usernames: Iterable[str]) -> set[str]:
    """Those of ``usernames``, as the log has them, that find_people() would take for ``person``'s."""
    given, accounts = set(usernames), accounts_named([person])
    wanted = accounts.person_key(person)
    same = {username for username in given if accounts.person_key(username) == wanted}
    return same or _only_similar(given, person)


def _only_similar(usernames: Iterable[str], person: str) -> set[str]:
    """Of two people neither is meant: an identity provider may tell abc from ABC, and nobody knows who aBc is."""
    wanted = normalize(person).lower()
    similar = {username for username in usernames if normalize(username).lower() == wanted}
    return similar if len({account_key(username) for username in similar}) == 1 else set()


class DisplayNames(Mapping[str, str]):
    """The names that the portal knows, by usernames as the log or AWS writes them."""

    def __init__(self, accounts: AccountsByName) -> None:
        self._accounts = accounts

    def __getitem__(self, username: str) -> str:
        if name := self._accounts[username].name:
            return name
        raise KeyError(username)

    def __iter__(self) -> Iterator[str]:
        return (username for username, user in self._accounts.items() if user.name)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def display_names(usernames: Iterable[str]) -> DisplayNames:
    return DisplayNames(accounts_named(usernames))


def usernames_with(words: Iterable[str]) -> dict[str, list[str]]:
    """For each word, the usernames of the people whom the portal knows by a name or address that holds it."""
    return {word: list(_accounts_with(word).values_list("username", flat=True)) for word in words}


def logged_usernames_with(words: Iterable[str], usernames: Iterable[str]) -> dict[str, set[str]]:
    """The same, but those of ``usernames``, as the log has them, that are these people's."""
    accounts = accounts_named(usernames := set(usernames))
    known = usernames_with(words)
    return {
        word: {name for name in usernames if (user := accounts.get(name)) and user.username in theirs}
        for word, theirs in known.items()
    }


def _accounts_with(word: str) -> QuerySet[User]:
    """Whose name or e-mail address holds the word; accents don't count, nor blanks: 田中美咲 is 田中 美咲."""
    users = User.objects.alias(folded_names=folded(Concat("name", Value("\x1f"), "email")))
    return users.filter(folded_names__contains=folded(Value(word)))


def _logged_as(accounts: QuerySet[User]) -> Q:
    """The log's entries of these accounts: the rule of AccountsByName in SQL, because a word may be in all names."""
    same = User.objects.alias(lower=Lower("username")).filter(lower=Lower(OuterRef("username")))
    alone = accounts.exclude(Exists(same.exclude(pk=OuterRef("pk"))))
    return Q(person_key__in=accounts.values("account_key")) | Q(
        lower_username__in=alone.values(lower=Lower("username"))
    )
