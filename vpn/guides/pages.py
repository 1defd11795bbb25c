"""A guide for one reader: the texts in the reader's language, with this person's endpoints and files in them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from markdown_it.token import Token

from vpn.guides.render import Filling, html, inline_html
from vpn.guides.systems import System, import_command
from vpn.guides.text import GuideSection, document
from vpn.profiles.queries import Profile

# AWS moves the files with every version; this page stays.
CLIENT_DOWNLOAD: Final = "https://aws.amazon.com/vpn/client-vpn-download/"
DRAWING: Final = "drawing:"


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


def guide_for(system: System, reader: GuideReader, *, here: str) -> Guide:
    """``here`` is the path to come back to after signing in."""
    language = get_language() or settings.LANGUAGE_CODE
    text, troubles = document(language, system), document(language, "problems")
    filling = _filling(system, reader, here)
    return Guide(
        title=inline_html(text.top.heading, filling),
        lead=html(text.top.body, filling),
        steps=[_step(section, filling) for section in text.sections],
        problems_title=inline_html(troubles.top.heading, filling),
        problems_lead=html(troubles.top.body, filling),
        problems=[_problem(section, filling) for section in troubles.sections if system in section.systems],
    )


def _step(section: GuideSection, filling: Filling) -> GuideStep:
    first = _block(section, filling, anchor="", heading=SafeString())
    more = [
        _block(child, filling, anchor=child.anchor, heading=inline_html(child.heading, filling))
        for child in section.children
    ]
    return GuideStep(section.anchor, inline_html(section.heading, filling), [first, *more])


def _block(section: GuideSection, filling: Filling, *, anchor: str, heading: SafeString) -> GuideBlock:
    drawings = [token for token in section.body if _is_drawing(token)]
    text = [token for token in section.body if not _is_drawing(token)]
    return GuideBlock(anchor, heading, html(text, filling), [html([token], filling) for token in drawings])


def _problem(section: GuideSection, filling: Filling) -> GuideProblem:
    """The first paragraph says what it means, the rest what to do."""
    meaning, cure = halves(section.body)
    return GuideProblem(
        section.anchor, _messages(section.heading, filling), html(meaning, filling), html(cure, filling)
    )


def _messages(heading: Token, filling: Filling) -> SafeString:
    """Several messages of one cause stand with a slash between them: each in a line of its own."""
    children = [_line_break() if child.content == " / " else child for child in heading.children or []]
    return inline_html(Token("inline", heading.tag, 0, children=children), filling)


def _line_break() -> Token:
    return Token("hardbreak", "br", 0)


def halves(body: Sequence[Token]) -> tuple[Sequence[Token], Sequence[Token]]:
    end = next((at for at, token in enumerate(body) if token.type == "paragraph_close"), -1) + 1
    return body[:end], body[end:]


def _is_drawing(token: Token) -> bool:
    return token.type == "part" and token.info.startswith(DRAWING)


def _filling(system: System, reader: GuideReader, here: str) -> Filling:
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
        "here": here,
        "site_url": settings.SITE_URL,
        "system": system,
        "commands": [(profile, import_command(system, profile.filename)) for profile in ready],
        "example_command": import_command(system, "NAME.ovpn"),
        "endpoint": words["endpoint"],
        "file": first.filename if first else "….ovpn",
        "fixed_ip": next(iter(first.endpoint.egress_ips), "") if first else "",
    }
    return Filling(words, lambda name: render_to_string(_template(name), context))


def _template(part: str) -> str:
    drawing = part.removeprefix(DRAWING)
    if drawing != part:
        return f"vpn/guides/drawings/{drawing}.html"
    return f"vpn/guides/parts/{part}.html"
