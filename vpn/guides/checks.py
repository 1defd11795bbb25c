"""Mistakes in the texts of the guides, found by every ``manage.py check``; docs/guides.md explains them."""

import re
from collections.abc import Iterator
from itertools import product
from typing import Any, Final

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from vpn.guides.pages import meaning_and_cure
from vpn.guides.placeholders import DRAWING, PARTS, PLACEHOLDER, WORDS
from vpn.guides.systems import System
from vpn.guides.text import GuideDocument, GuideSection, GuideTextError, document

PROBLEMS: Final = "problems"
_LINK: Final = re.compile(r'<a href="#([^"]*)"')


@register
def check_guides(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    documents: dict[tuple[str, str], GuideDocument] = {}
    unreadable: list[CheckMessage] = []
    languages = [code for code, _label in settings.LANGUAGES]
    for language, name in product(languages, (*System, PROBLEMS)):
        try:
            documents[language, name] = document(language, name)
        except (GuideTextError, OSError, UnicodeDecodeError) as error:
            unreadable.append(_error(f"{language}/{name}.md can't be read: {error}", "guides.E001"))
    if unreadable:
        return unreadable
    errors: list[CheckMessage] = []
    for language, name in product(languages[1:], (*System, PROBLEMS)):
        pair = documents[languages[0], name], documents[language, name]
        errors += [_error(why, "guides.E002") for why in differences(*pair)]
    for language in languages:
        problems = documents[language, PROBLEMS]
        errors += [_error(why, "guides.E003") for why in incomplete_problems(problems)]
        guides = {system: documents[language, system] for system in System}
        errors += [_error(why, "guides.E004") for why in dead_links(guides, problems)]
    return errors


def differences(first: GuideDocument, second: GuideDocument) -> list[str]:
    """Both languages have the same headings in the same order, and in each the same placeholders."""
    names = f"{_name(first)} and {_name(second)}"
    outlines = [
        [(section.level, section.anchor, section.systems) for section in _all_sections(guide)]
        for guide in (first, second)
    ]
    if outlines[0] != outlines[1]:
        anchors = [" ".join(anchor for _level, anchor, _systems in outline) for outline in outlines]
        return [f"{names} differ in their headings: {anchors[0]} | {anchors[1]}"]
    return [
        f"{names} differ in the placeholders of {section.anchor or 'the introduction'}"
        for section, translation in zip(_all_sections(first), _all_sections(second), strict=True)
        if _placeholders(section) != _placeholders(translation)
    ]


def incomplete_problems(problems: GuideDocument) -> list[str]:
    return [
        f"{_name(problems)}: {problem.anchor} needs a paragraph that says what it means, and what to do below it"
        for problem in problems.sections
        if not all(meaning_and_cure(problem.body))
    ]


def dead_links(guides: dict[System, GuideDocument], problems: GuideDocument) -> list[str]:
    """Links to an anchor that isn't on the page where they stand."""
    errors = []
    for system, guide in guides.items():
        sections = [
            section
            for section in (*_all_sections(guide), *_all_sections(problems))
            if system in section.systems
        ]
        anchors = {section.anchor for section in sections} | {PROBLEMS}
        linked = {anchor for section in sections for anchor in _LINK.findall(section.body)}
        errors += [
            f"The page for {system.label} in {_name(guide)} has no #{anchor}"
            for anchor in sorted(linked - anchors)
        ]
    return errors


def _all_sections(guide: GuideDocument) -> Iterator[GuideSection]:
    yield guide.top
    for section in guide.sections:
        yield section
        yield from section.children


def _placeholders(section: GuideSection) -> tuple[set[str], list[str]]:
    """The words, wherever they stand in the sentences; the parts, in their order."""
    names = PLACEHOLDER.findall(section.heading + section.body)
    return set(WORDS.intersection(names)), [
        name for name in names if name in PARTS or name.startswith(DRAWING)
    ]


def _name(guide: GuideDocument) -> str:
    return f"{guide.path.parent.name}/{guide.path.name}"


def _error(why: str, identifier: str) -> Error:
    return Error(why, hint="docs/guides.md says how the texts are written.", id=identifier)
