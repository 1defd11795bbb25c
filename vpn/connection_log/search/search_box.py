"""The one search box: words, addresses, a connection id, and qualifiers such as ``user:`` or ``status:``. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Final

from portal.text import normalize

TOKEN: Final = re.compile(r'(?:(?P<name>[A-Za-z]+):)?(?:"(?P<quoted>(?:[^"]|"")*)"|(?P<plain>\S+))')
PLAIN: Final = re.compile(r"[^\s\":]+")
# A qualifier's name, and the field of the form that it is another way to fill in
QUALIFIERS: Final = {
    "user": "words",
    "person": "person",
    "ip": "address",
    "id": "connection_id",
    "source": "source",
    "client": "client",
    "status": "status",
    "reason": "reason",
    "device": "device",
    "endpoint": "endpoint",
    "policy": "policy",
    "token": "token",
    "version": "version",
    "os": "device",
}
# Nobody takes a name, an address or a connection's id for something else.
PLAIN_TO_SEE: Final = frozenset({"words", "person", "address", "connection_id"})
CONNECTION_ID: Final = "cvpn-connection-"
ENDPOINT_ID: Final = "cvpn-endpoint-"


@dataclass(frozen=True)
class SearchTerm:
    """``field``: of QUALIFIERS."""

    field: str
    text: str


def quote_term(text: str) -> str:
    """As ``terms`` reads it as one word."""
    return text if PLAIN.fullmatch(text) else f'"{text.replace(chr(34), chr(34) * 2)}"'


def parse_terms(text: str) -> Iterator[SearchTerm]:
    """What was typed, word by word. A word with an unknown qualifier, such as ``10:30``, is a word."""
    for token in TOKEN.finditer(normalize(text)):
        name = (token["name"] or "").lower()
        value = token["plain"] if token["quoted"] is None else token["quoted"].replace('""', '"')
        if name in QUALIFIERS:
            yield SearchTerm(QUALIFIERS[name], value.strip())
        elif name:
            yield from _plain_term(f"{token['name']}:{value}")
        elif value.strip():
            yield from _plain_term(value.strip())


def _plain_term(word: str) -> Iterator[SearchTerm]:
    if word.startswith(CONNECTION_ID):
        yield SearchTerm("connection_id", word)
    elif word.startswith(ENDPOINT_ID):
        yield SearchTerm("endpoint", word)
    elif _is_address(word):
        yield SearchTerm("address", word)
    else:
        yield SearchTerm("words", word)


def _is_address(word: str) -> bool:
    """Digits alone are a number to ip_network(), but nobody's address."""
    if not re.search(r"[.:]", word):
        return False
    try:
        ip_network(word, strict=False)
    except ValueError:
        return False
    return True
