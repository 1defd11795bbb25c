"""From one value of a log event to what can be stored: pure.

Each raises TypeError or ValueError for what can't be read, and gives None for what AWS writes for nothing.
"""

import re
from datetime import date
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from typing import Final

# Client VPN was announced in December 2018.
EARLIEST: Final = "2018-01-01 00:00:00"
NOTHING: Final = frozenset({"NA", "-", ""})
MOMENT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} (?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]")
OCTET: Final = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
IPV4: Final = re.compile(rf"{OCTET}(?:\.{OCTET}){{3}}", re.ASCII)
# A petabyte in one connection is a broken number; sums of thousands of these still fit into PostgreSQL's bigint.
BIGGEST: Final = 10**15
# Bytes in UTF-8: PostgreSQL's indexes hold no more than 2,700, and lower() may lengthen a text by half.
LONGEST: Final = 1024


def storable(text: str) -> str:
    """Without what PostgreSQL can't hold: NUL, and halves of surrogate pairs."""
    if text.isascii() and "\0" not in text:
        return text
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


# Names and kinds of device come again and again. ``typed``, because True and 1.0 are equal to 1.
_cached: Final = lru_cache(maxsize=4096, typed=True)


@_cached
def text_value(value: object) -> str | None:
    """None for nothing. Raises TypeError for what is no text, ValueError for what is too long to be kept."""
    if value is None or value in NOTHING:
        return None
    if not isinstance(value, str):
        raise TypeError(value)
    text = storable(value)
    if len(text.encode()) > LONGEST:
        raise ValueError(value)
    return text


def moment_value(value: object) -> str | None:
    """As it is written, which is also how it compares. Raises TypeError or ValueError."""
    if value is None or value in NOTHING:
        return None
    if not isinstance(value, str) or not MOMENT.fullmatch(value) or value < EARLIEST:
        raise ValueError(value)
    date.fromisoformat(value[:10])
    return value


def address_value(value: object) -> str | None:
    """In its canonical form. Raises TypeError or ValueError.

    Without a zone, which PostgreSQL's inet has not; an IPv4 address written as IPv6 is an IPv4 address.
    """
    text = text_value(value)
    # Nearly all are; ip_address() takes ten times as long.
    if text is None or IPV4.fullmatch(text):
        return text
    address = ip_address(text.partition("%")[0])
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address)


def number_value(value: object) -> int | None:
    """Written as text, as AWS does, or as a number. Raises TypeError or ValueError."""
    if value is None or value in NOTHING:
        return None
    is_number = type(value) is int or (isinstance(value, str) and value.isascii() and value.isdigit())
    number = int(value) if is_number else -1  # type: ignore[call-overload]
    if not 0 <= number <= BIGGEST:
        raise ValueError(value)
    return int(number)
