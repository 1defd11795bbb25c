"""Create, change and delete schedules, with audit events. What is due: vpn/operations/schedules/due.py."""

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
    """``fields`` has the names of FIELDS. Raises PermissionDenied."""
    _require(actor)
    schedule = Schedule(endpoint=endpoint, checked_until=timezone.now(), **_signed(fields, actor))
    schedule.save(force_insert=True)
    _audit(Tag.SCHEDULE_CREATED, schedule, actor, origin, after=schedule_details(schedule))
    return schedule


@transaction.atomic
def change(
    *, schedule: Schedule, fields: dict[str, Any], actor: User, origin: RequestOrigin | None = None
) -> None:
    """Applies from now on: runs that were due before stay as they are. Raises PermissionDenied."""
    _require(actor)
    current = Schedule.objects.select_for_update().select_related("endpoint").get(pk=schedule.pk)
    before = schedule_details(current)
    for name, value in _signed(fields, actor).items():
        setattr(current, name, value)
    # Otherwise runs of the new times that are already over would be due at once.
    current.checked_until = timezone.now()
    current.save()
    _audit(Tag.SCHEDULE_CHANGED, current, actor, origin, before=before, after=schedule_details(current))


@transaction.atomic
def switch(*, schedule: Schedule, on: bool, actor: User, origin: RequestOrigin | None = None) -> None:
    """Switch it on or off. Runs that were due while it was off are not made up for. Raises PermissionDenied."""
    _require(actor)
    current = Schedule.objects.select_for_update().select_related("endpoint").get(pk=schedule.pk)
    if current.enabled == on:
        return
    before = schedule_details(current)
    current.enabled, current.checked_until = on, timezone.now()
    current.acts_for, current.acts_for_name = actor, actor.name or actor.username
    current.save()
    _audit(Tag.SCHEDULE_CHANGED, current, actor, origin, before=before, after=schedule_details(current))


@transaction.atomic
def delete(*, schedule: Schedule, actor: User, origin: RequestOrigin | None = None) -> None:
    """Its operations stay. Raises PermissionDenied."""
    _require(actor)
    _audit(Tag.SCHEDULE_DELETED, schedule, actor, origin, before=schedule_details(schedule))
    schedule.delete()


def schedule_details(schedule: Schedule) -> dict[str, Any]:
    """The schedule as the audit event keeps it."""
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
