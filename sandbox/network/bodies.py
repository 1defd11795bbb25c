"""Bodies of requests as they come in, without holding them in memory."""

import http.client
from collections.abc import Iterator
from email.message import Message
from io import BufferedIOBase
from typing import Final

PIECE: Final = 64 * 1024
LONGEST_LINE: Final = 1024


class BadBodyError(Exception):
    """The request doesn't say, or says twice, how long its body is."""


def declared_length(headers: Message) -> int | None:
    """None: in chunks. Zero: no body."""
    lengths = set(headers.get_all("Content-Length", []))
    codings = [coding.strip().lower() for coding in headers.get_all("Transfer-Encoding", [])]
    if codings:
        # RFC 9112, 6.3: both headers together are how requests are smuggled past a proxy.
        if codings != ["chunked"] or lengths:
            raise BadBodyError("Transfer-Encoding must be chunked, and alone.")
        return None
    text = lengths.pop() if lengths else "0"
    if lengths or not (text.isascii() and text.isdigit()):
        raise BadBodyError("Content-Length must be one whole number.")
    return int(text)


def pieces(source: BufferedIOBase, length: int | None) -> Iterator[bytes]:
    """The body, a piece at a time; an incomplete one ends in http.client.IncompleteRead."""
    if length is None:
        yield from _chunks(source)
    else:
        yield from _exactly(source, length)


def _exactly(source: BufferedIOBase, length: int) -> Iterator[bytes]:
    while length:
        piece = source.read(min(length, PIECE))
        if not piece:
            raise http.client.IncompleteRead(b"", length)
        length -= len(piece)
        yield piece


def _chunks(source: BufferedIOBase) -> Iterator[bytes]:
    while size := _chunk_size(source):
        yield from _exactly(source, size)
        source.readline(LONGEST_LINE)
    while source.readline(LONGEST_LINE).strip():
        pass  # trailers, which nobody here needs


def _chunk_size(source: BufferedIOBase) -> int:
    text = source.readline(LONGEST_LINE).partition(b";")[0].strip()
    try:
        return int(text, 16)
    except ValueError as error:
        raise BadBodyError("A chunk has no size.") from error
