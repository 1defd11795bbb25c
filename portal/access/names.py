"""Names as they are searched for: nobody has to know in which case and width they were written."""

from typing import Any

from django.db.models import Func
from django.db.models.functions import Lower


def searched(expression: Any) -> Lower:
    """In lower case; full-width letters, brackets and spaces, and half-width katakana, as the ordinary ones."""
    return Lower(Func(expression, function="normalize", template="%(function)s(%(expressions)s, NFKC)"))
