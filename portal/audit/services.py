"""Writing the audit record."""

from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from portal.access.addresses import Address
from portal.access.models import User
from portal.audit import chain
from portal.audit.models import AuditEvent
from portal.audit.serialize import as_mapping
from portal.audit.tags import Tag

# Any number will do as long as nobody else locks it in this database: "audit" as bytes.
LOCK = 0x6175646974


def record(
    tag: Tag,
    *,
    actor: User | None = None,
    actor_username: str = "",
    target: str = "",
    address: Address | None = None,
    reference: str = "",
    details: dict[str, Any] | None = None,
) -> AuditEvent:
    """Append one event, in the same transaction as the change that it tells of.

    ``actor_username`` names somebody who is (or was) no user, such as a person who was turned away. Writers queue up
    on a lock until their transactions end, so that the chain has no forks and no gaps.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        last = AuditEvent.objects.order_by("-sequence").values_list("sequence", "hash").first()
        sequence, previous_hash = last or (0, chain.FIRST_PREVIOUS_HASH)
        event = AuditEvent(
            sequence=sequence + 1,
            at=timezone.now(),
            tag=tag.value,
            actor=actor.username if actor else actor_username[:255],
            actor_name=actor.name if actor else "",
            target=target[:255],
            address=str(address) if address else None,
            reference=reference,
            details=details or {},
            previous_hash=previous_hash,
        )
        event.hash = chain.digest(as_mapping(event))
        event.save(force_insert=True)
    return event
