"""Reading the findings."""

from typing import Final

from django.db.models import Count, QuerySet

from vpn.connections.findings.models import Finding, Kind
from vpn.connections.models import UnreadableLine

# Of one kind on the page of all; its own page shows more.
SHOWN: Final = 20
SHOWN_ALONE: Final = 500
SAMPLES: Final = 10
STATES: Final = ("open", "acknowledged", "resolved")


def of_state(state: str) -> QuerySet[Finding]:
    """``open``: nobody has acknowledged it. ``acknowledged``: it is still so. ``resolved``: it is over."""
    found = Finding.objects.order_by("-first_seen_at", "-pk")
    if state == "resolved":
        return found.filter(resolved_at__isnull=False).order_by("-resolved_at", "-pk")
    return found.filter(resolved_at=None, acknowledged_at__isnull=state == "open")


def counts(state: str = "open") -> dict[Kind, int]:
    """Every kind, in the order in which they are shown."""
    rows = dict(of_state(state).order_by().values_list("kind").annotate(Count("pk")))
    return {kind: rows.get(kind.value, 0) for kind in Kind}


def open_count() -> int:
    return of_state("open").count()


def unreadable_samples() -> list[UnreadableLine]:
    """The newest lines that could not be read."""
    return list(UnreadableLine.objects.select_related("source").order_by("-first_read_at", "-pk")[:SAMPLES])
