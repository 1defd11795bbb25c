"""Planning drills, and carrying them through: a beat task looks each minute."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy, override

from portal.access.models import User
from portal.access.permissions import Permission
from portal.access.requests import RequestOrigin
from portal.audit.services import record
from portal.audit.tags import Tag
from portal.audit.targets import AuditTarget, TargetKind
from vpn.drills.base.models import Drill, DrillOutcome, DrillParticipant
from vpn.drills.observation import observe, settle
from vpn.endpoints.models import Endpoint
from vpn.moments import format_recent_moment
from vpn.notifications.services import notify_person

# On the same weekday, and before the last result stops counting (queries.COUNTS_FOR).
REPEATS_AFTER: Final = timedelta(weeks=12)
# The log comes minutes late: whoever connected just before the end is in it by then.
SETTLED_AFTER: Final = timedelta(minutes=10)


@transaction.atomic
def plan_drill(
    *,
    endpoint: Endpoint,
    starts_at: datetime,
    ends_at: datetime,
    people: Iterable[User],
    repeats: bool,
    note: str,
    actor: User,
    origin: RequestOrigin | None = None,
) -> Drill:
    """Raises PermissionDenied."""
    _require(actor)
    drill = _create(
        endpoint, starts_at, ends_at, people=people, repeats=repeats, note=note, planned_by=actor.username
    )
    _record(Tag.DRILL_PLANNED, drill, actor, origin)
    return drill


@transaction.atomic
def cancel_drill(drill: Drill, *, actor: User, origin: RequestOrigin | None = None) -> bool:
    """False: it is over or cancelled already. A drill that is cancelled has no result. Raises PermissionDenied."""
    _require(actor)
    now = timezone.now()
    changed = Drill.objects.filter(pk=drill.pk, closed_at=None, cancelled_at=None).update(cancelled_at=now)
    if changed:
        _record(Tag.DRILL_CANCELLED, drill, actor, origin)
    return bool(changed)


def follow_drills() -> int:
    """Tell the people of drills that begin, look how far they are, and settle what is over. Returns how many."""
    now = timezone.now()
    running = Drill.objects.filter(closed_at=None, cancelled_at=None, starts_at__lte=now)
    drills = list(running.select_related("endpoint"))
    for drill in drills:
        _follow(drill.pk, now)
    return len(drills)


@transaction.atomic
def _follow(pk: int, now: datetime) -> None:
    # Of two workers the second waits, and then sees what the first has done.
    drill = Drill.objects.select_for_update(of=("self",)).select_related("endpoint").get(pk=pk)
    if not drill.is_open:
        return
    people = list(drill.participants.select_related("user").order_by("pk"))
    if drill.told_at is None:
        _tell(drill, people, now)
    observe(drill, people)
    everybody_passed = all(person.outcome == DrillOutcome.PASSED for person in people)
    if everybody_passed or now >= drill.ends_at + SETTLED_AFTER:
        for person in people:
            if not person.outcome:
                settle(drill, person)
        drill.closed_at = now
        drill.save(update_fields=["closed_at"])
        _record(Tag.DRILL_CLOSED, drill, None, None, passed=_passed(people), people=len(people))
        if drill.repeats:
            _plan_next(drill, people)


def _tell(drill: Drill, people: Iterable[DrillParticipant], now: datetime) -> None:
    for person in people:
        with override(person.user.language or None):
            until = format_recent_moment(drill.ends_at)
            text = gettext_lazy(
                "This is a drill. Disconnect, connect to %(label)s in AWS VPN Client, open the portal, and check"
                " the connection by %(until)s. If it doesn't work, leave it: that is what the drill is to find out."
            )
            notify_person(
                address=person.user.email,
                subject=gettext_lazy("VPN drill: please connect to %(label)s")
                % {"label": drill.endpoint.label},
                text=text % {"label": drill.endpoint.label, "until": until},
                url="/",
                key=f"drill:{drill.pk}:{person.pk}",
                language=person.user.language,
            )
    drill.told_at = now
    drill.save(update_fields=["told_at"])


def _plan_next(drill: Drill, people: Iterable[DrillParticipant]) -> None:
    """With the people who can still sign in, at the endpoint if AWS still has it."""
    active = [person.user for person in people if person.user.is_active]
    if not active or drill.endpoint.vanished_at is not None:
        return
    later = _create(
        drill.endpoint,
        drill.starts_at + REPEATS_AFTER,
        drill.ends_at + REPEATS_AFTER,
        people=active,
        repeats=True,
        note=drill.note,
        planned_by=drill.planned_by,
    )
    _record(Tag.DRILL_PLANNED, later, None, None, after=drill.pk)


def _create(
    endpoint: Endpoint,
    starts_at: datetime,
    ends_at: datetime,
    *,
    people: Iterable[User],
    repeats: bool,
    note: str,
    planned_by: str,
) -> Drill:
    drill = Drill.objects.create(
        endpoint=endpoint,
        starts_at=starts_at,
        ends_at=ends_at,
        repeats=repeats,
        note=note,
        planned_by=planned_by,
        planned_at=timezone.now(),
    )
    DrillParticipant.objects.bulk_create(DrillParticipant(drill=drill, user=user) for user in people)
    return drill


def _passed(people: Iterable[DrillParticipant]) -> int:
    return sum(person.outcome == DrillOutcome.PASSED for person in people)


def _require(actor: User) -> None:
    if not actor.may(Permission.OPERATION_REQUEST):
        raise PermissionDenied(Permission.OPERATION_REQUEST)


def _record(tag: Tag, drill: Drill, actor: User | None, origin: RequestOrigin | None, **details: int) -> None:
    people = drill.participants.values_list("user__username", flat=True)
    record(
        tag,
        actor=actor,
        target=AuditTarget(TargetKind.DRILL, str(drill.pk), str(drill)),
        people=set(people),
        address=origin.address if origin else None,
        reference=origin.reference if origin else "",
        details={"endpoint": drill.endpoint.endpoint_id, "starts_at": drill.starts_at.isoformat(), **details},
    )
