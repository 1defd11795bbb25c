"""When two user names mean one person, and how names are normalized for a search in PostgreSQL."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, TypeVar

from django.db.models import Func, Value
from django.db.models.functions import Lower

T = TypeVar("T")

# ASCII only: some letters share a small letter with another, as the Kelvin sign does with K. Whoever has an address
# with such a letter is somebody else.
_SMALL: Final = {capital: capital + 32 for capital in range(ord("A"), ord("Z") + 1)}
# In PostgreSQL's C collation, lower() knows ASCII only.
ACCOUNT_KEY: Final = (
    "CASE WHEN position('@' in %(expressions)s) > 0"
    ' THEN lower(%(expressions)s COLLATE "C") ELSE %(expressions)s END'
)


def account_key(username: str) -> str:
    """What makes user names one person's: equal keys. User.account_key is the same in SQL.

    Identity providers send an e-mail address as it was typed, so its case tells nobody apart. Other NameIDs may be
    random texts (persistent ids in Base64), in which it does.
    """
    return username.translate(_SMALL) if "@" in username else username


def is_same_account(username: str, other: str) -> bool:
    return account_key(username) == account_key(other)


class ByUsername(Mapping[str, T]):
    """What belongs to the people whom names mean.

    A name that nobody has is that of the only one whose name differs in case: Active Directory takes a user name in any
    case, and AWS writes down what was typed. Where two names differ in case, the identity provider tells people apart
    by it, and so does this.
    """

    def __init__(self, rows: Iterable[tuple[str, T]]) -> None:
        self._by_key: dict[str, tuple[str, T]] = {}
        self._in_any_case: dict[str, set[str]] = defaultdict(set)
        for username, value in rows:
            key = account_key(username)
            self._by_key[key] = (username, value)
            self._in_any_case[username.lower()].add(key)

    def __getitem__(self, username: str) -> T:
        key = self.person_key(username)
        if key not in self._by_key:
            raise KeyError(username)
        return self._by_key[key][1]

    def __iter__(self) -> Iterator[str]:
        return (username for username, _value in self._by_key.values())

    def __len__(self) -> int:
        return len(self._by_key)

    def person_key(self, username: str) -> str:
        """Equal for the names of one person, whether these people are among them or not."""
        key = account_key(username)
        if key in self._by_key:
            return key
        return next(iter(self._similar(username))) if self.is_alone(username) else key

    def is_alone(self, username: str) -> bool:
        """Whether the name is the same person's in whatever case it is written."""
        return len(self._similar(username)) == 1

    def _similar(self, username: str) -> set[str]:
        return self._in_any_case.get(username.lower(), set())


def sql_account_key(field: str) -> Func:
    return Func(field, template=ACCOUNT_KEY)


def sql_account_keys(field: str) -> Func:
    """The same of each element of an array."""
    key = ACCOUNT_KEY % {"expressions": "name"}
    return Func(field, template="ARRAY(SELECT %(key)s FROM unnest(%(expressions)s) AS name)", key=key)


def searched(expression: Any) -> Lower:
    """The expression in lower case and NFKC: full-width letters and half-width katakana become ordinary ones."""
    return Lower(Func(expression, function="normalize", template="%(function)s(%(expressions)s, NFKC)"))


def folded(expression: Any) -> Func:
    """The expression without case, width, accents and blanks: “Zoë  Müller” and “ｚｏｅ ｍｕｌｌｅｒ” are one text.

    Japanese keeps its voiced marks: those are letters of their own (U+3099), and not accents (U+0300 to U+036F).
    """
    plain = Lower(Func(expression, function="normalize", template="%(function)s(%(expressions)s, NFKD)"))
    return Func(plain, Value(r"[\s\u0300-\u036f]+"), Value(""), Value("g"), function="regexp_replace")
