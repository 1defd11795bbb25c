"""Normalization of text that people type, and how texts are put together in the page's language."""

import unicodedata
from collections.abc import Iterable

from django.utils.translation import get_language, gettext


def normalize(text: str) -> str:
    """The same text with ASCII for full-width letters and digits, as a Japanese keyboard types them; stripped.

    NUL is left out: PostgreSQL refuses it in any text.
    """
    return unicodedata.normalize("NFKC", text).replace("\0", "").strip()


def join_sentences(*sentences: str) -> str:
    """With a space in between, as the page's language writes it: Japanese has none."""
    separator = "" if get_language() == "ja" else " "
    return separator.join(filter(None, sentences))


def join_words(words: Iterable[str]) -> str:
    """ "a, b", in Japanese 「a、b」."""
    return gettext(", ").join(words)


def with_note(text: str, note: str) -> str:
    """The note in parentheses, which are full-width in Japanese; the text alone if the note says no more."""
    return gettext("%(text)s (%(note)s)") % {"text": text, "note": note} if note not in {"", text} else text


def with_label(label: str, text: str) -> str:
    """A label before what it names, with the language's own colon."""
    return gettext("%(label)s: %(value)s") % {"label": label, "value": text}
