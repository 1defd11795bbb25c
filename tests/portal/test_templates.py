"""Templates and stylesheets: nothing inline, every colour a variable, every icon drawn."""

import gzip
import re
from pathlib import Path

import django_htmx
import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.template.loader import get_template, render_to_string
from django.test import RequestFactory

TEMPLATES = settings.BASE_DIR / "templates"
STATIC = settings.BASE_DIR / "portal" / "static" / "portal"
HTMX = Path(django_htmx.__file__).parent / "static" / "django_htmx" / "htmx-2.min.js"
EVERY_TEMPLATE = sorted(str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.html"))
COMPONENTS = sorted((TEMPLATES / "portal" / "components").glob("*.html"))
STYLESHEETS = sorted(STATIC.glob("*.css"))
TONES = ("ok", "warn", "out", "info", "unknown")
INLINE = {
    "style attribute": re.compile(r"<[^>]*\sstyle\s*=", re.IGNORECASE),
    "style element": re.compile(r"<style\b", re.IGNORECASE),
    "script without src": re.compile(r"<script\b(?![^>]*\bsrc=)", re.IGNORECASE),
    "event handler": re.compile(r"<[^>]*\son[a-z]+\s*=", re.IGNORECASE),
    "htmx script": re.compile(r"\shx-on\b|hx-vals=[\"']js:|hx-trigger=[\"'][^\"']*\[", re.IGNORECASE),
    "javascript URL": re.compile(r"javascript:", re.IGNORECASE),
    "another host": re.compile(r"(?:src|href|action)=[\"'](?:https?:)?//", re.IGNORECASE),
}
COLOUR_ATTRIBUTE = re.compile(
    r"\b(?:fill|stroke|stop-color|color|bgcolor)=[\"'](?!none|currentcolor)", re.IGNORECASE
)
COLOUR = re.compile(r"#[0-9a-f]{3,8}\b|\b(?:rgb|hsl|oklch|lab)a?\(", re.IGNORECASE)
NAMED_ICON = re.compile(r'(?:{% icon |\bicon=)"([\w-]+)"')
DEFINITION = re.compile(r"--[\w-]+\s*:[^;]*;")
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
TEMPLATE_COMMENT = re.compile(r"\{% comment %\}.*?\{% endcomment %\}", re.DOTALL)


def source(name: str) -> str:
    return TEMPLATE_COMMENT.sub("", (TEMPLATES / name).read_text(encoding="utf-8"))


def test_nothing_is_inline() -> None:
    wrong = [
        (name, what)
        for name in EVERY_TEMPLATE
        for what, pattern in INLINE.items()
        if pattern.search(source(name))
    ]
    assert wrong == []


def test_sizes_are_written_in_one_way() -> None:
    """As vpn.connection_log.units.format_size() does it: Django's own filter has other units, and translates them."""
    assert [name for name in EVERY_TEMPLATE if "filesizeformat" in source(name)] == []


def test_no_attribute_has_a_colour() -> None:
    assert [name for name in EVERY_TEMPLATE if COLOUR_ATTRIBUTE.search(source(name))] == []


def test_every_template_can_be_read() -> None:
    assert EVERY_TEMPLATE
    for name in EVERY_TEMPLATE:
        # Django's error names the template and the line.
        get_template(name)


def test_every_component_says_what_it_takes() -> None:
    texts = {path.name: path.read_text(encoding="utf-8") for path in COMPONENTS}
    assert [name for name, text in texts.items() if "{% comment %}" not in text[:200]] == []


def test_colours_stand_only_in_variables() -> None:
    rules = {path.name: DEFINITION.sub("", COMMENT.sub("", path.read_text("utf-8"))) for path in STYLESHEETS}
    assert [(name, colour) for name, text in rules.items() for colour in COLOUR.findall(text)] == []


def test_every_variable_that_is_used_is_defined() -> None:
    texts = {path.name: path.read_text(encoding="utf-8") for path in STYLESHEETS}
    defined = set(re.findall(r"(--[\w-]+)\s*:", "".join(texts.values())))
    used = [
        (name, variable) for name, text in texts.items() for variable in re.findall(r"var\((--[\w-]+)", text)
    ]
    assert [(name, variable) for name, variable in used if variable not in defined] == []


def blocks() -> list[dict[str, str]]:
    """The variables of light, of dark by the system, of dark by choice."""
    tokens = COMMENT.sub("", (STATIC / "tokens.css").read_text(encoding="utf-8"))
    bodies = re.findall(r":root[^{]*\{([^}]*)\}", tokens)
    return [dict(re.findall(r"--([\w-]+):\s*([^;]+);", body)) for body in bodies]


def test_dark_is_the_same_by_system_and_by_choice() -> None:
    _light, by_system, by_choice = blocks()
    assert by_system == by_choice


def luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


TEXT_ON = [
    *((ink, ground) for ink in ("ink", "ink-2", "ai") for ground in ("paper", "surface", "inset")),
    *((tone, ground) for tone in TONES for ground in (f"{tone}-soft", "surface", "inset")),
    ("ink", "ai-soft"),
    ("ai", "ai-soft"),
    ("on-ai", "ai"),
    ("on-ai", "ai-strong"),
    ("on-out", "out"),
    ("on-out", "out-strong"),
    ("surface", "ok"),
    ("surface", "out"),
]


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_text_can_be_read(theme: int) -> None:
    colours = blocks()[theme]
    pale = [
        (ink, ground, ratio)
        for ink, ground in TEXT_ON
        if (ratio := contrast(colours[ink], colours[ground])) < 4.5
    ]
    assert pale == []


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_the_edge_of_a_control_can_be_seen(theme: int) -> None:
    colours = blocks()[theme]
    ratios = {ground: contrast(colours["edge"], colours[ground]) for ground in ("paper", "surface", "inset")}
    assert min(ratios.values()) >= 3, ratios


def drawn() -> set[str]:
    return set(re.findall(r'<symbol id="([\w-]+)"', (STATIC / "icons.svg").read_text(encoding="utf-8")))


def test_every_icon_is_drawn() -> None:
    named = [(name, icon) for name in EVERY_TEMPLATE for icon in NAMED_ICON.findall(source(name))]
    assert named
    assert [(name, icon) for name, icon in named if icon not in drawn()] == []


def test_the_gate_is_the_same_drawing_everywhere() -> None:
    gate = re.search(r'id="gate".*?d="([^"]+)"', (STATIC / "icons.svg").read_text(encoding="utf-8"))
    assert gate is not None
    assert f'd="{gate[1]}"' in (STATIC / "favicon.svg").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["400.html", "403_csrf.html", "500.html", "503.html"])
def test_an_error_page_needs_no_request(name: str) -> None:
    page = render_to_string(name)
    assert '<html lang="ja">' in page
    assert '<div class="card-body prose" lang="en">' in page
    assert "お問い合わせ番号 /" not in page


@pytest.mark.parametrize("name", ["400.html", "500.html", "503.html"])
def test_an_error_page_gives_the_reference_number(name: str) -> None:
    assert "<code>K7QW-2MRTA9</code>" in render_to_string(name, {"reference": "K7QW-2MRTA9"})


@pytest.mark.parametrize("name", ["403.html", "404.html", "429.html"])
def test_the_other_error_pages_stand_in_the_frame(name: str) -> None:
    request = RequestFactory().get("/somewhere/")
    request.user = AnonymousUser()
    page = render_to_string(name, request=request)
    assert '<main id="main"' in page
    assert 'href="/"' in page


@pytest.mark.parametrize(
    "name",
    ["account/account_inactive.html", "socialaccount/authentication_error.html", "account/logout.html"],
)
def test_allauths_own_pages_wear_our_clothes(name: str) -> None:
    request = RequestFactory().get("/accounts/")
    request.user = AnonymousUser()
    page = render_to_string(name, request=request)
    assert '<section class="card entrance">' in page
    assert "portal/tokens.css" in page


def test_a_first_visit_transfers_little() -> None:
    files = [*STYLESHEETS, *STATIC.glob("*.js"), *STATIC.glob("*.svg"), HTMX]
    assert sum(len(gzip.compress(path.read_bytes())) for path in files) < 60 * 1024
