"""A guide for one reader: the texts in the reader's language, with this person's endpoints and files in them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from vpn.guides.placeholders import DRAWING, PLACEHOLDER
from vpn.guides.systems import System, import_command
from vpn.guides.text import GuideSection, document
from vpn.profiles.queries import Profile

# AWS moves the files with every version; this page stays.
CLIENT_DOWNLOAD: Final = "https://aws.amazon.com/vpn/client-vpn-download/"


@dataclass(frozen=True)
class GuideReader:
    signed_in: bool
    profiles: list[Profile]


@dataclass(frozen=True)
class GuideBlock:
    """A piece of a step, with what one sees meanwhile beside it. A step's first block has no heading."""

    anchor: str
    heading: SafeString
    text: SafeString
    drawings: list[SafeString]


@dataclass(frozen=True)
class GuideStep:
    anchor: str
    heading: SafeString
    blocks: list[GuideBlock]


@dataclass(frozen=True)
class GuideProblem:
    anchor: str
    heading: SafeString
    meaning: SafeString
    cure: SafeString


@dataclass(frozen=True)
class Guide:
    title: SafeString
    lead: SafeString
    steps: list[GuideStep]
    problems_title: SafeString
    problems_lead: SafeString
    problems: list[GuideProblem]


@dataclass(frozen=True)
class Filling:
    """``words`` take the place of placeholders in sentences; ``context`` is for the templates of parts and drawings."""

    words: Mapping[str, str]
    context: dict[str, Any]

    def fill(self, html: str) -> SafeString:
        """In one pass, so that curly brackets in an endpoint's name stay what they are."""
        return mark_safe(PLACEHOLDER.sub(lambda match: self._replacement(match[1]), html))  # noqa: S308 - escaped

    def _replacement(self, name: str) -> str:
        if name in self.words:
            return format_html('<strong class="guide-name">{}</strong>', self.words[name])
        folder = "drawings" if name.startswith(DRAWING) else "parts"
        return render_to_string(f"vpn/guides/{folder}/{name.removeprefix(DRAWING)}.html", self.context)


def guide_for(system: System, reader: GuideReader, *, return_path: str) -> Guide:
    """``return_path`` is where to come back to after signing in."""
    language = get_language() or settings.LANGUAGE_CODE
    guide, problems = document(language, system), document(language, "problems")
    filling = _filling(system, reader, return_path)
    return Guide(
        title=filling.fill(guide.top.heading),
        lead=filling.fill(guide.top.body),
        steps=[_step(section, filling) for section in guide.sections],
        problems_title=filling.fill(problems.top.heading),
        problems_lead=filling.fill(problems.top.body),
        problems=[_problem(section, filling) for section in problems.sections if system in section.systems],
    )


def _step(section: GuideSection, filling: Filling) -> GuideStep:
    blocks = [
        _block(section, filling, anchor="", heading=SafeString()),
        *(
            _block(child, filling, anchor=child.anchor, heading=filling.fill(child.heading))
            for child in section.children
        ),
    ]
    return GuideStep(section.anchor, filling.fill(section.heading), blocks)


def _block(section: GuideSection, filling: Filling, *, anchor: str, heading: SafeString) -> GuideBlock:
    drawings = [name for name in PLACEHOLDER.findall(section.body) if name.startswith(DRAWING)]
    text = section.body
    for name in drawings:
        text = text.replace(f"{{{name}}}", "")
    return GuideBlock(anchor, heading, filling.fill(text), [filling.fill(f"{{{name}}}") for name in drawings])


def _problem(section: GuideSection, filling: Filling) -> GuideProblem:
    # Several messages of one cause have a slash between them: each gets a line of its own.
    heading = section.heading.replace("</code> / <code", "</code><br />\n<code")
    meaning, cure = meaning_and_cure(section)
    return GuideProblem(section.anchor, filling.fill(heading), filling.fill(meaning), filling.fill(cure))


def meaning_and_cure(section: GuideSection) -> tuple[str, str]:
    """The first paragraph says what a problem means, the rest what to do."""
    meaning, end, cure = section.body.partition("</p>\n")
    return meaning + end, cure


def _filling(system: System, reader: GuideReader, return_path: str) -> Filling:
    ready = [profile for profile in reader.profiles if profile.ready]
    first = ready[0] if ready else None
    words = {
        "endpoint": first.endpoint.label if first else _("your endpoint's name"),
        "file": first.filename if first else _("your profile's file"),
        "helpdesk": settings.HELPDESK_CONTACT or _("your helpdesk"),
    }
    context = {
        "client_download_url": CLIENT_DOWNLOAD,
        "reader": reader,
        "return_path": return_path,
        "site_url": settings.SITE_URL,
        "system": system,
        "commands": [(profile, import_command(system, profile.filename)) for profile in ready],
        "example_command": import_command(system, "NAME.ovpn"),
        "endpoint": words["endpoint"],
        "file": first.filename if first else "….ovpn",
        "fixed_ip": next(iter(first.endpoint.egress_ips), "") if first else "",
    }
    return Filling(words, context)
