"""Forbidding a person in an authorization policy, and permitting them again: pure text.

AWS (administrator guide, "How Client VPN uses Cedar"): a connection needs a permit and no forbid, and a forbid always
wins. Which attribute of ``context.saml`` holds the NameID isn't documented, so the condition is a setting.
"""

import re
from typing import Final

DOCUMENT_BYTES: Final = 10_000
PERSON: Final = "{username}"
BEGIN, END = "// genkan: begin", "// genkan: end"


def literal(text: str) -> str:
    """As a Cedar string, whose escapes are Rust's. Only what is printable is left as it is."""
    escaped = "".join(_escaped(character) for character in text)
    return f'"{escaped}"'


def _escaped(character: str) -> str:
    if character in {'"', "\\"}:
        return f"\\{character}"
    return character if character.isprintable() else f"\\u{{{ord(character):x}}}"


def forbidding(document: str, username: str, *, condition: str) -> str:
    """``document`` with a statement that refuses the person; the same again changes nothing."""
    without = permitting(document, username)
    statement = (
        f"forbid(principal, action, resource) when {{ {condition.replace(PERSON, literal(username))} }};"
    )
    mark = _mark(username)
    return f"{without.rstrip()}\n{BEGIN} {mark}\n{statement}\n{END} {mark}\n"


def permitting(document: str, username: str) -> str:
    """``document`` without our statement about the person; everything else stays byte for byte."""
    mark = re.escape(_mark(username))
    return re.sub(rf"\n?{BEGIN} {mark}\n.*?\n{END} {mark}\n", "\n", document, flags=re.DOTALL)


def forbids(document: str, username: str) -> bool:
    return f"{BEGIN} {_mark(username)}\n" in document


def _mark(username: str) -> str:
    """In a comment, which ends with the line."""
    return literal(username.strip().lower())
