"""Verifying the audit chain in rounds: some thousand events an evaluation, and from the first one on again."""

from datetime import datetime
from typing import Final

from portal.audit import chain
from portal.audit.models import AuditEvent
from portal.audit.serialize import as_mapping
from vpn.assurance.models import AuditVerification

# A second of work; a record of a hundred thousand events is walked through in less than an hour.
EVENTS: Final = 3_000


def continue_verification(now: datetime) -> None:
    """Go on where the last evaluation stopped. What was found to be broken stays so until a whole round is in order."""
    row = AuditVerification.objects.first() or AuditVerification()
    events = list(AuditEvent.objects.filter(sequence__gt=row.sequence).order_by("sequence")[:EVENTS])
    previous = row.hash if row.sequence else chain.FIRST_PREVIOUS_HASH
    result = chain.verify(map(as_mapping, events), after=row.sequence, previous=previous)
    row.sequence, row.hash = row.sequence + result.events, result.head
    if result.problem:
        row.problem = result.problem
    elif len(events) < EVENTS:
        row.whole_at, row.problem = now, ""
    if result.problem or len(events) < EVENTS:
        # The next round begins at once: nobody shall change what was verified long ago.
        row.sequence, row.hash = 0, ""
    row.save()
