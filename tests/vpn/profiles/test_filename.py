"""File names that every system takes."""

import pytest

from vpn.profiles.filename import profile_filename

ID = "cvpn-endpoint-0123456789abcdef0"


@pytest.mark.parametrize(
    ("label", "filename"),
    [
        ("tokyo-main", "tokyo-main.ovpn"),
        ("Tokyo main (prod)", "Tokyo-main-prod.ovpn"),
        ("../../etc/passwd", "etc-passwd.ovpn"),
        ('a"b\r\nSet-Cookie: c=d', "a-b-Set-Cookie-c-d.ovpn"),
        ("Zürich", "Zurich.ovpn"),
        ("東京", f"{ID}.ovpn"),
        ("東京 main", "main.ovpn"),
        ("", f"{ID}.ovpn"),
        ("...", f"{ID}.ovpn"),
        ("NUL", f"{ID}.ovpn"),
        ("com1.vpn", f"{ID}.ovpn"),
        ("x" * 300, f"{'x' * 64}.ovpn"),
    ],
)
def test_a_label_becomes_a_file_name(label: str, filename: str) -> None:
    assert profile_filename(label, endpoint_id=ID) == filename
