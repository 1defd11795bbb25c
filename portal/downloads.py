"""File names of everything that the portal hands out.

A name must be taken by Windows, macOS and Ubuntu alike, be typed in any shell without quotes, and keep the letters of
its author's language: 東京-main and 大阪-main, both cut to ASCII, would be one file.
"""

import re
import unicodedata
from typing import Final

from django.utils.http import content_disposition_header

# Ubuntu's limit is 255 bytes for the whole name; a Japanese letter has three, and endings are added.
LONGEST_CHARACTERS: Final = 64
LONGEST_BYTES: Final = 192
# Windows keeps these for devices, with any ending.
RESERVED: Final = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)", re.IGNORECASE)


def safe_stem(text: str) -> str:
    """``text`` as a file's name without ending: letters, digits, dots, hyphens, underscores. May be empty."""
    # NFKC: full-width letters become ordinary ones, and one word isn't spelled in two ways that look the same.
    characters = (_safe(character) for character in unicodedata.normalize("NFKC", text))
    # A name that begins with a hyphen is an option to a command, with a dot it is hidden.
    stem = re.sub(r"-{2,}", "-", "".join(characters)).strip("-._")[:LONGEST_CHARACTERS]
    stem = stem.encode()[:LONGEST_BYTES].decode(errors="ignore").rstrip("-._")
    return "" if RESERVED.match(stem) else stem


def attachment(filename: str) -> str:
    """The value of Content-Disposition: RFC 6266, with ``filename*`` where the name isn't ASCII."""
    header: str = content_disposition_header(as_attachment=True, filename=filename) or "attachment"
    return header


def _safe(character: str) -> str:
    # Letters, marks (half of a letter in Hindi or Thai) and numbers of any script
    kept = unicodedata.category(character)[0] in "LMN" or character in "._"
    return character if kept else "-"
