"""Keeping the newest result of each person's connection check."""

from datetime import timedelta
from typing import Final

from django.utils import timezone

from portal.access.models import User
from portal.addresses import Address
from vpn.egress.models import EgressCheck
from vpn.egress.user_agent import operating_system
from vpn.egress.verdict import EgressResult

# The page asks again every few seconds: as long as nothing changes, one write a minute is enough.
RECORD_SECONDS: Final = 60


def record_result(result: EgressResult, *, user: User, address: Address | None, user_agent: str = "") -> None:
    """Keep the newest result of this person's check; ``address`` is where the request came from."""
    system = operating_system(user_agent)
    now, address_text = timezone.now(), str(address) if address else None
    newest = EgressCheck.objects.filter(user=user).first()
    recent = newest is not None and newest.checked_at > now - timedelta(seconds=RECORD_SECONDS)
    same = (result.value, address_text, system)
    if newest and recent and (newest.result, newest.address, newest.system) == same:
        return
    EgressCheck.objects.update_or_create(
        user=user,
        defaults={"result": result.value, "address": address_text, "system": system, "checked_at": now},
    )
