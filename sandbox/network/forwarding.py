"""Which headers go on, in both directions, and what is said of whom a request comes from."""

from collections.abc import Iterable, Sequence
from typing import Final

Header = tuple[str, str]

# RFC 9110, 7.6.1: between two neighbours only.
HOP_BY_HOP: Final = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
# A browser may write these too; only ours may arrive.
FORGEABLE: Final = frozenset(
    {
        "forwarded",
        "x-forwarded-for",
        "x-forwarded-host",
        "x-forwarded-port",
        "x-forwarded-proto",
        "x-real-ip",
    }
)


def request_headers(headers: Iterable[Header], *, address: str) -> list[Header]:
    """A request's headers for the portal, which sees it come from ``address``."""
    kept = [header for header in _end_to_end(headers) if header[0].lower() not in FORGEABLE]
    return [*kept, ("X-Forwarded-For", address), ("X-Forwarded-Proto", "http"), ("Connection", "close")]


def response_headers(headers: Iterable[Header]) -> list[Header]:
    """A response's headers for the browser."""
    return _end_to_end(headers)


def _end_to_end(headers: Iterable[Header]) -> list[Header]:
    every: Sequence[Header] = list(headers)
    named = {
        word.strip().lower()
        for name, value in every
        if name.lower() == "connection"
        for word in value.split(",")
    }
    return [header for header in every if header[0].lower() not in HOP_BY_HOP | named]
