"""Request the operations that schedules have due: each once. What is more than an hour late is skipped and notified."""

from datetime import datetime, timedelta
from typing import Final

import structlog
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from vpn.notifications.services import notify
from vpn.operation_kinds import get_kind
from vpn.operation_kinds.routes.fields import subnet_choices
from vpn.operations.concurrency import compute_lock_range
from vpn.operations.models import Operation
from vpn.operations.queries import find_overlapping
from vpn.operations.refusals import EndpointBusy, PlanStale
from vpn.operations.requests import services as operations
from vpn.operations.schedules.calendar import PAUSE, RESUME, DueRun, due_between
from vpn.operations.schedules.models import Schedule, ScheduledRun, ScheduledRunOutcome
from vpn.operations.schedules.queries import resume_url

# Pausing and resuming lock the whole endpoint.
WHOLE_ENDPOINT: Final = ""
# Pausing in the middle of the working day because beat was down at night would do harm.
LATEST: Final = timedelta(hours=1)
# After an outage, what was due longer ago is not even listed as missed.
LOOK_BACK: Final = timedelta(days=7)

logger = structlog.get_logger(__name__)


class ScheduledRunRefused(Exception):
    """The person on whose behalf the schedule acts may no longer request operations."""


class ScheduledRunImpossible(Exception):
    """The kind's form is not valid, for example because the endpoint is paused already. The message says why."""


def request_due(now: datetime | None = None) -> None:
    """Request what all schedules have due at ``now``. It may run twice at the same moment."""
    moment = now or timezone.now()
    for pk in Schedule.objects.filter(enabled=True).order_by("pk").values_list("pk", flat=True):
        with transaction.atomic(), override(settings.LANGUAGE_CODE):
            _check(pk, moment)


def _check(pk: int, now: datetime) -> None:
    # skip_locked: another beat is at this schedule, and will do all of it.
    locked = Schedule.objects.select_for_update(skip_locked=True, of=("self",))
    schedule = locked.select_related("endpoint", "acts_for").filter(pk=pk, enabled=True).first()
    if schedule is None:
        return
    for due in due_between(schedule.rhythm, max(schedule.checked_until, now - LOOK_BACK), now):
        if not _settle(schedule, due, now):
            # The runs after this one must not overtake it.
            break
        schedule.checked_until = due.at
    else:
        schedule.checked_until = now
    schedule.save(update_fields=["checked_until"])


def _settle(schedule: Schedule, due: DueRun, now: datetime) -> bool:
    """Request or skip it, and record that. False: another operation is in the way, so try again later."""
    if now - due.at > LATEST:
        _record(
            schedule, due, ScheduledRunOutcome.MISSED, note=_("It would have been more than an hour late.")
        )
        return True
    try:
        with transaction.atomic():
            # Together, so that a crash in between can't request the operation a second time.
            operation = _request(schedule, due)
            _record(schedule, due, ScheduledRunOutcome.REQUESTED, operation=operation)
    except (EndpointBusy, PlanStale):
        # Stale: an operation has just ended, and the snapshot after it isn't there yet.
        return False
    except (ScheduledRunRefused, PermissionDenied):
        note = _("%(person)s may not ask for operations any more. Save the schedule anew.")
        _record(schedule, due, ScheduledRunOutcome.REFUSED, note=note % {"person": schedule.acts_for_name})
    except ScheduledRunImpossible as error:
        _record(schedule, due, ScheduledRunOutcome.IMPOSSIBLE, note=str(error))
    return True


def _request(schedule: Schedule, due: DueRun) -> Operation:
    if schedule.acts_for is None or not schedule.acts_for.is_active:
        raise ScheduledRunRefused
    endpoint = schedule.endpoint
    if endpoint.vanished_at is not None:
        raise ScheduledRunImpossible(_("AWS no longer has this endpoint."))
    # The plan depends on what is running: a resumption restores what the pause before it removed.
    other = find_overlapping(compute_lock_range(endpoint.pk, WHOLE_ENDPOINT))
    if other:
        raise EndpointBusy(other)
    data = {"when": schedule.when, "hours": str(schedule.hours)} if due.kind == PAUSE else {}
    draft = operations.make_draft(kind=get_kind(due.kind), endpoint=endpoint, data=data)
    if draft.plan is None:
        raise ScheduledRunImpossible(
            " ".join(str(message) for messages in draft.form.errors.values() for message in messages)
        )
    return operations.request(
        draft=draft,
        actor=schedule.acts_for,
        reason=_("By schedule: due at %(time)s")
        % {"time": timezone.localtime(due.at).strftime("%Y-%m-%d %H:%M")},
        digest=draft.digest,
        typed_name=draft.name_to_type,
    )


def _record(
    schedule: Schedule,
    due: DueRun,
    outcome: ScheduledRunOutcome,
    *,
    note: str = "",
    operation: Operation | None = None,
) -> None:
    run = ScheduledRun.objects.create(
        schedule=schedule, kind=due.kind, due_at=due.at, outcome=outcome, note=note, operation=operation
    )
    logger.info("schedule was due", schedule=schedule.pk, kind=due.kind, at=due.at, outcome=outcome.value)
    if outcome in {ScheduledRunOutcome.MISSED, ScheduledRunOutcome.REFUSED}:
        _notify(schedule, run, note)


def _left_paused(schedule: Schedule, run: ScheduledRun) -> bool:
    return run.kind == RESUME and not subnet_choices(schedule.endpoint)


def _notify(schedule: Schedule, run: ScheduledRun, note: str) -> None:
    what = get_kind(run.kind).title
    url = reverse("operation_schedules")
    if _left_paused(schedule, run):
        note = f"{note}\n{_('The endpoint stays paused, and nobody can connect, until somebody resumes it.')}"
        url = resume_url(schedule.endpoint)
    due = timezone.localtime(run.due_at).strftime("%Y-%m-%d %H:%M")
    notify(
        subject=_("Not done by schedule: %(what)s · %(endpoint)s")
        % {"what": what, "endpoint": schedule.endpoint.label},
        text=_("It was due at %(time)s.") % {"time": due} + "\n" + note,
        url=url,
        key=f"schedule:{run.pk}",
    )
