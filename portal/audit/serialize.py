"""An event as the plain mapping that is hashed, exported and verified."""

from datetime import UTC
from typing import Any

from portal.audit.models import AuditEvent


def as_mapping(event: AuditEvent) -> dict[str, Any]:
    """Every field of the event by name: chain.FIELDS, chain.LATER_FIELDS and ``hash``."""
    return {
        "sequence": event.sequence,
        "at": event.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "tag": event.tag,
        "actor": event.actor,
        "actor_name": event.actor_name,
        "target": event.target,
        "target_kind": event.target_kind,
        "target_id": event.target_id,
        "people": event.people,
        "address": event.address,
        "reference": event.reference,
        "details": event.details,
        "previous_hash": event.previous_hash,
        "hash": event.hash,
    }
