"""Sentences of evidence: stored as an English msgid and its values, told in the reader's language."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, TypedDict

from django.utils.translation import gettext

from portal.text import join_words
from vpn.moments import format_recent_moment

# What a value's name ends in says how it is told.
MOMENT: Final = "_at"
WORDS: Final = "_text"
# As many names as a person reads in a sentence; the rest is counted.
NAMED: Final = 3


class InnerSentence(TypedDict):
    """A sentence within another one, with values of its own; stored as JSON."""

    sentence: str
    values: dict[str, Any]


def fill_sentence(sentence: str, values: Mapping[str, Any]) -> str:
    """``values``: ``…_at`` are ISO 8601, lists are names; ``…_text`` are msgids themselves, or InnerSentences."""
    if not sentence:
        return ""
    return gettext(sentence) % {name: _told(name, value) for name, value in values.items()}


def _told(name: str, value: Any) -> str:
    if isinstance(value, list):
        shown = join_words(map(str, value[:NAMED]))
        return f"{shown} +{len(value) - NAMED}" if len(value) > NAMED else shown
    if name.endswith(MOMENT):
        return format_recent_moment(datetime.fromisoformat(value))
    if name.endswith(WORDS):
        if isinstance(value, Mapping):
            return fill_sentence(value["sentence"], value["values"])
        return gettext(value) if value else ""
    return f"{value:,}" if isinstance(value, int) else str(value)
