"""File names that every system takes, in any language, and the header that carries them."""

import re
from pathlib import Path
from urllib.parse import unquote

import pytest

from portal.downloads import attachment, safe_stem

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.mark.parametrize(
    ("text", "stem"),
    [
        ("tokyo-main", "tokyo-main"),
        ("Tokyo main (prod)", "Tokyo-main-prod"),
        ("../../etc/passwd", "etc-passwd"),
        ('a"b\r\nSet-Cookie: c=d', "a-b-Set-Cookie-c-d"),
        ("a'b$(c)`d`;e&f|g%h!i“j”", "a-b-c-d-e-f-g-h-i-j"),
        ("C:\\VPN*?<>|", "C-VPN"),
        ("Zürich", "Zürich"),
        ("Łódź-main", "Łódź-main"),
        ("東京 main", "東京-main"),
        ("本番VPN（東京）", "本番VPN-東京"),
        ("ＶＰＮ　１", "VPN-1"),
        ("मुख्य", "मुख्य"),
        ("file\u202egpj.exe", "file-gpj.exe"),
        ("-rf", "rf"),
        (".hidden", "hidden"),
        ("🏯", ""),
        ("...", ""),
        ("", ""),
        ("NUL", ""),
        ("com1.vpn", ""),
        ("ＣＯＭ１", ""),
        ("x" * 300, "x" * 64),
    ],
)
def test_a_text_becomes_a_part_of_a_file_name(text: str, stem: str) -> None:
    assert safe_stem(text) == stem


@pytest.mark.parametrize("letter", ["東", "𠮟", "e\u0301"])
def test_a_long_name_fits_ubuntu_and_ends_with_a_whole_letter(letter: str) -> None:
    stem = safe_stem(letter * 300)
    assert 0 < len(stem.encode()) <= 192
    assert "\ufffd" not in stem


def test_a_name_in_ascii_needs_no_encoding() -> None:
    assert attachment("tokyo-main.ovpn") == 'attachment; filename="tokyo-main.ovpn"'


def test_another_name_arrives_whole() -> None:
    encoded = re.fullmatch(r"attachment; filename\*=utf-8''(\S+)", attachment("東京-main.ovpn"))
    assert encoded is not None
    assert unquote(encoded[1]) == "東京-main.ovpn"


def test_a_name_cannot_end_the_header() -> None:
    header = attachment('a"\r\nSet-Cookie: b=c')
    assert "\r" not in header
    assert "\n" not in header


def test_every_download_gets_its_name_in_one_place() -> None:
    others = [
        path.relative_to(ROOT).as_posix()
        for folder in ("portal", "vpn")
        for path in (ROOT / folder).rglob("*.py")
        if re.search(r"attachment; ?filename|as_attachment", path.read_text(encoding="utf-8"))
    ]
    assert others == ["portal/downloads.py"]
