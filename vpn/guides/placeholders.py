"""What may stand in curly brackets in the texts."""

import re
from typing import Final

HELPDESK: Final = "helpdesk"
SESSION: Final = "session"
# In a sentence
WORDS: Final = frozenset({"endpoint", "file", HELPDESK, SESSION})
# In a paragraph of its own; each has a template in templates/vpn/guides/parts/
PARTS: Final = frozenset({"client_download", "profile_download", "import_command", "egress_check"})
# As {drawing:name}, in a paragraph of its own; each has a template in templates/vpn/guides/drawings/
DRAWINGS: Final = frozenset(
    {
        "installed",
        "installed-terminal",
        "add-profile",
        "manage-profiles",
        "connect",
        "browser",
        "connected",
        "verdict",
    }
)
DRAWING: Final = "drawing:"
# These come with the markup of quotes and of code; nobody writes them.
SUCCESS_MARK: Final = "success_mark"
COPY_COMMAND: Final = "copy_command"
KNOWN: Final = WORDS | PARTS | {SUCCESS_MARK, COPY_COMMAND} | {f"{DRAWING}{name}" for name in DRAWINGS}
PLACEHOLDER: Final = re.compile(r"\{([^{}]*)\}")
_BRACKET: Final = re.compile(r"[{}]")


def sentence_problem(text: str) -> str:
    """Why a sentence can't be filled; empty if it can."""
    for name in PLACEHOLDER.findall(text):
        if name in PARTS or name.startswith(DRAWING):
            return f"{{{name}}} must be a paragraph of its own, with an empty line above and below"
        if name not in WORDS:
            return f"{{{name}}} is not known; in a sentence there are {_list(WORDS)}"
    if _BRACKET.search(PLACEHOLDER.sub("", text)):
        return f"a curly bracket without its partner in: {text.strip()}"
    return ""


def paragraph_problem(name: str) -> str:
    """Why ``{name}`` can't be a paragraph of its own; empty if it can."""
    drawing = name.removeprefix(DRAWING)
    if drawing != name:
        return "" if drawing in DRAWINGS else f"there is no drawing {drawing}; there are {_list(DRAWINGS)}"
    return "" if name in PARTS else f"{{{name}}} is not known; as a paragraph there are {_list(PARTS)}"


def _list(names: frozenset[str]) -> str:
    return ", ".join(sorted(names))
