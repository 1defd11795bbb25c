"""Keeping what the check found last."""

from datetime import timedelta
from typing import Final

from django.utils import timezone

from portal.addresses import Address
from vpn.egress.models import EgressCheck
from vpn.egress.person import PersonContext
from vpn.egress.verdict import EgressResult

# The page asks again every few seconds: as long as nothing changes, a note a minute is enough.
NOTE_SECONDS: Final = 60


def note_finding(finding: EgressResult, *, person: PersonContext, address: Address | None) -> None:
    """``address`` is where the request came from."""
    now, came_from = timezone.now(), str(address) if address else None
    noted = person.check
    recent = noted is not None and noted.checked_at > now - timedelta(seconds=NOTE_SECONDS)
    if noted and recent and (noted.finding, noted.address) == (finding.value, came_from):
        return
    EgressCheck.objects.update_or_create(
        user=person.user, defaults={"finding": finding.value, "address": came_from, "checked_at": now}
    )
