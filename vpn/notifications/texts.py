"""Text that goes to other programs. Names in it were typed by somebody, and must not become mark-up or headers."""

import re
import unicodedata
from typing import Final

SUBJECT_LENGTH: Final = 200
# Slack cuts off at 40,000 characters; nobody reads more than this.
TEXT_LENGTH: Final = 3000
# Control, format (bidi overrides, joiners), surrogates, private use, line and paragraph separators
UNSAFE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
# Mattermost and others notify everybody by these; Slack by <!channel>, which escaping takes care of.
MENTIONS: Final = re.compile(r"@(?=(?:all|channel|here|everyone)\b)", re.IGNORECASE)
ZERO_WIDTH_SPACE: Final = "\u200b"


def single_line(text: str) -> str:
    """For a subject: a header's value, so without line breaks."""
    return _cut(" ".join(_safe(text).split()), SUBJECT_LENGTH)


def several_lines(text: str) -> str:
    """Line breaks stay, empty lines at the ends don't."""
    cleaned = "\n".join(_safe(line).rstrip() for line in text.splitlines())
    return _cut(cleaned.strip("\n"), TEXT_LENGTH)


def escape_for_chat(text: str) -> str:
    """For Slack and programs that read its format: no mark-up, links or mentions but ours."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    # In Markdown, [words](address) is a link that hides where it leads.
    unlinked = escaped.replace("](", "] (")
    return MENTIONS.sub(f"@{ZERO_WIDTH_SPACE}", unlinked)


def _safe(text: str) -> str:
    return "".join(" " if unicodedata.category(character) in UNSAFE else character for character in text)


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"
