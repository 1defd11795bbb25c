"""Making, changing and deleting schedules; all of it audited. What is due: vpn/operations/schedules/due.py."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from portal.access.models import User
from portal.access.permissions import Permission
from portal.access.requests import RequestOrigin
from portal.audit import targets
from portal.audit.services import record
from portal.audit.tags import Tag
from vpn.endpoints.models import Endpoint
from vpn.operations.schedules.models import Schedule

FIELDS = ("pause_at", "resume_at", "weekdays", "zone", "skips_holidays", "skipped_days", "when", "hours")


@transaction.atomic
def create(
    *, endpoint: Endpoint, fields: dict[str, Any], actor: User, origin: RequestOrigin | None = None
) -> Schedule:
    """``fields`` are those of FIELDS. Raises PermissionDenied."""
    _require(actor)
    schedule = Schedule(endpoint=endpoint, checked_until=timezone.now(), **_signed(fields, actor))
    schedule.save(force_insert=True)
    _audit(Tag.SCHEDULE_CREATED, schedule, actor, origin, after=details_of(schedule))
    return schedule


@transaction.atomic
def change(
    *, schedule: Schedule, fields: dict[str, Any], actor: User, origin: RequestOrigin | None = None
) -> None:
    """From now on: what was due before counts as it was."""
    _require(actor)
    found = Schedule.objects.select_for_update().select_related("endpoint").get(pk=schedule.pk)
    before = details_of(found)
    for name, value in _signed(fields, actor).items():
        setattr(found, name, value)
    found.checked_until = timezone.now()
    found.save()
    _audit(Tag.SCHEDULE_CHANGED, found, actor, origin, before=before, after=details_of(found))


@transaction.atomic
def switch(*, schedule: Schedule, on: bool, actor: User, origin: RequestOrigin | None = None) -> None:
    """While it is off nothing is due, and nothing is made up for afterwards."""
    _require(actor)
    found = Schedule.objects.select_for_update().select_related("endpoint").get(pk=schedule.pk)
    if found.enabled == on:
        return
    before = details_of(found)
    found.enabled, found.checked_until = on, timezone.now()
    found.acts_for, found.acts_for_name = actor, actor.name or actor.username
    found.save()
    _audit(Tag.SCHEDULE_CHANGED, found, actor, origin, before=before, after=details_of(found))


@transaction.atomic
def delete(*, schedule: Schedule, actor: User, origin: RequestOrigin | None = None) -> None:
    """Its operations stay."""
    _require(actor)
    _audit(Tag.SCHEDULE_DELETED, schedule, actor, origin, before=details_of(schedule))
    schedule.delete()


def details_of(schedule: Schedule) -> dict[str, Any]:
    """For the record."""
    return {
        "pause_at": _clock(schedule.pause_at),
        "resume_at": _clock(schedule.resume_at),
        "weekdays": list(schedule.weekdays),
        "zone": schedule.zone,
        "skips_holidays": schedule.skips_holidays,
        "skipped_days": [day.isoformat() for day in schedule.skipped_days],
        "when": str(schedule.when),
        "hours": schedule.hours,
        "enabled": schedule.enabled,
    }


def _clock(at: Any) -> str:
    return at.strftime("%H:%M") if at else ""


def _signed(fields: dict[str, Any], actor: User) -> dict[str, Any]:
    known = {name: fields[name] for name in FIELDS}
    return known | {"acts_for": actor, "acts_for_name": actor.name or actor.username}


def _require(actor: User) -> None:
    if not actor.may(Permission.OPERATION_REQUEST):
        raise PermissionDenied(Permission.OPERATION_REQUEST)


def _audit(tag: Tag, schedule: Schedule, actor: User, origin: RequestOrigin | None, **details: Any) -> None:
    record(
        tag,
        actor=actor,
        target=targets.endpoint(schedule.endpoint.endpoint_id),
        address=origin.address if origin else None,
        reference=origin.reference if origin else "",
        details={"schedule": schedule.pk, **details},
    )
