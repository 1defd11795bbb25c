"""When two user names mean one person, and how names are normalized for a search in PostgreSQL."""

from typing import Any, Final

from django.db.models import Func, Value
from django.db.models.functions import Lower

# ASCII only: some letters share a small letter with another, as the Kelvin sign does with K. Whoever has an address
# with such a letter is somebody else.
_SMALL: Final = {capital: capital + 32 for capital in range(ord("A"), ord("Z") + 1)}


def account_key(username: str) -> str:
    """What makes user names one person's: equal keys. User.account_key is the same in SQL.

    Identity providers send an e-mail address as it was typed, so its case tells nobody apart. Other NameIDs may be
    random texts (persistent ids in Base64), in which it does.
    """
    return username.translate(_SMALL) if "@" in username else username


def is_same_account(username: str, other: str) -> bool:
    return account_key(username) == account_key(other)


def sql_account_key(field: str) -> Func:
    # In PostgreSQL's C collation, lower() knows ASCII only.
    return Func(
        field,
        template="CASE WHEN position('@' in %(expressions)s) > 0"
        ' THEN lower(%(expressions)s COLLATE "C") ELSE %(expressions)s END',
    )


def searched(expression: Any) -> Lower:
    """The expression in lower case and NFKC: full-width letters and half-width katakana become ordinary ones."""
    return Lower(Func(expression, function="normalize", template="%(function)s(%(expressions)s, NFKC)"))


def folded(expression: Any) -> Func:
    """The expression without case, width, accents and blanks: “Zoë  Müller” and “ｚｏｅ ｍｕｌｌｅｒ” are one text.

    Japanese keeps its voiced marks: those are letters of their own (U+3099), and not accents (U+0300 to U+036F).
    """
    plain = Lower(Func(expression, function="normalize", template="%(function)s(%(expressions)s, NFKD)"))
    return Func(plain, Value(r"[\s\u0300-\u036f]+"), Value(""), Value("g"), function="regexp_replace")
