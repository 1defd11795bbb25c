"""What the demo says while it works, in both languages on one line."""

import sys
import time
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager, suppress


def say(text: str = "", *, end: str = "\n") -> None:
    # The terminal may have been closed: that is no reason not to clean up.
    with suppress(OSError):
        print(text, end=end, flush=True)


def complain(text: str) -> None:
    with suppress(OSError):
        print(text, file=sys.stderr, flush=True)


@contextmanager
def step(ja: str, en: str) -> Iterator[None]:
    """One line: what is being done, and how long it took once it is done."""
    begun, took = time.monotonic(), ""
    say(f"  {padded(f'{ja} / {en}', 64)} ", end="")
    try:
        yield
        took = f"{time.monotonic() - begun:5.1f} s"
    finally:
        say(took)


def padded(text: str, columns: int) -> str:
    """Japanese characters are two columns wide."""
    width = sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
    return text + " " * max(0, columns - width)
