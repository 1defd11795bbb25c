"""Text that goes to other programs: pure. Names in it were typed by somebody, somewhere, and are nothing but text."""

import re
import unicodedata
from typing import Final

SUBJECT_LENGTH: Final = 200
# Slack cuts off at 40,000 characters; nobody reads more than this.
TEXT_LENGTH: Final = 3000
# Control, format (bidi overrides, joiners), surrogates, private use, line and paragraph separators
UNSAFE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
# Mattermost and others call everybody by these; Slack by <!channel>, which escaping takes care of.
CALLS: Final = re.compile(r"@(?=(?:all|channel|here|everyone)\b)", re.IGNORECASE)
ZERO_WIDTH_SPACE: Final = "\u200b"


def one_line(text: str) -> str:
    """For a subject: a header's value, so without line breaks."""
    return _cut(" ".join(_safe(text).split()), SUBJECT_LENGTH)


def lines(text: str) -> str:
    """Line breaks stay, empty lines at the ends don't."""
    cleaned = "\n".join(_safe(line).rstrip() for line in text.splitlines())
    return _cut(cleaned.strip("\n"), TEXT_LENGTH)


def for_chat(text: str) -> str:
    """As Slack and those who read the same format want it: no mark-up, links or calls but ours."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    # In Markdown, [words](address) is a link that hides where it leads.
    unlinked = escaped.replace("](", "] (")
    return CALLS.sub(f"@{ZERO_WIDTH_SPACE}", unlinked)


def _safe(text: str) -> str:
    return "".join(" " if unicodedata.category(one) in UNSAFE else one for one in text)


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"
