"""How long a second administrator may take to decide."""

from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q

from vpn.operations.models import Operation
from vpn.operations.states import OperationStatus

# A week has a weekend and a holiday in it; a plan that is older was made in another world.
WAITS: Final = timedelta(days=7)


def expires_at(operation: Operation) -> datetime:
    """When it is over without a decision: at the latest when it was to begin."""
    last = operation.created_at + WAITS
    return min(last, operation.not_before) if operation.not_before else last


def expired(now: datetime) -> Q:
    """Those that are over."""
    over = Q(created_at__lte=now - WAITS) | Q(not_before__lte=now)
    return over & Q(status=OperationStatus.AWAITING_APPROVAL)
