"""No two profiles of one person are the same file."""

import pytest

from vpn.endpoints.models import Endpoint
from vpn.profiles.filename import profile_filenames


def filenames(*labels: str) -> list[str]:
    """Of endpoints with these labels, whose ids end with 0, 1 and so on."""
    endpoints = [
        Endpoint(endpoint_id=f"cvpn-endpoint-0123456789abcde0{number}", label=label)
        for number, label in enumerate(labels)
    ]
    by_id = profile_filenames(endpoints)
    return [by_id[endpoint.endpoint_id] for endpoint in endpoints]


def test_a_name_keeps_its_language() -> None:
    assert filenames(
        "東京-main",
        "大阪-main",
        "東京 VPN",
        "大阪 VPN",
        "本番VPN（東京）",
        "検証VPN（東京）",
        "Łódź-main",
        "Ærø",
    ) == [
        "東京-main.ovpn",
        "大阪-main.ovpn",
        "東京-VPN.ovpn",
        "大阪-VPN.ovpn",
        "本番VPN-東京.ovpn",
        "検証VPN-東京.ovpn",
        "Łódź-main.ovpn",
        "Ærø.ovpn",
    ]


@pytest.mark.parametrize(
    "labels",
    [
        ("tokyo-main", "tokyo-main"),
        ("Tokyo", "tokyo"),
        ("東京 VPN", "東京-VPN", "東京（VPN）"),
        ("ｔｏｋｙｏ", "tokyo"),
        ("e\u0301", "é"),
        ("🏯", "⛩"),
        ("", "NUL"),
        ("x" * 70, "x" * 80),
        # What the first two would be called is the label of a third.
        ("tokyo", "tokyo", "tokyo-bcde00"),
    ],
)
def test_names_never_collide(labels: tuple[str, ...]) -> None:
    names = filenames(*labels)
    assert len({name.casefold() for name in names}) == len(labels)


def test_a_name_that_is_alone_has_no_id_in_it() -> None:
    assert filenames("tokyo-main", "tokyo-main", "osaka-dr") == [
        "tokyo-main-bcde00.ovpn",
        "tokyo-main-bcde01.ovpn",
        "osaka-dr.ovpn",
    ]


def test_what_has_no_letter_is_called_by_its_id() -> None:
    assert filenames("🏯") == ["cvpn-endpoint-0123456789abcde00.ovpn"]
