"""Whether an operation of the portal keeps a person out."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.lookups import DataContains
from django.db.models import Func, Q, TextField, Value
from django.db.models.functions import Cast

from portal.access.names import ACCOUNT_KEY, account_key
from vpn.operations.models import Operation
from vpn.operations.states import LIVE, OperationStatus

BLOCK: Final = "block-person"
UNBLOCK: Final = "unblock-person"


@dataclass(frozen=True)
class Block:
    """``until`` None: until somebody lets the person in again."""

    operation: Operation
    until: datetime | None


# An operation holds a name as it was typed, or as the log had it before there was an account.
KEYS_OF_PEOPLE: Final = (
    "ARRAY(SELECT %(key)s FROM (SELECT element #>> '{}' AS name"
    " FROM jsonb_path_query(%(expressions)s, '$.usernames[*]') AS element) AS names)"
)


def names_person(username: str) -> Q:
    """Operations about the person, in whatever case an e-mail address was written."""
    keys = Func("parameters", template=KEYS_OF_PEOPLE, key=ACCOUNT_KEY % {"expressions": "name"})
    names = ArrayField(TextField())
    wanted = Value([account_key(username)], output_field=names)
    return Q(DataContains(Cast(keys, names), Cast(wanted, names)))


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
