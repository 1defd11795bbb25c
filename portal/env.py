"""Strict readers of environment variables.

Each variable ``NAME`` may instead be given as ``NAME_FILE``, the path of a file that holds the value (how Docker
and Kubernetes mount secrets). A wrong value stops the start with a sentence that says what to write.
"""

import csv
import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

Network = IPv4Network | IPv6Network

# One group id up to the next comma that is neither quoted nor escaped; a quote is one only at the beginning.
_GROUP = re.compile(r'(?:\s*"(?:[^"]|"")*"[^,]*|(?:[^,\\]|\\.)+|\\$)')
_QUOTED = re.compile(r'"(?:[^"]|"")*"')
_ESCAPED = re.compile(r"\\,")
# Not every bracket: "[VPN] users" may be a group's name.
_JSON_LIST = re.compile(r"\[\s*[\"\]]")
_PART_OF_A_NAME = re.compile(r"(?:OU|DC|O)=", re.IGNORECASE)

# IPv4-mapped addresses, and NAT64 (RFC 6052)
IPV4_IN_IPV6 = (IPv6Network("::ffff:0:0/96"), IPv6Network("64:ff9b::/96"))

TRUE = frozenset({"1", "true", "yes", "on"})
FALSE = frozenset({"0", "false", "no", "off"})
MAIL_PORTS = {"smtps": 465, "smtp+starttls": 587, "smtp": 25}


def text(name: str, default: str | None = None) -> str:
    """The value of NAME, or the stripped content of the file that NAME_FILE names."""
    path = os.environ.get(f"{name}_FILE")
    if path:
        try:
            # Editors and `echo` end a file with a line break, which is no part of a secret.
            return Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ImproperlyConfigured(f"{name}_FILE: cannot read {path}: {error}.") from error
    value = os.environ.get(name, "").strip()
    if value:
        return value
    if default is None:
        raise ImproperlyConfigured(f"{name} is not set. Set {name}, or {name}_FILE to a file that holds it.")
    return default


def boolean(name: str, *, default: bool) -> bool:
    value = text(name, str(default)).lower()
    if value in TRUE:
        return True
    if value in FALSE:
        return False
    raise ImproperlyConfigured(f'{name} is "{value}". Write true or false.')


def integer(name: str, default: int, *, low: int, high: int) -> int:
    value = text(name, str(default))
    # isdigit() alone accepts characters such as ², which int() refuses.
    if not value.isascii() or not value.isdigit() or not low <= int(value) <= high:
        raise ImproperlyConfigured(f'{name} is "{value}". Write a whole number from {low} to {high}.')
    return int(value)


def strings(name: str, default: str = "") -> list[str]:
    """Comma-separated values, stripped; empty ones are left out."""
    return [part.strip() for part in text(name, default).split(",") if part.strip()]


def group_ids(name: str) -> list[str]:
    """Group ids, comma-separated. An id with a comma stands between double quotes, or has ``\\,`` for it.

    A JSON list of texts is read, too. Raises ImproperlyConfigured, also for a distinguished name without quotes: it
    would become several groups, and whoever is in one of a name such as ``OU=Groups`` would have the role.
    """
    value = text(name, "")
    if _JSON_LIST.match(value):
        ids = parsed_json(name, "[]", list)
        if not all(isinstance(group, str) and group.strip() for group in ids):
            raise ImproperlyConfigured(f"{name}: each group must be a text.")
        return [group.strip() for group in ids]
    parts = [match[0].strip() for match in _GROUP.finditer(value)]
    for part in parts:
        if part.startswith('"') and not _QUOTED.fullmatch(part):
            raise ImproperlyConfigured(f"{name}: {part} has no second double quote, or text behind it.")
        if _PART_OF_A_NAME.match(part) and not _ESCAPED.search(part):
            raise ImproperlyConfigured(
                f'{name}: "{part}" looks like a part of a distinguished name. Write an id that has commas between '
                'double quotes: "CN=VPN Users,OU=Groups,DC=corp,DC=example".'
            )
    return [group for part in parts if (group := _unquoted(part))]


def _unquoted(part: str) -> str:
    if part.startswith('"'):
        return part[1:-1].replace('""', '"').strip()
    # Any other backslash belongs to the id: CORP\\vpn.
    return _ESCAPED.sub(",", part)


def choices(name: str, known: Sequence[str]) -> list[str]:
    """Comma-separated names, each one of ``known``; by default all of them, and none for ``none``."""
    chosen = strings(name, ",".join(known))
    if chosen == ["none"]:
        return []
    if unknown := set(chosen) - set(known):
        raise ImproperlyConfigured(
            f"{name} has {', '.join(sorted(unknown))}. Write some of {', '.join(known)}, or none."
        )
    return chosen


def csv_names(name: str) -> dict[str, str]:
    """Names by ids, from CSV with an id and a name on each line; ``#`` begins a comment.

    Raises ImproperlyConfigured.
    """
    names: dict[str, str] = {}
    for line in csv.reader(text(name, "").splitlines()):
        cells = [cell.strip() for cell in line]
        if not any(cells) or cells[0].startswith("#"):
            continue
        if len(cells) != 2 or not all(cells):
            raise ImproperlyConfigured(f'{name}: "{",".join(line)}" must be an id, a comma and a name.')
        names[cells[0]] = cells[1]
    return names


def network(name: str, value: str) -> Network:
    try:
        block = ip_network(value)
    except ValueError as error:
        raise ImproperlyConfigured(
            f'{name}: "{value}" is not a CIDR block such as 203.0.113.0/24: {error}.'
        ) from error
    # Addresses are compared after IPv4 was taken out of IPv6, so nothing would ever be in it.
    if isinstance(block, IPv6Network) and any(block.subnet_of(wrapping) for wrapping in IPV4_IN_IPV6):
        raise ImproperlyConfigured(f'{name}: write the IPv4 addresses in "{value}" as IPv4.')
    return block


def networks(name: str) -> list[Network]:
    """Comma-separated CIDR blocks. Raises ImproperlyConfigured if one has bits set beyond its prefix."""
    return [network(name, value) for value in strings(name)]


def parsed_json(name: str, default: str, kind: type) -> Any:
    """The value as JSON, which must be of ``kind``: dict or list. Raises ImproperlyConfigured."""
    try:
        value = json.loads(text(name, default))
    except json.JSONDecodeError as error:
        raise ImproperlyConfigured(f"{name} is not JSON: {error}.") from error
    if not isinstance(value, kind):
        raise ImproperlyConfigured(f"{name} must be a JSON {'object' if kind is dict else 'list'}.")
    return value


def named_networks(name: str) -> dict[str, list[Network]]:
    """CIDR blocks by site, from JSON such as ``{"Tokyo": ["192.0.2.0/24"]}``. Raises ImproperlyConfigured."""
    value: Mapping[str, object] = parsed_json(name, "{}", dict)
    networks_by_site: dict[str, list[Network]] = {}
    for site, blocks in value.items():
        if not isinstance(blocks, list):
            raise ImproperlyConfigured(f'{name}: "{site}" must have a list of CIDR blocks.')
        networks_by_site[site] = [network(name, str(block)) for block in blocks]
    return networks_by_site


def addresses_by_name(name: str) -> dict[str, list[str]]:
    """IP addresses by name, from JSON such as ``{"tokyo": ["203.0.113.10"]}``. Raises ImproperlyConfigured."""
    value: Mapping[str, object] = parsed_json(name, "{}", dict)
    by_name: dict[str, list[str]] = {}
    for key, addresses in value.items():
        try:
            by_name[key] = [str(ip_address(address)) for address in addresses]  # type: ignore[attr-defined]
        except (TypeError, ValueError) as error:
            raise ImproperlyConfigured(f'{name}: "{key}" must have a list of IP addresses.') from error
    return by_name


def text_by_name(name: str) -> dict[str, str]:
    """One text for all, as ``{"*": text}``, or a JSON object of texts by name."""
    value = text(name, "")
    if not value.startswith("{"):
        return {"*": value} if value else {}
    texts: Mapping[object, object] = parsed_json(name, "{}", dict)
    if not all(isinstance(value, str) and value for value in texts.values()):
        raise ImproperlyConfigured(f'{name}: each name must have a text, such as {{"tokyo": "…"}}.')
    return {str(key): str(value) for key, value in texts.items()}


def url_or_path(name: str, default: str | None = None) -> str:
    """A URL, or the path of a file. Raises ImproperlyConfigured for a URL that can't be taken apart."""
    value = text(name, default)
    try:
        urlsplit(value).port  # noqa: B018 - reading it is what checks it
    except ValueError as error:
        # Not the value: the URL of a webhook is a secret.
        raise ImproperlyConfigured(f"{name} is no URL. Check its brackets and its port.") from error
    return value


def origin(name: str, default: str | None = None) -> str:
    """An http(s) origin such as ``https://vpn.example.com``, without a path and without a slash at the end."""
    value = url_or_path(name, default).rstrip("/")
    parts = urlsplit(value)
    if value and (parts.scheme not in {"http", "https"} or not parts.hostname or parts.path or parts.query):
        raise ImproperlyConfigured(f'{name} is "{value}". Write an origin such as https://vpn.example.com.')
    return value


def contact_url(name: str) -> str:
    """Where a click reaches somebody: ``tel:``, ``mailto:`` or ``https://``; empty if it isn't set."""
    value = text(name, "")
    parts = urlsplit(value)
    # Nothing else: the link stands on every page, and javascript: in it would run there.
    leads_somewhere = (
        parts.netloc if parts.scheme == "https" else parts.scheme in {"tel", "mailto"} and parts.path
    )
    if value and not leads_somewhere:
        raise ImproperlyConfigured(
            f'{name} is "{value}". Write tel:+81-3-1234-5678, mailto:helpdesk@example.com or an https:// address.'
        )
    return value


def database(name: str) -> dict[str, Any]:
    """Django's settings for a ``postgresql://user:password@host:port/name?option=value`` URL."""
    parts = urlsplit(url_or_path(name))
    if parts.scheme not in {"postgres", "postgresql"} or len(parts.path) < 2:
        raise ImproperlyConfigured(f"{name} must look like postgresql://user:password@host:5432/genkan.")
    options = dict(pair.split("=", 1) for pair in parts.query.split("&") if "=" in pair)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path[1:]),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        # ?host= as in libpq: the directory of a Unix socket can't be the host of a URL.
        "HOST": unquote(options.pop("host", parts.hostname or "")),
        "PORT": str(parts.port or ""),
        "OPTIONS": {key: unquote(value) for key, value in options.items()},
    }


@dataclass(frozen=True)
class MailServer:
    """``host`` empty: none. ``tls``: from the first byte; ``starttls``: after a greeting."""

    host: str = ""
    port: int = 25
    user: str = ""
    password: str = ""
    tls: bool = False
    starttls: bool = False


def mail_server(name: str) -> MailServer:
    """``smtps://user:password@host``, ``smtp+starttls://host:587``, or ``smtp://host`` in a trusted network."""
    value = text(name, "")
    if not value:
        return MailServer()
    try:
        parts = urlsplit(value)
        port = parts.port or MAIL_PORTS.get(parts.scheme, 0)
    except ValueError:
        port = 0
    if not port or not parts.hostname:
        # Not the value: it holds a password.
        raise ImproperlyConfigured(
            f"{name} must look like smtps://user:password@mail.example.com, with smtps, smtp+starttls or smtp."
        )
    return MailServer(
        host=parts.hostname,
        port=port,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        tls=parts.scheme == "smtps",
        starttls=parts.scheme == "smtp+starttls",
    )
