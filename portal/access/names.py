"""Normalization of names in PostgreSQL, so that a search needn't match their case and width."""

from typing import Any

from django.db.models import Func
from django.db.models.functions import Lower


def searched(expression: Any) -> Lower:
    """The expression in lower case and NFKC: full-width letters and half-width katakana become ordinary ones."""
    return Lower(Func(expression, function="normalize", template="%(function)s(%(expressions)s, NFKC)"))
