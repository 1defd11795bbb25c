"""Mistakes in the texts of the guides, found by every ``manage.py check``; docs/guides.md explains them."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from markdown_it.token import Token

from vpn.guides.pages import halves
from vpn.guides.placeholders import PLACEHOLDER
from vpn.guides.systems import System
from vpn.guides.text import GuideDocument, GuideSection, GuideTextError, document

PROBLEMS = "problems"


@register
def check_guides(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    read: dict[tuple[str, str], GuideDocument] = {}
    for language, _label in settings.LANGUAGES:
        for name in (*System, PROBLEMS):
            try:
                read[language, name] = document(language, name)
            except (GuideTextError, OSError, UnicodeDecodeError) as error:
                found.append(_error(f"{language}/{name}.md can't be read: {error}", "guides.E001"))
    if found:
        return found
    first, *others = (code for code, _label in settings.LANGUAGES)
    pairs = [(read[first, name], read[other, name]) for name in (*System, PROBLEMS) for other in others]
    found += [_error(why, "guides.E002") for pair in pairs for why in differences(*pair)]
    for language, _label in settings.LANGUAGES:
        problems = read[language, PROBLEMS]
        found += [_error(why, "guides.E003") for why in incomplete(problems)]
        guides = {system: read[language, system] for system in System}
        found += [_error(why, "guides.E004") for why in dead_links(guides, problems)]
    return found


def differences(one: GuideDocument, other: GuideDocument) -> list[str]:
    """Both languages have the same headings in the same order, and in each the same placeholders."""
    names = f"{_name(one)} and {_name(other)}"
    outlines = [
        [(part.heading.tag, part.anchor, part.systems) for part in _all(text)] for text in (one, other)
    ]
    if outlines[0] != outlines[1]:
        anchors = [" ".join(anchor for _tag, anchor, _systems in outline) for outline in outlines]
        return [f"{names} differ in their headings: {anchors[0]} | {anchors[1]}"]
    return [
        f"{names} differ in the placeholders of {here.anchor or 'the introduction'}"
        for here, there in zip(_all(one), _all(other), strict=True)
        if _placeholders(here) != _placeholders(there)
    ]


def incomplete(problems: GuideDocument) -> list[str]:
    return [
        f"{_name(problems)}: {problem.anchor} needs a paragraph that says what it means, and what to do below it"
        for problem in problems.sections
        if not all(halves(problem.body))
    ]


def dead_links(guides: dict[System, GuideDocument], problems: GuideDocument) -> list[str]:
    """Links to an anchor that isn't on the page where they stand."""
    found = []
    for system, guide in guides.items():
        here = [part for part in (*_all(guide), *_all(problems)) if system in part.systems]
        anchors = {part.anchor for part in here} | {PROBLEMS}
        found += [
            f"The page for {system.label} in {_name(guide)} has no {link}"
            for link in sorted({link for part in here for link in _links(part.body)})
            if link.startswith("#") and link[1:] not in anchors
        ]
    return found


def _all(text: GuideDocument) -> Iterator[GuideSection]:
    yield text.top
    for section in text.sections:
        yield section
        yield from section.children


def _placeholders(section: GuideSection) -> tuple[set[str], list[str]]:
    """The words, wherever they stand in the sentences; the parts, in their order."""
    tokens = (section.heading, *section.body)
    sentences = [child.content for child in _children(tokens) if child.type == "text"]
    words = {word for sentence in sentences for word in PLACEHOLDER.findall(sentence)}
    return words, [token.info for token in tokens if token.type == "part"]


def _links(tokens: Iterable[Token]) -> Iterator[str]:
    return (str(child.attrs["href"]) for child in _children(tokens) if child.type == "link_open")


def _children(tokens: Iterable[Token]) -> Iterator[Token]:
    return (child for token in tokens for child in token.children or [])


def _name(text: GuideDocument) -> str:
    return f"{text.path.parent.name}/{text.path.name}"


def _error(why: str, identifier: str) -> Error:
    return Error(why, hint="docs/guides.md says how the texts are written.", id=identifier)
