"""Keeping the newest result of each person's connection check."""

from datetime import timedelta
from typing import Final

from django.utils import timezone

from portal.access.models import User
from portal.addresses import Address
from vpn.egress.models import EgressCheck
from vpn.egress.verdict import EgressResult

# The page asks again every few seconds: as long as nothing changes, one write a minute is enough.
RECORD_SECONDS: Final = 60


def record_result(result: EgressResult, *, user: User, address: Address | None) -> None:
    """Keep the newest result of this person's check; ``address`` is where the request came from."""
    now, address_text = timezone.now(), str(address) if address else None
    newest = EgressCheck.objects.filter(user=user).first()
    recent = newest is not None and newest.checked_at > now - timedelta(seconds=RECORD_SECONDS)
    if newest and recent and (newest.result, newest.address) == (result.value, address_text):
        return
    EgressCheck.objects.update_or_create(
        user=user, defaults={"result": result.value, "address": address_text, "checked_at": now}
    )
