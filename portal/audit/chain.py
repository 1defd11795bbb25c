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
# Hashed where they say something, so that events of older versions and exports that lack them go on verifying
LATER_FIELDS = ("target_kind", "target_id", "people")


def canonical(event: Mapping[str, Any]) -> bytes:
    """The bytes that an event's hash is taken over; keys that are in neither list of fields don't count."""
    hashed = {field: event[field] for field in FIELDS}
    hashed |= {field: event[field] for field in LATER_FIELDS if event.get(field)}
    # PostgreSQL's jsonb keeps neither the order of keys nor blanks, so the hash needs a form of its own.
    return json.dumps(hashed, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def digest(event: Mapping[str, Any]) -> str:
    return hashlib.sha256(canonical(event)).hexdigest()


@dataclass(frozen=True)
class Verification:
    """``broken_at`` is the sequence number of the first event that is not as it was written."""

    events: int
    head: str
    broken_at: int | None = None
    problem: str = ""


def verify(
    events: Iterable[Mapping[str, Any]], *, after: int = 0, previous: str = FIRST_PREVIOUS_HASH
) -> Verification:
    """Walk a whole chain from its first event on, or go on behind event ``after`` with the hash ``previous``."""
    count = 0
    for event in events:
        sequence = after + count + 1
        problem = _problem(event, expected_sequence=sequence, previous=previous)
        if problem:
            return Verification(count, previous, broken_at=sequence, problem=problem)
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
