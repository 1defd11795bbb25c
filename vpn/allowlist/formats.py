"""The list as machines read it: pure. Each form is documented, with how to use it, in docs/allowlist.md."""

import csv
import io
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from portal.spreadsheets import safe_text
from vpn.allowlist.queries import AllowList, ListedAddress

CSV_COLUMNS: Final = (
    *("cidr", "version", "endpoint_id", "endpoint", "region"),
    *("state", "valid_from", "valid_until", "seen_at"),
)


def as_text(allow_list: AllowList) -> str:
    """What is to be permitted now: one address a line, nothing else."""
    return "".join(f"{address}\n" for address in allow_list.valid_addresses)


def as_json(allow_list: AllowList) -> str:
    content = {
        "sync_token": allow_list.sync_token,
        "changed_at": _moment(allow_list.changed_at),
        "complete": not allow_list.missing,
        "missing": [
            {"endpoint_id": missing.endpoint_id, "endpoint": missing.endpoint, "reason": missing.reason.value}
            for missing in allow_list.missing
        ],
        "addresses": [_fields(line, allow_list.now) for line in allow_list.lines],
    }
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def _fields(line: ListedAddress, now: datetime) -> dict[str, Any]:
    return {
        "address": str(line.address),
        "cidr": line.cidr,
        "version": line.address.version,
        "endpoint_id": line.endpoint_id,
        "endpoint": line.endpoint,
        "region": line.region,
        "state": line.state.value,
        "permit": line.is_valid(now),
        "valid_from": _moment(line.valid_from),
        "valid_until": _moment(line.valid_until),
        "seen_at": _moment(line.seen_at),
        "stale": line.is_stale,
    }


def as_csv(allow_list: AllowList) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(CSV_COLUMNS)
    for line in allow_list.lines:
        fields = _fields(line, allow_list.now)
        # Addresses and times are ours; what an endpoint is called was typed by somebody.
        fields["endpoint"] = safe_text(line.endpoint)
        writer.writerow(fields[name] if fields[name] is not None else "" for name in CSV_COLUMNS)
    return text.getvalue()


def as_terraform(allow_list: AllowList) -> str:
    """What is to be permitted now, as ``locals``: all, and by endpoint. Names are only in comments."""
    valid = allow_list.valid
    by_endpoint: dict[str, list[ListedAddress]] = {}
    for line in valid:
        by_endpoint.setdefault(line.endpoint_id, []).append(line)
    return "\n".join(
        [
            f"# Fixed addresses of Client VPN. Sync token: {allow_list.sync_token}",
            "locals {",
            *_terraform_list("genkan_ipv4_cidrs", (line for line in valid if line.address.version == 4)),
            *_terraform_list("genkan_ipv6_cidrs", (line for line in valid if line.address.version == 6)),
            "  genkan_cidrs_by_endpoint = {",
            *(
                f'    "{endpoint_id}" = [{", ".join(_quoted(lines))}] # {_comment(lines[0].endpoint)}'
                for endpoint_id, lines in sorted(by_endpoint.items())
            ),
            "  }",
            "}",
            "",
        ]
    )


def _terraform_list(name: str, lines: Iterable[ListedAddress]) -> list[str]:
    return [f"  {name} = [", *(f"    {cidr}," for cidr in _quoted(lines)), "  ]"]


def _quoted(lines: Iterable[ListedAddress]) -> list[str]:
    return [f'"{cidr}"' for cidr in dict.fromkeys(line.cidr for line in lines)]


def _comment(text: str) -> str:
    """A line break would end the comment, and what follows would be configuration."""
    return "".join(character if character.isprintable() else " " for character in text)


def _moment(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z") if moment else None


@dataclass(frozen=True)
class ListFormat:
    media_type: str
    write: Callable[[AllowList], str]


FORMATS: Final = {
    "txt": ListFormat("text/plain; charset=utf-8", as_text),
    "json": ListFormat("application/json", as_json),
    "csv": ListFormat("text/csv; charset=utf-8", as_csv),
    # No registered type: browsers show it, and curl saves it
    "tf": ListFormat("text/plain; charset=utf-8", as_terraform),
}
