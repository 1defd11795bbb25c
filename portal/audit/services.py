"""Writing the audit record."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils import timezone

from portal.access.models import User
from portal.addresses import Address
from portal.audit import chain
from portal.audit.models import AuditEvent
from portal.audit.serialize import as_mapping
from portal.audit.tags import Tag
from portal.audit.targets import AuditTarget
from portal.locks import AdvisoryLock, lock_for_transaction


# A failure here must undo the change as well, so there is no savepoint to go back to.
@transaction.atomic(savepoint=False)
def record(
    tag: Tag,
    *,
    actor: User | None = None,
    actor_username: str = "",
    target: AuditTarget | None = None,
    people: Iterable[str] = (),
    address: Address | None = None,
    reference: str = "",
    details: dict[str, Any] | None = None,
) -> AuditEvent:
    """Append one event, in the same transaction as the change that it tells of.

    ``actor_username`` names somebody who is (or was) no user, such as a person who was turned away. ``people``:
    usernames of those whose data was shown, so that it is found under each of them; a target that is a person is one.
    Writers queue up on a lock until their transactions end, so that the chain has no forks and no gaps: make this a
    transaction's last statement where many may be at it.
    """
    lock_for_transaction(AdvisoryLock.AUDIT_CHAIN)
    # Read after the lock was granted: what was appended meanwhile is committed by then.
    newest = AuditEvent.objects.order_by("-sequence").first()
    event = AuditEvent(
        sequence=newest.sequence + 1 if newest else 1,
        at=timezone.now(),
        tag=tag.value,
        actor=actor.username if actor else actor_username[:255],
        actor_name=actor.name if actor else "",
        target=(target.name or target.id)[:255] if target else "",
        target_kind=target.kind.value if target else "",
        target_id=target.id[:255] if target else "",
        people=sorted({name[:255] for name in (*people, *(target.people if target else ())) if name}),
        address=str(address) if address else None,
        reference=reference,
        details=details or {},
        previous_hash=newest.hash if newest else chain.FIRST_PREVIOUS_HASH,
    )
    event.hash = chain.digest(as_mapping(event))
    event.save(force_insert=True)
    return event
