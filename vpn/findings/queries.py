"""Reading the findings."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Count, QuerySet
from django.utils import timezone

from vpn.connection_log.models import UnreadableLine
from vpn.findings.models import Finding, FindingKind, RuleRun

# Of one kind on the page of all; its own page shows more.
SHOWN: Final = 20
SHOWN_ALONE: Final = 500
SAMPLES: Final = 10
# The worker looks every ten minutes.
LATE: Final = timedelta(minutes=30)
STATES: Final = ("open", "acknowledged", "resolved")


def of_state(state: str) -> QuerySet[Finding]:
    """``open``: nobody has acknowledged it. ``acknowledged``: it is still so. ``resolved``: it is over."""
    found = Finding.objects.order_by("-first_seen_at", "-pk")
    if state == "resolved":
        return found.filter(resolved_at__isnull=False).order_by("-resolved_at", "-pk")
    return found.filter(resolved_at=None, acknowledged_at__isnull=state == "open")


def counts(state: str = "open") -> dict[FindingKind, int]:
    """Every kind, in the order in which they are shown."""
    rows = dict(of_state(state).order_by().values_list("kind").annotate(Count("pk")))
    return {kind: rows.get(kind.value, 0) for kind in FindingKind}


@dataclass(frozen=True)
class RulesState:
    """``at``: when every kind had been looked for; None: not known. ``unknown``: kinds that nobody can tell of yet."""

    at: datetime | None
    never: bool
    late: bool
    unknown: list[FindingKind]


def looked() -> RulesState:
    runs = {run.kind: run for run in RuleRun.objects.all()}
    at = (
        min((run.looked_at for run in runs.values()), default=None) if len(runs) == len(FindingKind) else None
    )
    late = at is not None and at < timezone.now() - LATE
    never = not runs and not Finding.objects.exists()
    return RulesState(
        at, never, late, [kind for kind in FindingKind if kind in runs and not runs[kind].judged_at]
    )


def open_count() -> int:
    return of_state("open").count()


def unreadable_samples() -> list[UnreadableLine]:
    """The newest lines that could not be read."""
    return list(UnreadableLine.objects.select_related("source").order_by("-first_read_at", "-pk")[:SAMPLES])
