"""Writing the audit record."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection
from django.utils import timezone

from portal.access.models import User
from portal.addresses import Address
from portal.audit import chain
from portal.audit.models import AuditEvent
from portal.audit.serialize import as_mapping
from portal.audit.tags import Tag
from portal.locks import AdvisoryLock

# One round trip, and one transaction if none has begun: while others queue up for the lock, nobody waits for Python.
# Each statement sees what was committed before it began, so the INSERT sees what was appended before it had the lock.
APPEND: Final = """
SELECT pg_advisory_xact_lock(%(lock)s);
WITH newest AS (
    SELECT sequence, hash FROM audit_auditevent ORDER BY sequence DESC LIMIT 1
), next AS (
    SELECT coalesce((SELECT sequence FROM newest), 0) + 1 AS sequence,
        coalesce((SELECT hash FROM newest), %(first)s) AS previous_hash
)
INSERT INTO audit_auditevent (
    sequence, at, tag, actor, actor_name, target, address, reference, details, previous_hash, hash
)
SELECT sequence, %(at)s, %(tag)s, %(actor)s, %(actor_name)s, %(target)s, %(address)s::inet, %(reference)s,
    %(details)s::jsonb, previous_hash, encode(sha256(convert_to(
        %(begin)s || previous_hash || %(middle)s || sequence || %(end)s, 'UTF8')), 'hex')
FROM next RETURNING sequence, previous_hash, hash
"""


@dataclass(frozen=True)
class AuditChange:
    """The one statement that an event tells of. It may use the event's own values (``%(at)s``, ``%(address)s``)."""

    sql: str
    values: Mapping[str, Any]


def record(
    tag: Tag,
    *,
    actor: User | None = None,
    actor_username: str = "",
    target: str = "",
    address: Address | None = None,
    reference: str = "",
    details: dict[str, Any] | None = None,
    change: AuditChange | None = None,
) -> AuditEvent:
    """Append one event, in the same transaction as the change that it tells of.

    ``actor_username`` names somebody who is (or was) no user, such as a person who was turned away. Writers queue up
    on a lock until their transactions end, so that the chain has no forks and no gaps: make this a transaction's last
    statement where many may be at it. ``change`` is carried out before, in the same round trip:
    both are done, or neither.
    """
    event = AuditEvent(
        sequence=0,
        at=timezone.now(),
        tag=tag.value,
        actor=actor.username if actor else actor_username[:255],
        actor_name=actor.name if actor else "",
        target=target[:255],
        address=str(address) if address else None,
        reference=reference,
        details=details or {},
    )
    with connection.cursor() as cursor:
        if change:
            cursor.execute(f"{change.sql};{APPEND}", {**_values(event), **change.values})
            cursor.nextset()
        else:
            cursor.execute(APPEND, _values(event))
        cursor.nextset()
        event.sequence, event.previous_hash, event.hash = cursor.fetchone()
    event._state.adding = False
    return event


def _values(event: AuditEvent) -> dict[str, Any]:
    mapping = as_mapping(event)
    begin, middle, end = chain.around_link(mapping)
    return mapping | {
        "details": json.dumps(event.details),
        "lock": AdvisoryLock.AUDIT_CHAIN,
        "first": chain.FIRST_PREVIOUS_HASH,
        "begin": begin,
        "middle": middle,
        "end": end,
    }
