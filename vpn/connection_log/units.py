"""Durations and sizes: as people write them, and as they read them. Sizes are in steps of 1,024."""

import re
from typing import Final

from django.utils.translation import gettext as _

from portal.text import normalize

UNITS: Final = {"B": 0, "K": 1, "M": 2, "G": 3, "T": 4, "P": 5}
SIZE: Final = re.compile(r"(\d{1,15})(\.\d{1,3})? ?(?:([KMGTP])I?B?|B)", re.ASCII | re.IGNORECASE)
SECONDS: Final = {
    "d": 86400,
    "日": 86400,
    "h": 3600,
    "時間": 3600,
    "m": 60,
    "min": 60,
    "分": 60,
    "s": 1,
    "秒": 1,
}
TIME_PART: Final = re.compile(r"(\d{1,9}) ?(日|時間|分|秒|min|[dhms])", re.ASCII | re.IGNORECASE)
LONGEST: Final = 10**12


def parse_duration(text: str) -> int:
    """``90m``, ``1h30m``, ``2時間``; a bare number is minutes. Raises ValueError."""
    text = normalize(text)
    if text.isascii() and text.isdigit() and len(text) <= 9:
        return int(text) * 60
    parts = TIME_PART.findall(text)
    if not parts or TIME_PART.sub("", text).strip():
        raise ValueError(text)
    return sum(int(number) * SECONDS[unit.lower()] for number, unit in parts)


def parse_size(text: str) -> int:
    """``200 GB``, ``1.5gb``, ``500M``; without a unit, megabytes. Raises ValueError."""
    text = normalize(text)
    if text.isascii() and text.isdigit():
        text += "M"
    match = SIZE.fullmatch(text)
    if not match:
        raise ValueError(text)
    number, fraction, unit = match.groups()
    format_size = round(float(number + (fraction or "")) * float(1024 ** UNITS[(unit or "B").upper()]))
    if format_size > LONGEST * 1024:
        raise ValueError(text)
    return format_size


def duration_parameter(seconds: int) -> str:
    """What seconds_from() takes."""
    for unit in ("h", "m"):
        if seconds and seconds % SECONDS[unit] == 0:
            return f"{seconds // SECONDS[unit]}{unit}"
    return f"{seconds}s"


def size_parameter(format_size: int) -> str:
    """What bytes_from() takes."""
    for unit in ("T", "G", "M", "K"):
        if format_size and format_size % 1024 ** UNITS[unit] == 0:
            return f"{format_size // 1024 ** UNITS[unit]} {unit}B"
    return f"{format_size} B"


def format_duration(seconds: int) -> str:
    """``38 min``, ``1 h 12 min``; below a minute in seconds."""
    if seconds < 60:
        return _("%(seconds)s s") % {"seconds": seconds}
    minutes = seconds // 60
    if minutes < 60:
        return _("%(minutes)s min") % {"minutes": minutes}
    if minutes % 60 == 0:
        return _("%(hours)s h") % {"hours": minutes // 60}
    return _("%(hours)s h %(minutes)s min") % {"hours": minutes // 60, "minutes": minutes % 60}


def format_size(amount: int) -> str:
    """``118 MB``, ``1.2 GB``."""
    if amount < 1024:
        return f"{amount} B"
    value, unit = float(amount), "B"
    for unit in ("KB", "MB", "GB", "TB", "PB"):  # noqa: B007
        value /= 1024
        if value < 1023.5:
            break
    return f"{value:.1f} {unit}" if value < 9.95 else f"{value:,.0f} {unit}"
