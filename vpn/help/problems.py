"""Finding a problem of the guides by the words that somebody sees, and by a log that somebody pastes. Pure.

A pasted log is read in memory, and nothing of it is kept or logged.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.html import strip_tags

from vpn.diagnosis.base.symptoms import beginning, read_line
from vpn.guides.pages import FilledSection

# What a log holds is the end of it; the beginning may be months old.
MOST_LINES: Final = 20_000
MESSAGE: Final = re.compile(r"<code[^>]*>(.*?)</code>", re.DOTALL)
BLANKS: Final = re.compile(r"\s+")
CONNECTED: Final = re.compile(
    r"initialization sequence completed|connection state.{0,200}\bconnected\b", re.IGNORECASE
)


@dataclass(frozen=True)
class LogSign:
    """A line of the log that tells of a problem. ``over``: the client connected afterwards."""

    problem: FilledSection
    line: str
    over: bool


def find_problems(problems: Iterable[FilledSection], typed: str) -> list[FilledSection]:
    """Whose text has every word of ``typed``, or one of whose messages is in it. None for an empty text."""
    text = plain(beginning(typed))
    if not text:
        return []
    words = set(text.split(" "))
    return [
        problem
        for problem in problems
        if _has_all(problem, words) or any(message in text for message in _messages(problem))
    ]


def read_log(problems: Sequence[FilledSection], log: str) -> list[LogSign]:
    """What the log tells of, the newest first, each problem once."""
    by_anchor = {problem.anchor: problem for problem in problems}
    messages = [(message, problem) for problem in problems for message in _messages(problem)]
    signs: dict[str, LogSign] = {}
    connected_since = False
    for whole_line in reversed(log.splitlines()[-MOST_LINES:]):
        line = beginning(whole_line)
        if CONNECTED.search(line):
            connected_since = True
        problem = _problem(line, messages, by_anchor)
        if problem is not None and problem.anchor not in signs:
            signs[problem.anchor] = LogSign(problem, line.strip()[:300], connected_since)
    return list(signs.values())


def _problem(
    line: str, messages: Iterable[tuple[str, FilledSection]], by_anchor: dict[str, FilledSection]
) -> FilledSection | None:
    text = plain(line)
    for message, problem in messages:
        if message in text:
            return problem
    symptom = read_line(line)
    return by_anchor.get(symptom) if symptom else None


def plain(text: str) -> str:
    """Without case, width and kinds of blanks: people paste out of windows and logs."""
    return BLANKS.sub(" ", unicodedata.normalize("NFKC", text).lower()).strip()


def _has_all(problem: FilledSection, words: Iterable[str]) -> bool:
    text = plain(strip_tags(f"{problem.heading} {problem.text}"))
    return all(word in text for word in words)


def _messages(problem: FilledSection) -> list[str]:
    texts = (
        plain(strip_tags(code)).removesuffix("…").removesuffix("...")
        for code in MESSAGE.findall(problem.heading)
    )
    return [text for text in texts if len(text) > 8]
