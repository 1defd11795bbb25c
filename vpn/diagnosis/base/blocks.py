"""Whether an operation of the portal keeps a person out."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q

from portal.access.names import account_key
from vpn.operations.models import Operation
from vpn.operations.states import LIVE, OperationStatus

BLOCK: Final = "block-person"
UNBLOCK: Final = "unblock-person"


@dataclass(frozen=True)
class Block:
    """``until`` None: until somebody lets the person in again."""

    operation: Operation
    until: datetime | None


def names_person(username: str) -> Q:
    """Operations about the person: they hold names as they were typed, or as the account has them."""
    return Q(parameters__usernames__contains=[username]) | Q(
        parameters__usernames__contains=[account_key(username)]
    )


def find_block(username: str, *, now: datetime) -> Block | None:
    """By the newest operation about the person. Whom somebody put on a list outside the portal it doesn't know."""
    done = [*LIVE, OperationStatus.SUCCEEDED]
    # One that failed half-way may have blocked the person already; a failed unblock has let nobody in.
    begun = Q(status__in=done) | Q(status=OperationStatus.FAILED, kind=BLOCK)
    newest = (
        Operation.objects.filter(
            names_person(username), begun, kind__in=[BLOCK, UNBLOCK], started_at__isnull=False
        )
        .order_by("-started_at")
        .first()
    )
    if newest is None or newest.kind != BLOCK:
        return None
    hours = newest.parameters.get("hours") or 0
    until = (newest.started_at or newest.created_at) + timedelta(hours=hours) if hours else None
    return None if until is not None and until <= now else Block(newest, until)
