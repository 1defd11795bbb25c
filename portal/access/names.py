"""Normalization of names in PostgreSQL, so that a search needn't match their case and width."""

from typing import Any

from django.db.models import Func, Value
from django.db.models.functions import Lower


def searched(expression: Any) -> Lower:
    """The expression in lower case and NFKC: full-width letters and half-width katakana become ordinary ones."""
    return Lower(Func(expression, function="normalize", template="%(function)s(%(expressions)s, NFKC)"))


def folded(expression: Any) -> Func:
    """The expression without case, width, accents and blanks: “Zoë  Müller” and “ｚｏｅ ｍｕｌｌｅｒ” are one text.

    Japanese keeps its voiced marks: those are letters of their own (U+3099), and not accents (U+0300 to U+036F).
    """
    plain = Lower(Func(expression, function="normalize", template="%(function)s(%(expressions)s, NFKD)"))
    return Func(plain, Value(r"[\s\u0300-\u036f]+"), Value(""), Value("g"), function="regexp_replace")
