"""Forbidding a person in an authorization policy, and permitting them again: pure text.

AWS (administrator guide, "How Client VPN uses Cedar"): a connection needs a permit and no forbid, and a forbid always
wins. Which attribute of ``context.saml`` holds the NameID isn't documented, so the condition is a setting.
"""

import re
from typing import Final

from portal.access.names import account_key

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
    """``document`` with statements that refuse the person; the same again changes nothing."""
    without = permitting(document, username)
    statements = "\n".join(
        f"forbid(principal, action, resource) when {{ {condition.replace(PERSON, literal(spelling))} }};"
        for spelling in _spellings(username)
    )
    mark = _mark(username)
    return f"{without.rstrip()}\n{BEGIN} {mark}\n{statements}\n{END} {mark}\n"


def permitting(document: str, username: str) -> str:
    """``document`` without our statement about the person; everything else stays byte for byte."""
    mark = re.escape(_mark(username))
    return re.sub(rf"\n?{BEGIN} {mark}\n.*?\n{END} {mark}\n", "\n", document, flags=re.DOTALL)


def forbids(document: str, username: str) -> bool:
    return f"{BEGIN} {_mark(username)}\n" in document


def _spellings(username: str) -> list[str]:
    """As it is written here and, of an e-mail address, in small letters too.

    Cedar compares texts to the letter, and identity providers send an address as somebody typed it into the directory.
    Any other NameID in another case is somebody else's.
    """
    username = username.strip()
    return sorted({username, account_key(username)})


def _mark(username: str) -> str:
    """One for all names of a person, in a comment, which ends with the line."""
    return literal(account_key(username.strip()))
