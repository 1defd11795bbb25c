"""Normalization of text that people type."""

import unicodedata

from django.utils.translation import get_language


def normalize(text: str) -> str:
    """The same text with ASCII for full-width letters and digits, as a Japanese keyboard types them; stripped.

    NUL is left out: PostgreSQL refuses it in any text.
    """
    return unicodedata.normalize("NFKC", text).replace("\0", "").strip()


def join_sentences(*sentences: str) -> str:
    """With a space in between, as the page's language writes it: Japanese has none."""
    separator = "" if get_language() == "ja" else " "
    return separator.join(filter(None, sentences))
