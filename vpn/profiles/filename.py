"""A file name that Windows, macOS, Ubuntu and the AWS VPN Client all accept."""

import re
import unicodedata
from typing import Final

LONGEST: Final = 64
# Windows keeps these for devices, with any ending.
RESERVED: Final = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)", re.IGNORECASE)


def profile_filename(label: str, *, endpoint_id: str) -> str:
    """``<label>.ovpn`` of ASCII letters, digits, dots, hyphens and underscores; the id if nothing is left of it."""
    # NFKD takes accents apart, so that "é" leaves an "e" behind; Japanese leaves nothing, and the id takes its place.
    ascii_label = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode()
    stem = re.sub(r"[^A-Za-z0-9._-]+", "-", ascii_label).strip("-._")[:LONGEST].rstrip("-._")
    if not stem or RESERVED.match(stem):
        stem = endpoint_id
    return f"{stem}.ovpn"
