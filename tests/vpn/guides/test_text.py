"""The texts as they are written, and what happens when somebody writes them wrongly."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import get_template
from django.urls import resolve

from vpn.guides.checks import check_guides, dead_links, differences, incomplete_problems
from vpn.guides.pages import meaning_and_cure
from vpn.guides.placeholders import DRAWINGS, PARTS
from vpn.guides.systems import System
from vpn.guides.text import FOLDER, GuideDocument, GuideTextError, document, parse

TEXTS = sorted(FOLDER.glob("*/*.md"))
TEMPLATES = settings.BASE_DIR / "templates" / "vpn" / "guides"
NAMES = (*System, "problems")


def read(source: str, name: str = "en/windows.md") -> GuideDocument:
    return parse(source, Path(name))


def test_each_language_has_each_text_and_no_other() -> None:
    expected = {f"{language}/{name}.md" for language, _label in settings.LANGUAGES for name in NAMES}
    assert {path.relative_to(FOLDER).as_posix() for path in TEXTS} == expected


def test_the_check_finds_nothing_wrong() -> None:
    assert check_guides(None) == []


@pytest.mark.parametrize("name", NAMES)
def test_both_languages_have_the_same_steps(name: str) -> None:
    assert differences(document("ja", name), document("en", name)) == []


def test_every_system_has_the_same_steps() -> None:
    """So a link to a step fits whichever system its receiver has."""
    outlines = {
        tuple((part.anchor, tuple(child.anchor for child in part.children)) for part in text.sections)
        for text in (document("en", system) for system in System)
    }
    assert len(outlines) == 1
    assert [anchor for anchor, _children in outlines.pop()] == ["install", "profile", "connect", "check"]


def test_the_check_of_the_connection_comes_last() -> None:
    for system in System:
        assert "{egress_check}" in document("en", system).sections[-1].body


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_no_text_names_a_version_that_will_be_old_soon(path: Path) -> None:
    """Major versions that differ in what one does are all right; `6.0.2` and AWS's file addresses are not."""
    text = path.read_text(encoding="utf-8")
    assert re.findall(r"\b\d+\.\d+\.\d+\b|cloudfront", text) == []


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_links_within_the_portal_lead_somewhere(path: Path) -> None:
    for link in re.findall(r"\]\((/[^)#]*)", path.read_text(encoding="utf-8")):
        resolve(link)


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_messages_stand_in_the_words_of_aws_in_both_languages(path: Path) -> None:
    other = FOLDER / ("ja" if path.parent.name == "en" else "en") / path.name
    codes = [re.findall(r"`+([^`]+)`+", text.read_text(encoding="utf-8")) for text in (path, other)]
    assert sorted(codes[0]) == sorted(codes[1])


@pytest.mark.parametrize("path", sorted((FOLDER / "ja").glob("*.md")), ids=lambda path: path.stem)
def test_the_japanese_is_written_as_japanese(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"[０-９Ａ-Ｚａ-ｚ]", text)
    assert not re.search(r"(?m)^[^`\n]*[\u3040-\u9fff][,.!?]", text)
    for paragraph in re.findall(r"(?m)^[^#`{>\n\d-].*$", re.sub(r"(?s)```.*?```", "", text)):
        assert paragraph.endswith("。"), paragraph


def test_every_problem_says_what_it_means_and_what_to_do() -> None:
    for section in document("en", "problems").sections:
        assert all(meaning_and_cure(section.body)), section.anchor


def test_every_drawing_and_part_has_its_template() -> None:
    drawn = {path.stem for path in (TEMPLATES / "drawings").glob("[!_]*.html")}
    assert drawn == DRAWINGS
    assert {path.stem for path in (TEMPLATES / "parts").glob("*.html")} == PARTS | {
        "success_mark",
        "copy_command",
    }


def test_every_drawing_is_used() -> None:
    for language, _label in settings.LANGUAGES:
        text = "".join(path.read_text(encoding="utf-8") for path in (FOLDER / language).glob("*.md"))
        assert set(re.findall(r"\{drawing:([\w-]+)\}", text)) == DRAWINGS


@pytest.mark.parametrize("name", sorted(DRAWINGS))
def test_every_drawing_says_what_it_shows(name: str) -> None:
    drawing = get_template(f"vpn/guides/drawings/{name}.html").render({"endpoint": "<b>", "file": "x.ovpn"})
    assert 'role="img"' in drawing
    assert re.search(rf'<title id="drawing-{name}-title">[^<]+</title>', drawing)
    assert re.search(rf'<desc id="drawing-{name}-desc">[^<]+</desc>', drawing)
    assert "<b>" not in drawing
    assert "<image" not in drawing


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("# T\n\n## A {#a}\n\n{endpiont}\n", "line 5: {endpiont} is not known; as a paragraph there are"),
        (
            "# T\n\n## A {#a}\n\nType {endpiont}.\n",
            "line 5: {endpiont} is not known; in a sentence there are",
        ),
        ("# T\n\n## A {#a}\n\nSee {drawing:connect}.\n", "{drawing:connect} must be a paragraph of its own"),
        ("# T\n\n## A {#a}\n\nPress {egress_check} now.\n", "{egress_check} must be a paragraph of its own"),
        ("# T\n\n## A {#a}\n\n{drawing:cat}\n", "there is no drawing cat; there are add-profile"),
        ("# T\n\n## A {#a}\n\nType {endpoint now.\n", "a curly bracket without its partner"),
        ("# T\n\n## A\n", "line 3: the heading needs an anchor at its end"),
        ("# T\n\n## A {#A b!}\n", "{#A b!} is not known"),
        ("# T\n\n## A {#a}\n\n## B {#a}\n", "line 5: the anchor a is there twice"),
        ("# T\n\n## A {#a beos}\n", "there is no guide for beos"),
        ('# T\n\n## A {#a}\n\n[x](#a "{cat}")\n', "{cat} is not known"),
        ("# T\n\n## 「A」 {#a}\n\n**「接続」**を押します。\n", "** makes nothing bold here"),
        ("## A {#a}\n", "it must be one # title first"),
        ("# T\n\n### A {#a}\n", "it must be one # title first"),
        ("# T\n\n## A {#a}\n\n# U\n", "it must be one # title first"),
        ("", "it must be one # title first"),
    ],
)
def test_a_wrong_text_is_refused_with_the_reason(source: str, why: str) -> None:
    with pytest.raises(GuideTextError) as refused:
        read(source)
    assert str(refused.value).startswith("en/windows.md")
    assert why in str(refused.value)


def test_code_may_have_curly_brackets() -> None:
    read('# T\n\n## A {#a}\n\nIt says `{"status": "Success"}`.\n\n```\n${HOME}\n```\n')


def test_a_word_may_be_a_paragraph() -> None:
    assert read("# T\n\n## A {#a}\n\n{endpoint}\n").sections[0].body == "<p>{endpoint}</p>\n"


@pytest.mark.parametrize(
    "other",
    [
        "# T\n\n{file}\n\n## B {#b}\n\n## A {#a}\n\n{endpoint}\n\n{egress_check}\n",
        "# T\n\n{file}\n\n## A {#a}\n\n{endpoint}\n\n{egress_check}\n",
        "# T\n\n{file}\n\n## A {#a}\n\n{endpoint}\n\n{egress_check}\n\n### B {#b}\n",
        "# T\n\n{file}\n\n## A {#a macos}\n\n{endpoint}\n\n{egress_check}\n\n## B {#b}\n",
    ],
)
def test_other_headings_in_the_other_language_are_a_difference(other: str) -> None:
    first = read("# T\n\n{file}\n\n## A {#a}\n\n{endpoint}\n\n{egress_check}\n\n## B {#b}\n")
    assert "differ in their headings" in differences(first, read(other, "ja/windows.md"))[0]


@pytest.mark.parametrize("body", ["{endpoint}", "{egress_check}", "{file}\n\n{egress_check}", ""])
def test_other_placeholders_in_the_other_language_are_a_difference(body: str) -> None:
    first = read("# T\n\n## A {#a}\n\nIt is {endpoint}.\n\n{egress_check}\n")
    second = read(f"# T\n\n## A {{#a}}\n\n{body}\n", "ja/windows.md")
    assert differences(first, second) == ["en/windows.md and ja/windows.md differ in the placeholders of a"]


def test_words_may_stand_in_another_order() -> None:
    first, second = (
        read(f"# T\n\n## A {{#a}}\n\n{body}\n") for body in ("{file} {endpoint}", "{endpoint} {file}")
    )
    assert differences(first, second) == []


def test_a_problem_without_a_cure_is_found() -> None:
    assert incomplete_problems(read("# T\n\n## A {#a}\n\nIt is so.\n", "en/problems.md")) == [
        "en/problems.md: a needs a paragraph that says what it means, and what to do below it"
    ]


def test_a_link_to_a_step_that_is_not_there_is_found() -> None:
    guide = read("# T\n\n## A {#a}\n\n[x](#a) [y](#problems) [z](#gone) [w](#mac-only)\n")
    problems = read("# T\n\n## B {#mac-only macos}\n\nx\n\n[a](#a)\n", "en/problems.md")
    assert dead_links({System.MACOS: guide, System.WINDOWS: guide}, problems) == [
        "The page for macOS in en/windows.md has no #gone",
        "The page for Windows in en/windows.md has no #gone",
        "The page for Windows in en/windows.md has no #mac-only",
    ]
