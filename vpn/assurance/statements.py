"""What administrators state: that they live with a part for a while, and what no source of the portal's tells."""

from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from portal.access.models import User
from portal.access.requests import RequestOrigin
from portal.audit.services import record
from portal.audit.tags import Tag
from portal.audit.targets import AuditTarget, TargetKind
from vpn.assurance.models import PartAcceptance, StatedFact
from vpn.connection_summary.ranges import midnight
from vpn.endpoints.models import Endpoint


@transaction.atomic
def accept(
    *, key: str, endpoint: Endpoint | None, until: date, reason: str, actor: User, origin: RequestOrigin
) -> PartAcceptance:
    """Until the end of the day ``until``. An earlier acceptance of the same part is replaced."""
    now = timezone.now()
    PartAcceptance.objects.filter(key=key, endpoint=endpoint, withdrawn_at=None).update(withdrawn_at=now)
    acceptance = PartAcceptance.objects.create(
        key=key,
        endpoint=endpoint,
        until=_end_of(until),
        reason=reason,
        accepted_by=actor.username,
        accepted_at=now,
    )
    _record(Tag.REQUIREMENT_ACCEPTED, key, endpoint, actor, origin, until=until.isoformat(), reason=reason)
    return acceptance


@transaction.atomic
def withdraw(acceptance: PartAcceptance, *, actor: User, origin: RequestOrigin) -> None:
    """Nothing, if somebody else has withdrawn it before."""
    waiting = PartAcceptance.objects.filter(pk=acceptance.pk, withdrawn_at=None)
    if waiting.update(withdrawn_at=timezone.now()):
        _record(Tag.REQUIREMENT_WITHDRAWN, acceptance.key, acceptance.endpoint, actor, origin)


@transaction.atomic
def state_fact(
    *, question: str, holds: bool, until: date, note: str, actor: User, origin: RequestOrigin
) -> None:
    """The answer to a question of vpn.assurance.questions, until the end of the day ``until``."""
    StatedFact.objects.update_or_create(
        question=question,
        defaults={
            "holds": holds,
            "note": note,
            "until": _end_of(until),
            "stated_by": actor.username,
            "stated_at": timezone.now(),
        },
    )
    values = {"answer": "yes" if holds else "no", "until": until.isoformat(), "reason": note}
    _record(Tag.REQUIREMENT_STATED, question, None, actor, origin, **values)


def _end_of(day: date) -> datetime:
    return midnight(day + timedelta(days=1))


def _record(
    tag: Tag, key: str, endpoint: Endpoint | None, actor: User, origin: RequestOrigin, **details: Any
) -> None:
    where = {"endpoint": endpoint.endpoint_id} if endpoint else {}
    record(
        tag,
        actor=actor,
        target=AuditTarget(TargetKind.REQUIREMENT, key),
        address=origin.address,
        reference=origin.reference,
        details=where | {name: value for name, value in details.items() if value != ""},
    )
