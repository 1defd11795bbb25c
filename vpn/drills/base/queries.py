"""Drills that were planned, run and settled."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.core.cache import cache
from django.utils import timezone

from vpn.drills.base.models import Drill, DrillOutcome, DrillParticipant, median_minutes
from vpn.operations.models import Operation
from vpn.operations.states import OperationStatus

# A second path that nobody has tried for longer than this is a hope.
COUNTS_FOR: Final = timedelta(days=90)
CACHE_KEY: Final = "running-drills"
# It is the same for everybody, and each open page would ask again.
CACHE_SECONDS: Final = 10
# Bringing the standby up is part of the drill when it was done so shortly before.
BROUGHT_UP_BEFORE: Final = timedelta(hours=24)
BRINGS_UP: Final = ("resume-endpoint", "associate-target-network")


@dataclass(frozen=True)
class DrillResult:
    """``minutes``: the median of those who passed, from the beginning to the check; None: nobody passed.

    ``brought_up``: the operation that gave the endpoint its subnets for it; None: they were there.
    """

    drill: Drill
    people: list[DrillParticipant]
    minutes: int | None
    brought_up: Operation | None

    @property
    def passed(self) -> int:
        return sum(person.outcome == DrillOutcome.PASSED for person in self.people)

    def counts(self, now: datetime) -> bool:
        """Whether it is recent enough to say that the second path works."""
        return self.drill.ends_at > now - COUNTS_FOR

    @property
    def percent(self) -> int:
        return round(100 * self.passed / len(self.people)) if self.people else 0

    @property
    def brought_up_minutes(self) -> int | None:
        """From the first call to AWS to the operation's end."""
        operation = self.brought_up
        if operation is None or operation.started_at is None or operation.finished_at is None:
            return None
        return round((operation.finished_at - operation.started_at).total_seconds() / 60)


@dataclass(frozen=True)
class RunningDrill:
    """``people``: usernames of those who haven't passed yet."""

    label: str
    ends_at: datetime
    people: frozenset[str]


def drills() -> list[Drill]:
    """Newest first, those to come above."""
    return list(Drill.objects.select_related("endpoint").prefetch_related("participants"))


def drill_result(drill: Drill) -> DrillResult:
    people = list(drill.participants.select_related("user").order_by("user__name", "user__username"))
    return DrillResult(drill, people, median_minutes(drill, people), _brought_up(drill))


def last_result() -> DrillResult | None:
    """Of the newest drill that was settled, however long ago; None: there was none, so nobody knows."""
    settled = Drill.objects.filter(closed_at__isnull=False).select_related("endpoint__account")
    drill = settled.order_by("-closed_at").first()
    return drill_result(drill) if drill else None


def running_drills() -> list[RunningDrill]:
    """Those that have begun, ten seconds old at most."""
    running: list[RunningDrill] | None = cache.get(CACHE_KEY)
    if running is None:
        running = _find_running(timezone.now())
        cache.set(CACHE_KEY, running, CACHE_SECONDS)
    return running


def _find_running(now: datetime) -> list[RunningDrill]:
    rows = Drill.objects.filter(
        closed_at=None, cancelled_at=None, starts_at__lte=now, ends_at__gt=now
    ).select_related("endpoint")
    return [
        RunningDrill(
            drill.endpoint.label,
            drill.ends_at,
            frozenset(drill.participants.filter(outcome="").values_list("user__username", flat=True)),
        )
        for drill in rows
    ]


def _brought_up(drill: Drill) -> Operation | None:
    return (
        Operation.objects.filter(
            endpoint=drill.endpoint,
            kind__in=BRINGS_UP,
            status=OperationStatus.SUCCEEDED,
            finished_at__gt=drill.starts_at - BROUGHT_UP_BEFORE,
            finished_at__lte=drill.ends_at,
        )
        .order_by("-finished_at")
        .first()
    )
