"""Events of AWS Health as pages show them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from vpn.health_events.models import HealthEvent
from vpn.health_events.queries import ISSUE, own_words


@dataclass(frozen=True)
class HealthEventRow:
    """``tone`` and ``state``: whether it goes on. ``words`` are AWS's own."""

    event: HealthEvent
    tone: str
    state: str
    words: str


def event_rows(events: Iterable[HealthEvent], now: datetime) -> list[HealthEventRow]:
    return [_row(event, now) for event in events]


def _row(event: HealthEvent, now: datetime) -> HealthEventRow:
    if event.is_over(now):
        return HealthEventRow(event, "ok", _("Over"), own_words(event))
    if event.category == ISSUE:
        return HealthEventRow(event, "warn", _("Goes on"), own_words(event))
    is_to_come = event.started_at is not None and event.started_at > now
    return HealthEventRow(event, "info", _("Planned") if is_to_come else _("Current"), own_words(event))
