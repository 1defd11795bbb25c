"""How long a second administrator has for a decision."""

from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q

from vpn.operations.models import Operation
from vpn.operations.states import OperationStatus

# Long enough for a weekend and a holiday; a plan that is older says little about the endpoint as it is.
APPROVAL_PERIOD: Final = timedelta(days=7)


def approval_deadline(operation: Operation) -> datetime:
    """When an undecided request expires: after APPROVAL_PERIOD, and at the latest when it was to begin."""
    last = operation.created_at + APPROVAL_PERIOD
    return min(last, operation.not_before) if operation.not_before else last


def expired_requests(now: datetime) -> Q:
    """The condition for operations that still await approval after their approval_deadline()."""
    is_over = Q(created_at__lte=now - APPROVAL_PERIOD) | Q(not_before__lte=now)
    return is_over & Q(status=OperationStatus.AWAITING_APPROVAL)
