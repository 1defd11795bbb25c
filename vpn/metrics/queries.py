"""The stored series, and what is known of them. None of this asks AWS."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from vpn.endpoints.models import AwsAccount
from vpn.endpoints.reasons import ERRORS
from vpn.metrics.definitions import PERIOD
from vpn.metrics.models import MetricDay, MetricSource
from vpn.metrics.services import floor_to_period, position

# They are read every five minutes. What is older than a few missed readings is no witness of now.
OLD: Final = timedelta(minutes=20)
# A point may come late and be revised; what is older than this before the last reading isn't any more. AWS documents
# no delay; Client VPN publishes every five minutes.
SETTLED: Final = timedelta(minutes=15)
Points = list[tuple[datetime, float | None]]


@dataclass(frozen=True)
class MetricsState:
    """Up to when an account's metrics are stored. ``reason``: why they are not known for now; None: they are."""

    read_until: datetime | None
    seen_at: datetime | None
    reason: Promise | None
    own_words: str = ""

    @property
    def known(self) -> bool:
        return self.reason is None

    @property
    def complete_until(self) -> datetime | None:
        """What CloudWatch has of the time before won't change any more. None: nothing may be concluded from it."""
        return self.read_until - SETTLED if self.read_until and self.known else None


def metrics_state(account: AwsAccount, now: datetime) -> MetricsState:
    source = MetricSource.objects.filter(account=account).first()
    if "metrics" not in settings.VPN_SOURCES:
        reason: Promise | None = _("Reading metrics is switched off (VPN_SOURCES).")
    elif source is None or source.attempted_at is None:
        reason = _("They haven't been read yet. The first reading comes within minutes.")
    elif source.error_id:
        reason = ERRORS.get(source.error_id, ERRORS["aws-failed"])
    elif source.read_until is None or source.read_until < now - OLD:
        reason = _("They haven't been read lately.")
    else:
        reason = None
    if source is None:
        return MetricsState(None, None, reason)
    own_words = ": ".join(filter(None, (source.error_code, source.error_message)))
    return MetricsState(source.read_until, source.seen_at, reason, own_words)


def points(resource: str, metric: str, since: datetime, until: datetime) -> Points:
    """Every point from ``since`` until before ``until``; None for those that CloudWatch doesn't have."""
    return all_points([resource], [metric], since, until).get((resource, metric), _no_points(since, until))


def all_points(
    resources: Collection[str], metrics: Collection[str], since: datetime, until: datetime
) -> Mapping[tuple[str, str], Points]:
    """As ``points``, by resource and metric; a series of which nothing is stored in this time is left out."""
    first, last = since.astimezone(UTC).date(), until.astimezone(UTC).date()
    rows = MetricDay.objects.filter(resource__in=resources, metric__in=metrics, day__gte=first, day__lte=last)
    by_series: dict[tuple[str, str], dict[object, list[float | None]]] = {}
    for row in rows:
        by_series.setdefault((row.resource, row.metric), {})[row.day] = row.values
    moments = [moment for moment, _value in _no_points(since, until)]
    return {
        key: [
            (moment, days[moment.date()][position(moment)] if moment.date() in days else None)
            for moment in moments
        ]
        for key, days in by_series.items()
    }


def _no_points(since: datetime, until: datetime) -> Points:
    moment, end = floor_to_period(since.astimezone(UTC)), until.astimezone(UTC)
    if moment < since:
        moment += PERIOD
    moments: Points = []
    while moment < end:
        moments.append((moment, None))
        moment += PERIOD
    return moments
