"""Normalization of text that people type."""

import unicodedata


def normalize(text: str) -> str:
    """The same text with ASCII for full-width letters and digits, as a Japanese keyboard types them; stripped.

    NUL is left out: PostgreSQL refuses it in any text.
    """
    return unicodedata.normalize("NFKC", text).replace("\0", "").strip()
