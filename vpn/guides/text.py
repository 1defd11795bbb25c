"""Reading the Markdown of the guides. Nothing here knows who reads them.

`# title`, an introduction, `## step {#anchor}`, `### variant {#anchor}`. A problem that only some systems have names
them in its heading: `## problem {#anchor windows macos}`.
"""

import re
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from vpn.guides.placeholders import PLACEHOLDER, WORDS, wrong_alone, wrong_in_sentence
from vpn.guides.systems import System

FOLDER: Final = Path(__file__).parent / "text"
_ANCHOR: Final = re.compile(r"\s*\{#([a-z0-9-]+)((?: \w+)*)\}\s*$")


class GuideTextError(Exception):
    """A text can't be shown; says in which file, in which line and why."""


@dataclass(frozen=True)
class GuideSection:
    """A heading and what follows it, up to the next heading."""

    anchor: str
    heading: Token
    body: list[Token]
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
    return _read(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=32)
def _read(path: Path, _changed: int) -> GuideDocument:
    return parse(path.read_text(encoding="utf-8"), path)


def parse(source: str, path: Path) -> GuideDocument:
    tokens = _MARKDOWN.parse(source)
    for token in tokens:
        _refuse_wrong_words(token, path)
    top, *sections = _sections(tokens, path)
    _refuse_twice(sections, path)
    outline: list[GuideSection] = []
    for section in sections:
        (outline if section.heading.tag == "h2" else outline[-1].children).append(section)
    return GuideDocument(path, top, outline)


def wrong(path: Path, token: Token, why: str) -> GuideTextError:
    line = token.map[0] + 1 if token.map else 1
    return GuideTextError(f"{path.parent.name}/{path.name}, line {line}: {why}")


def _sections(tokens: list[Token], path: Path) -> list[GuideSection]:
    """In their order, not yet nested; the first is the title's."""
    starts = [at for at, token in enumerate(tokens) if token.type == "heading_open"]
    tags = [tokens[at].tag for at in starts]
    if tags[:2] != ["h1", "h2"] or starts[0] != 0 or not set(tags[1:]) <= {"h2", "h3"}:
        raise GuideTextError(
            f"{path.parent.name}/{path.name}: it must be one # title first, then ## and ### headings"
        )
    ends = [*starts[1:], len(tokens)]
    return [_section(tokens[start:end], path) for start, end in zip(starts, ends, strict=True)]


def _section(tokens: list[Token], path: Path) -> GuideSection:
    opening, heading, _closing, *body = tokens
    heading.tag = opening.tag
    anchor, systems = heading.meta.get("anchor", ""), heading.meta.get("systems", [])
    if not anchor and heading.tag != "h1":
        raise wrong(path, heading, "the heading needs an anchor at its end, like {#connect}")
    if unknown := set(systems) - set(System):
        raise wrong(path, heading, f"there is no guide for {', '.join(sorted(unknown))}")
    return GuideSection(anchor, heading, body, frozenset(map(System, systems)) or frozenset(System))


def _refuse_twice(sections: list[GuideSection], path: Path) -> None:
    seen: set[str] = set()
    for section in sections:
        if section.anchor in seen:
            raise wrong(path, section.heading, f"the anchor {section.anchor} is there twice")
        seen.add(section.anchor)


def _refuse_wrong_words(token: Token, path: Path) -> None:
    if token.type == "part" and (why := wrong_alone(token.info)):
        raise wrong(path, token, why)
    for child in token.children or []:
        if child.type == "text" and (why := wrong_in_sentence(child.content) or _emphasis(child.content)):
            raise wrong(path, token, why)


def _emphasis(text: str) -> str:
    return "" if "**" not in text else f"** makes nothing bold here; put it directly beside a word: {text}"


def _take_anchors(state: StateCore) -> None:
    """Cut the anchor off each heading, before its words are read."""
    for opening, heading in zip(state.tokens, state.tokens[1:], strict=False):
        found = _ANCHOR.search(heading.content) if opening.type == "heading_open" else None
        if found:
            heading.content = heading.content[: found.start()]
            heading.meta |= {"anchor": found[1], "systems": found[2].split()}


def _take_parts(state: StateCore) -> None:
    """A paragraph that is one placeholder becomes a part of the page."""
    tokens: list[Token] = []
    for token in state.tokens:
        found = PLACEHOLDER.fullmatch(token.content.strip()) if token.type == "inline" else None
        if found and tokens[-1].type == "paragraph_open" and found[1] not in WORDS:
            tokens[-1] = Token("part", "", 0, info=found[1], map=token.map, block=True)
        elif not (token.type == "paragraph_close" and tokens[-1].type == "part"):
            tokens.append(token)
    state.tokens = tokens


def _markdown() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": False})
    markdown.core.ruler.before("inline", "anchors", _take_anchors)
    markdown.core.ruler.before("inline", "parts", _take_parts)
    return markdown


_MARKDOWN: Final = _markdown()
