"""The hash chain: pure functions over plain values, so that an export can be verified without a database.

``canonical()`` is UTF-8 JSON with sorted keys and no blanks; times are ISO 8601 in UTC with microseconds.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

FIRST_PREVIOUS_HASH = "0" * 64
FIELDS = (
    "sequence",
    "at",
    "tag",
    "actor",
    "actor_name",
    "target",
    "address",
    "reference",
    "details",
    "previous_hash",
)


def canonical(event: Mapping[str, Any]) -> bytes:
    """The bytes that an event's hash is taken over; keys that are not in FIELDS don't count."""
    return _json({field: event[field] for field in FIELDS}).encode()


def around_link(event: Mapping[str, Any]) -> tuple[str, str, str]:
    """The canonical text without ``previous_hash`` and ``sequence``, cut where each belongs.

    So that the text can be prepared before it is known what the event follows; whoever appends it puts them in.
    """
    fields = sorted(FIELDS)
    link, number = fields.index("previous_hash"), fields.index("sequence")
    begin = _members(event, fields[:link])
    middle = _members(event, fields[link + 1 : number])
    end = _members(event, fields[number + 1 :])
    return f'{{{begin},"previous_hash":"', f'",{middle},"sequence":', f",{end}}}"


def _members(event: Mapping[str, Any], fields: Iterable[str]) -> str:
    return _json({field: event[field] for field in fields})[1:-1]


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest(event: Mapping[str, Any]) -> str:
    return hashlib.sha256(canonical(event)).hexdigest()


@dataclass(frozen=True)
class Verification:
    """``broken_at`` is the sequence number of the first event that is not as it was written."""

    events: int
    head: str
    broken_at: int | None = None
    problem: str = ""


def verify(events: Iterable[Mapping[str, Any]]) -> Verification:
    """Walk a whole chain from its first event on."""
    previous, count = FIRST_PREVIOUS_HASH, 0
    for event in events:
        problem = _problem(event, expected_sequence=count + 1, previous=previous)
        if problem:
            return Verification(count, previous, broken_at=count + 1, problem=problem)
        previous, count = event["hash"], count + 1
    return Verification(count, previous)


def _problem(event: Mapping[str, Any], *, expected_sequence: int, previous: str) -> str:
    if event.get("sequence") != expected_sequence:
        return f"event {expected_sequence} is missing: the next one is {event.get('sequence')}"
    if event.get("previous_hash") != previous:
        return f"event {expected_sequence} does not follow the one before it"
    if any(field not in event for field in FIELDS) or digest(event) != event.get("hash"):
        return f"event {expected_sequence} was changed after it was written"
    return ""
