"""Everything that a person reads is there in Japanese, and says the same."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import polib
import pytest

ROOT = Path(__file__).resolve().parent.parent
CATALOGUE = ROOT / "locale" / "ja" / "LC_MESSAGES" / "django.po"
ENTRIES = list(polib.pofile(str(CATALOGUE)))
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|&\w+;|\{\w*\}")
# Names, and what is written the same in both languages
SAME_IN_BOTH = re.compile(r"\A[\W\d]*(?:AWS|VPN|SHA-256|IPv[46]|Genkan|SSO|OS|Active Directory)?[\W\d]*\Z")


def words(entry: polib.POEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


def test_nothing_is_missing_fuzzy_or_left_over() -> None:
    wrong = [entry.msgid for entry in ENTRIES if not entry.translated() or entry.fuzzy or entry.obsolete]
    assert wrong == []


def test_each_translation_has_the_placeholders_of_its_original() -> None:
    wrong = [
        entry.msgid
        for entry in ENTRIES
        for text in words(entry)
        if sorted(PLACEHOLDER.findall(text)) != sorted(PLACEHOLDER.findall(entry.msgid_plural or entry.msgid))
    ]
    assert wrong == []


def test_each_translation_is_japanese() -> None:
    japanese = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
    wrong = [
        entry.msgid
        for entry in ENTRIES
        for text in words(entry)
        if not japanese.search(text)
        and not SAME_IN_BOTH.match(PLACEHOLDER.sub("", text))
        and not (entry.msgctxt or "").startswith("date format")
    ]
    assert wrong == []


def test_no_translation_uses_full_width_digits_or_letters() -> None:
    wrong = [
        entry.msgid
        for entry in ENTRIES
        if any(re.search(r"[０-９Ａ-Ｚａ-ｚ]", text) for text in words(entry))
    ]
    assert wrong == []


# A thing has one name, in one spelling (CONTRIBUTING.md)
OTHER_WORDS = re.compile(
    r"ブラウザ(?!ー)|だれ|認可ルール|認証基盤|サインイン|わかり|(?<!（)スプリットトンネル|不正な"
)
LETTER = "[ぁ-んァ-ヶー一-龠]"
BESIDE_JAPANESE = re.compile(
    rf"{LETTER}[(:]|[):]{LETTER}|{LETTER} [A-Za-z]|[A-Za-z] {LETTER}|\)[sd] {LETTER}"
)


def test_a_thing_has_one_name() -> None:
    assert [text for entry in ENTRIES for text in words(entry) if OTHER_WORDS.search(text)] == []


def test_neither_half_width_punctuation_nor_a_blank_stands_beside_japanese() -> None:
    """But for the date formats, and what is typed in a shell or stands in an address."""
    wrong = [
        text
        for entry in ENTRIES
        if not entry.msgctxt
        for text in words(entry)
        if BESIDE_JAPANESE.search(re.sub(r"</?\w+>|&\w+;|manage\.py [\w -]+|/api/", "、", text))
    ]
    assert wrong == []


def test_the_catalogue_has_what_the_code_and_the_templates_say(tmp_path: Path) -> None:
    """Read again from the sources by GNU gettext, as `make messages` does."""
    if shutil.which("xgettext") is None:
        pytest.fail("GNU gettext is missing. Debian, Ubuntu: apt-get install gettext")
    for part in ("portal", "vpn", "templates", "locale"):
        shutil.copytree(ROOT / part, tmp_path / part, ignore=shutil.ignore_patterns("*.mo", "__pycache__"))
    subprocess.run(
        [
            sys.executable,
            ROOT / "manage.py",
            "makemessages",
            "-l",
            "ja",
            "--no-obsolete",
            "--add-location",
            "file",
        ],
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )
    fresh = polib.pofile(str(tmp_path / "locale" / "ja" / "LC_MESSAGES" / "django.po"))
    assert {entry.msgid for entry in fresh} == {entry.msgid for entry in ENTRIES}
