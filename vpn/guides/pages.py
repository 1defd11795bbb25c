"""A guide for one reader: the texts in the reader's language, with this person's endpoints and files in them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from portal.contact import helpdesk_contact
from vpn.guides.placeholders import DRAWING, HELPDESK, PLACEHOLDER, SESSION
from vpn.guides.systems import System, import_command
from vpn.guides.text import GuideSection, document
from vpn.profiles.queries import Profile

# AWS moves the files with every version; this page stays.
CLIENT_DOWNLOAD: Final = "https://aws.amazon.com/vpn/client-vpn-download/"


CLIENT_NAME: Final = "AWS VPN Client"


@dataclass(frozen=True)
class GuideReader:
    signed_in: bool
    profiles: list[Profile]


@dataclass(frozen=True)
class FilledSection:
    """A section for one reader. ``drawings`` are what one sees meanwhile, and stand beside the text."""

    anchor: str
    heading: SafeString
    text: SafeString
    drawings: list[SafeString]
    children: list["FilledSection"]

    @property
    def blocks(self) -> list["FilledSection"]:
        """A step, and its variants or further parts below it."""
        return [self, *self.children]

    @property
    def meaning(self) -> SafeString:
        """Of a problem."""
        return mark_safe(meaning_and_cure(self.text)[0])  # noqa: S308 - a part of what is safe

    @property
    def cure(self) -> SafeString:
        return mark_safe(meaning_and_cure(self.text)[1])  # noqa: S308 - a part of what is safe


@dataclass(frozen=True)
class Guide:
    """``top`` and ``problems_top``: heading and introduction."""

    top: FilledSection
    steps: list[FilledSection]
    problems_top: FilledSection
    problems: list[FilledSection]


@dataclass(frozen=True)
class Filling:
    """``words`` take the place of placeholders in sentences; ``context`` is for the templates of parts and drawings."""

    words: Mapping[str, str]
    context: dict[str, Any]
    helpdesk_url: str = ""

    def fill(self, html: str) -> SafeString:
        """In one pass, so that curly brackets in an endpoint's name stay what they are."""
        return mark_safe(PLACEHOLDER.sub(lambda match: self._replacement(match[1]), html))  # noqa: S308 - escaped

    def _replacement(self, name: str) -> str:
        if name == HELPDESK and self.helpdesk_url:
            return format_html('<a href="{}">{}</a>', self.helpdesk_url, self.words[name])
        if name == SESSION:
            return escape(self.words[name])
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
        top=_fill(guide.top, filling),
        steps=[_fill(section, filling) for section in guide.sections],
        problems_top=_fill(problems.top, filling),
        problems=[_fill(section, filling) for section in problems.sections if system in section.systems],
    )


def _fill(section: GuideSection, filling: Filling) -> FilledSection:
    drawings = [f"{{{name}}}" for name in PLACEHOLDER.findall(section.body) if name.startswith(DRAWING)]
    text = section.body
    for drawing in drawings:
        text = text.replace(drawing, "")
    return FilledSection(
        anchor=section.anchor,
        heading=filling.fill(_heading(section.heading)),
        text=filling.fill(text),
        drawings=[filling.fill(drawing) for drawing in drawings],
        children=[_fill(child, filling) for child in section.children],
    )


def _heading(html: str) -> str:
    # Several messages of one cause have a slash between them: each gets a line of its own.
    html = html.replace("</code> / <code", "</code><br />\n<code")
    # In Japanese a line may break anywhere, but not within a name.
    return html.replace(CLIENT_NAME, CLIENT_NAME.replace(" ", "\N{NO-BREAK SPACE}"))


def meaning_and_cure(html: str) -> tuple[str, str]:
    """The first paragraph of a problem says what it means, the rest what to do."""
    meaning, end, cure = html.partition("</p>\n")
    return meaning + end, cure


def _filling(system: System, reader: GuideReader, return_path: str) -> Filling:
    ready = [profile for profile in reader.profiles if profile.ready]
    first = ready[0] if ready else None
    contact = helpdesk_contact()
    words = {
        "endpoint": first.endpoint.label if first else _("your endpoint's name"),
        "file": first.filename if first else _("your profile's file"),
        HELPDESK: contact.words or _("your helpdesk"),
        SESSION: _session_end(first),
    }
    context = {
        "client_download_url": CLIENT_DOWNLOAD,
        "reader": reader,
        "needs_device_posture": any(profile.needs_device_posture for profile in ready),
        "return_path": return_path,
        "site_url": settings.SITE_URL,
        "system": system,
        "commands": [(profile, import_command(system, profile.filename)) for profile in ready],
        "example_command": import_command(system, "NAME.ovpn"),
        "endpoint": words["endpoint"],
        "file": first.filename if first else "….ovpn",
        "fixed_ip": next(iter(first.endpoint.egress_ips), "") if first else "",
    }
    return Filling(words, context, contact.url)


def _session_end(profile: Profile | None) -> str:
    hours = profile.endpoint.session_timeout_hours if profile else None
    # Whoever hasn't signed in may have any endpoint: AWS's limits are 8 to 24 hours.
    return _("after %(hours)s hours") % {"hours": hours} if hours else _("after some hours")
