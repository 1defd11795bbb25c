"""Reading the Markdown of the guides. Nothing here knows who reads them.

`# title`, an introduction, `## step {#anchor}`, `### variant {#anchor}`. A problem that only some systems have names
them in its heading: `## problem {#anchor windows macos}`.
"""

import re
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Final

from markdown_it.token import Token

from vpn.guides.markdown import MARKDOWN, render
from vpn.guides.placeholders import KNOWN, PLACEHOLDER, WORDS, paragraph_problem, sentence_problem
from vpn.guides.systems import System

FOLDER: Final = Path(__file__).parent / "text"
_ANCHOR: Final = re.compile(r"\s*\{#([a-z0-9-]+)((?: \w+)*)\}\s*$")
# A placeholder that is a paragraph becomes a part of the page, which brings its own markup.
_PARAGRAPH: Final = re.compile(rf"<p>(\{{(?!(?:{'|'.join(WORDS)})\}})[^{{}}]+\}})</p>\n")


class GuideTextError(Exception):
    """A text can't be shown; says in which file, in which line and why."""


@dataclass(frozen=True)
class GuideSection:
    """A heading and what follows it, up to the next heading: HTML that still has its placeholders."""

    level: int
    anchor: str
    heading: str
    body: str
    systems: frozenset[System]
    children: list["GuideSection"] = field(default_factory=list)


@dataclass(frozen=True)
class GuideDocument:
    """``top`` is the title and the introduction."""

    path: Path
    top: GuideSection
    sections: list[GuideSection]


def document(language: str, name: str) -> GuideDocument:
    """``name`` is a system or ``problems``. Read again when the file has changed, so that an edit needs no restart."""
    path = FOLDER / language / f"{name}.md"
    # The time of the last change is part of the cache's key, which makes _read() read an edited file again.
    return _read(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=32)
def _read(path: Path, _changed: int) -> GuideDocument:
    return parse(path.read_text(encoding="utf-8"), path)


def parse(source: str, path: Path) -> GuideDocument:
    """Raises GuideTextError."""
    tokens = MARKDOWN.parse(source)
    starts = [index for index, token in enumerate(tokens) if token.type == "heading_open"]
    tags = [tokens[start].tag for start in starts]
    if tags[:2] != ["h1", "h2"] or starts[0] != 0 or not set(tags[1:]) <= {"h2", "h3"}:
        raise GuideTextError(
            f"{path.parent.name}/{path.name}: it must be one # title first, then ## and ### headings"
        )
    document = GuideDocument(path, _section(tokens[: starts[1]], path), [])
    anchors: set[str] = set()
    for start, end in pairwise([*starts[1:], len(tokens)]):
        section = _section(tokens[start:end], path)
        if section.anchor in anchors:
            raise _error(path, tokens[start], f"the anchor {section.anchor} is there twice")
        anchors.add(section.anchor)
        siblings = document.sections if section.level == 2 else document.sections[-1].children
        siblings.append(section)
    return document


def _section(tokens: list[Token], path: Path) -> GuideSection:
    opening, heading, _closing, *body = tokens
    anchor = _ANCHOR.search(heading.content)
    for token in tokens:
        if why := _problem(token, in_heading=token is heading):
            raise _error(path, token, why)
    if not anchor and opening.tag != "h1":
        raise _error(path, heading, "the heading needs an anchor at its end, like {#connect}")
    systems = anchor[2].split() if anchor else []
    if unknown := set(systems) - set(System):
        raise _error(path, heading, f"there is no guide for {', '.join(sorted(unknown))}")
    heading_html, body_html = _ANCHOR.sub("", render([heading])), _PARAGRAPH.sub(r"\1", render(body))
    # Also in a link's title, say, which is no sentence: a page fills every placeholder in the HTML.
    if unknown := set(PLACEHOLDER.findall(heading_html + body_html)) - KNOWN:
        raise _error(path, heading, f"{{{min(unknown)}}} is not known")
    return GuideSection(
        level=int(opening.tag[1:]),
        anchor=anchor[1] if anchor else "",
        heading=heading_html,
        body=body_html,
        systems=frozenset(map(System, systems)) or frozenset(System),
    )


def _problem(token: Token, *, in_heading: bool) -> str:
    """Why the sentences of one heading or paragraph can't be shown; empty if they can."""
    alone = PLACEHOLDER.fullmatch(token.content.strip())
    if token.type == "inline" and alone and alone[1] not in WORDS and not in_heading:
        return paragraph_problem(alone[1])
    for child in token.children or []:
        text = _ANCHOR.sub("", child.content) if in_heading else child.content
        if child.type == "text" and (why := sentence_problem(text) or _emphasis_problem(text)):
            return why
    return ""


def _emphasis_problem(text: str) -> str:
    return "" if "**" not in text else f"** makes nothing bold here; put it directly beside a word: {text}"


def _error(path: Path, token: Token, why: str) -> GuideTextError:
    line = token.map[0] + 1 if token.map else 1
    return GuideTextError(f"{path.parent.name}/{path.name}, line {line}: {why}")
