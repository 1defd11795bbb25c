"""From what somebody types of a person to the account, or to the name in the log, that is meant.

People are known from three places: accounts of the portal, names in the connection log, and AWS's list of who is
connected. What they have in common is the username: the NameID, which AWS writes into the log in whatever case.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

from django.db.models import QuerySet, Value
from django.db.models.functions import Concat, Lower
from django.utils import timezone

from portal.access.accounts import AccountsByName, accounts_named
from portal.access.models import User
from portal.access.names import account_key, folded
from portal.text import normalize, with_note
from vpn.connection_log.models import Connection, ConnectionUser
from vpn.endpoints.models import LiveConnection

# "Misaki Tanaka <m.tanaka@example.co.jp>", as mail programs copy it: the part in brackets is who is meant.
NAMED_ADDRESS: Final = re.compile(r"[^<>]*<\s*([^<>]+?)\s*>")
# As portal.access.names.folded() does it in PostgreSQL
IGNORED: Final = re.compile(r"[\s\u0300-\u036f]+")
# The log has no index on the names of certificates: looking through all of it takes seconds.
CERTIFICATES_WITHIN: Final = timedelta(days=30)


@dataclass(frozen=True)
class KnownPerson:
    """Somebody whom the portal knows. ``username`` as the account spells it, or else the log.

    ``common_names``: of certificates that they connect with, as far as somebody asked for them.
    """

    username: str
    name: str = ""
    email: str = ""
    common_names: tuple[str, ...] = ()
    has_account: bool = False

    @property
    def label(self) -> str:
        """Enough to tell two people of one name from each other."""
        return with_note(self.name, self.username) if self.name not in {"", self.username} else self.username

    @property
    def usernames(self) -> set[str]:
        """What nobody else is called."""
        return {fold(text) for text in (self.username, self.email) if text}

    @property
    def names(self) -> set[str]:
        """What somebody else may be called too; of an address, colleagues say the part before the @."""
        local_parts = {address.partition("@")[0] for address in self.usernames if "@" in address}
        return {fold(text) for text in (self.name, *self.common_names) if text} | local_parts


@dataclass(frozen=True)
class PersonMatch:
    """``person``: who is meant beyond doubt. Else ``candidates`` are those who may be; empty: nobody is known."""

    person: KnownPerson | None = None
    candidates: tuple[KnownPerson, ...] = ()


def match_person(typed: str) -> PersonMatch:
    """Whom ``typed`` means: a user name, e-mail address, display name or certificate's common name, in any case.

    A part of a name never decides by itself, even if only one person's name has it: somebody must be asked.
    """
    text = normalize(typed)
    if match := _spelled_exactly(text):
        return match
    if bracketed := NAMED_ADDRESS.fullmatch(text):
        text = bracketed[1]
        if match := _spelled_exactly(text):
            return match
    candidates, wanted = _candidates(text), fold(text)
    exact = [person for person in candidates if wanted in person.usernames] or [
        person for person in candidates if wanted in person.names
    ]
    candidates = exact or candidates or _certificate_holders(text)
    if len(candidates) == 1 and (exact or wanted in candidates[0].names):
        return PersonMatch(candidates[0])
    return PersonMatch(candidates=tuple(candidates))


def search_people(text: str, *, limit: int) -> list[KnownPerson]:
    """Those in whose names every word of ``text`` is found: people with accounts first, then by name."""
    text = normalize(text)
    accounts = _accounts_with(text.split()).order_by("name", "username")[:limit]
    # Of a company of thousands most are left out: what is typed first matches nearly everybody.
    if len(accounts) == limit:
        return [_account(user) for user in accounts]
    return _candidates(text)[:limit]


def fold(text: str) -> str:
    """The text without case, width, accents and blanks, as portal.access.names.folded() makes it."""
    return IGNORED.sub("", unicodedata.normalize("NFKD", text).lower())


def _spelled_exactly(text: str) -> PersonMatch | None:
    """Who has this very user name, or else who has it in another case. None: nobody.

    Nothing else is ignored: two NameIDs may differ by an accent.
    """
    if not text:
        return None
    accounts = accounts_named([text])
    logged = ConnectionUser.objects.filter(lower_username=text.lower()).order_by("-last_connected_at")
    live = LiveConnection.objects.alias(lower=Lower("username")).filter(lower=text.lower())
    people: dict[str, KnownPerson] = {}
    _add(people, accounts, ((username, "") for username in accounts))
    for rows in (logged, live):
        _add(people, accounts, ((username, "") for username in rows.values_list("username", flat=True)))
    if person := people.get(account_key(text)):
        return PersonMatch(person)
    # An identity provider may tell abc from ABC, and nobody knows who aBc is.
    shown = tuple(sorted(people.values(), key=lambda person: (not person.has_account, person.username)))
    if not shown:
        return None
    return PersonMatch(shown[0]) if len(shown) == 1 else PersonMatch(candidates=shown)


def _account(user: User) -> KnownPerson:
    return KnownPerson(user.username, user.name, user.email, has_account=True)


def _candidates(text: str) -> list[KnownPerson]:
    """Everybody in whose names every word of ``text`` is found."""
    words = text.split()
    if not words:
        return []
    people = {account_key(user.username): _account(user) for user in _accounts_with(words)}
    logged = _with_words(ConnectionUser.objects.all(), words, "username")
    live = _with_words(
        LiveConnection.objects.filter(endpoint__vanished_at=None), words, "username", "common_name"
    )
    names = [(username, "") for username in logged.values_list("username", flat=True)]
    names += live.values_list("username", "common_name")
    _add(people, accounts_named(username or common_name for username, common_name in names), names)
    return sorted(
        people.values(),
        key=lambda person: (not person.has_account, person.name or person.username, person.username),
    )


def _accounts_with(words: list[str]) -> QuerySet[User]:
    return _with_words(
        User.objects.all() if words else User.objects.none(), words, "username", "name", "email"
    )


def _add(people: dict[str, KnownPerson], accounts: AccountsByName, names: Iterable[tuple[str, str]]) -> None:
    """Usernames with the common names of certificates; where people have certificates only, that is the username.

    ``people``: by the key of their account, or of the name that AWS or the log has.
    """
    for given, common_name in names:
        username = given or common_name
        key = accounts.person_key(username)
        account = accounts.get(username)
        person = people.get(key) or (_account(account) if account else KnownPerson(username))
        if given and common_name and common_name not in person.common_names:
            person = replace(person, common_names=(*person.common_names, common_name))
        people[key] = person


def _certificate_holders(common_name: str) -> list[KnownPerson]:
    """Who connected lately with a certificate of this very name."""
    since = timezone.now() - CERTIFICATES_WITHIN
    rows = Connection.objects.filter(
        at__gte=since, common_name__iexact=common_name, user__isnull=False
    ).values_list("user__username", flat=True)
    usernames = list(rows.distinct())
    people: dict[str, KnownPerson] = {}
    _add(people, accounts_named(usernames), ((username, common_name) for username in usernames))
    return sorted(people.values(), key=lambda person: person.username)


def _with_words(rows: QuerySet[Any], words: Iterable[str], *fields: str) -> QuerySet[Any]:
    # A separator that nobody types, so that no match spans two fields
    parts = [part for name in fields for part in (name, Value("\x1f"))]
    matches: QuerySet[Any] = rows.alias(folded_names=folded(Concat(*parts)))
    for word in words:
        matches = matches.filter(folded_names__contains=folded(Value(word)))
    return matches
