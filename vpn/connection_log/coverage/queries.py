"""From when to when the log is stored, endpoint by endpoint, and why not where it isn't. None of this asks AWS."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from django.db.models import F, Min, OuterRef, QuerySet, Subquery
from django.utils import timezone

from vpn.connection_log.freshness import OLD
from vpn.connection_log.log_event import EventKind
from vpn.connection_log.models import Connection, ConnectionTally, LogSource
from vpn.connection_log.partitions import oldest_kept
from vpn.endpoints.models import Endpoint, LoggingPeriod
from vpn.endpoints.queries import unseen_account_names

# AWS documents no delay between an event and its line in CloudWatch Logs. What was read within this time may still
# lack lines, and "nobody" is not said of it.
PUBLISHED_WITHIN: Final = timedelta(minutes=10)
# A connection may be known by its end alone, and then began long before anything was logged. Only an attempt proves
# that the log was written when it says so.
ATTEMPT: Final = int(EventKind.SUCCESSFUL | EventKind.FAILED | EventKind.WAITING)


class GapReason(StrEnum):
    """Why the stored log says nothing of a time.

    BEFORE: older than the first stored line, or than what is kept. NOT_LOGGED: the endpoint wrote no log. NEVER_READ:
    the log group, or the account, has never been read. READ_FAILED: AWS refuses to be asked. BEHIND: not read lately.
    RECENT: lines of the last minutes may be on their way. LOST: the log group was gone from AWS. FUTURE: still to come.
    """

    BEFORE = "before"
    NOT_LOGGED = "not-logged"
    NEVER_READ = "never-read"
    READ_FAILED = "read-failed"
    BEHIND = "behind"
    RECENT = "recent"
    LOST = "lost"
    FUTURE = "future"


@dataclass(frozen=True)
class LogGap:
    """A part of the range of which nothing is known. ``labels``: of the endpoints (or accounts) that it holds for.

    ``source``: the log group that couldn't be read, where one is known. ``stored_from``: when the stored log begins
    that this gap lies before.
    """

    since: datetime
    until: datetime
    reason: GapReason
    labels: tuple[str, ...] = ()
    source: LogSource | None = None
    stored_from: datetime | None = None


@dataclass(frozen=True)
class LogCoverage:
    """What the stored log knows of the time from ``since`` to ``until``.

    ``stored_from``, ``stored_until``: between these moments, apart from gaps, the log of some endpoint is stored; None:
    nothing is. ``gaps``: where an endpoint's log is missing. ``nothing``: no endpoint's log is stored of any of it.
    """

    since: datetime
    until: datetime
    stored_from: datetime | None
    stored_until: datetime | None
    gaps: tuple[LogGap, ...]
    nothing: bool

    @property
    def complete(self) -> bool:
        """Whether "nobody" is an answer."""
        return not self.gaps

    @property
    def warnings(self) -> tuple[LogGap, ...]:
        """What is worth a warning on a page that shows rows: that the last minutes may be missing is always so."""
        return tuple(gap for gap in self.gaps if gap.reason is not GapReason.RECENT)

    @property
    def only_recent(self) -> bool:
        return bool(self.gaps) and not self.warnings

    def knows_any_of(self, since: datetime, until: datetime) -> bool:
        """Whether the log of some endpoint is stored of this part, gaps apart."""
        if self.stored_from is None or self.stored_until is None:
            return False
        return since < self.stored_until and until > self.stored_from


@dataclass(frozen=True)
class _LoggedSpan:
    """From ``since`` to ``until`` (None: still) the endpoint wrote its log into ``log_group``; empty: none."""

    log_group: str
    since: datetime
    until: datetime | None


def coverage(since: datetime, until: datetime, *, endpoint_ids: Collection[str] | None = None) -> LogCoverage:
    """What is stored of the log from ``since`` to ``until``, of these endpoints or of all that were ever seen.

    An id that was never seen may be in any log group that is read: then all endpoints' logs count. Before AWS made an
    endpoint while the portal watched, and after it was gone, there is nothing to know.
    """
    now = timezone.now()
    end = min(until, now)
    if since >= end:
        return LogCoverage(since, until, None, None, (LogGap(since, until, GapReason.FUTURE),), nothing=True)
    if endpoint_ids is not None and not Endpoint.objects.filter(endpoint_id__in=endpoint_ids).exists():
        endpoint_ids = None
    logs = _endpoint_logs(endpoint_ids, now)
    gaps = [gap for log in logs for gap in log.gaps(since, end)]
    # Of an account that AWS has never answered for, nobody knows which endpoints there are.
    unseen = unseen_account_names() if endpoint_ids is None else []
    gaps += [LogGap(since, end, GapReason.NEVER_READ, (name,)) for name in unseen]
    if not logs and not gaps:
        gaps = [LogGap(since, end, GapReason.NEVER_READ)]
    return LogCoverage(
        since,
        until,
        stored_from=min((log.stored_from for log in logs if log.stored_from), default=None),
        stored_until=max((log.stored_until for log in logs if log.stored_until), default=None),
        gaps=tuple(_merged(gaps)),
        nothing=not any(log.knows_any_of(since, end) for log in logs),
    )


@dataclass(frozen=True)
class _EndpointLog:
    """``spans``: oldest first; ``sources``: the log groups of the endpoint's account, by name.

    ``made_at``: AWS made the endpoint while the portal watched its account; None: before.
    """

    endpoint: Endpoint
    made_at: datetime | None
    spans: list[_LoggedSpan]
    sources: dict[str, LogSource]
    now: datetime

    @property
    def stored_from(self) -> datetime | None:
        """When the log of it begins that has been read."""
        return next((span.since for span in self.spans if self._read_until(span)), None)

    @property
    def stored_until(self) -> datetime | None:
        ends = [min(end, span.until or end) for span in self.spans if (end := self._read_until(span))]
        return max(ends, default=None)

    def knows_any_of(self, since: datetime, until: datetime) -> bool:
        """Whether the log of any moment from ``since`` to ``until`` is stored."""
        low, high = self._existed(since, until)
        if low >= high:
            return False
        gaps = sorted(self.gaps(since, until), key=lambda gap: gap.since)
        edges = [low, *(edge for gap in gaps for edge in (gap.since, gap.until)), high]
        return any(later > earlier for earlier, later in zip(edges[::2], edges[1::2], strict=True))

    def gaps(self, since: datetime, until: datetime) -> Iterator[LogGap]:
        """In the order of time, without overlaps."""
        cursor, high = self._existed(since, until)
        if cursor >= high:
            return
        if self.spans and cursor < (begins := self.spans[0].since):
            end = min(begins, high)
            yield replace(self._gap(cursor, end, GapReason.BEFORE), stored_from=begins)
            cursor = end
        for span in self.spans:
            begin = max(cursor, span.since)
            end = min(high, span.until or high)
            if begin >= end:
                continue
            if begin > cursor:
                # AWS didn't list the endpoint then.
                yield self._gap(cursor, begin, GapReason.NOT_LOGGED)
            yield from self._gaps_within(span, begin, end)
            cursor = end
        if cursor < high:
            yield self._gap(cursor, high, GapReason.NOT_LOGGED)

    def _existed(self, since: datetime, until: datetime) -> tuple[datetime, datetime]:
        return max(since, self.made_at or since), min(until, self.endpoint.vanished_at or until)

    def _gaps_within(self, span: _LoggedSpan, since: datetime, until: datetime) -> Iterator[LogGap]:
        if not span.log_group:
            yield self._gap(since, until, GapReason.NOT_LOGGED)
            return
        source, read_until = self.sources.get(span.log_group), self._read_until(span)
        if source is None or read_until is None:
            failed = source is not None and bool(source.error_id)
            yield self._gap(
                since, until, GapReason.READ_FAILED if failed else GapReason.NEVER_READ, source=source
            )
            return
        for loss in source.losses.all():
            low, high = max(since, loss.since), min(until, loss.until or until, read_until)
            if low < high:
                yield self._gap(low, high, GapReason.LOST, source=source)
        if until > read_until:
            yield self._gap(max(since, read_until), until, self._unread(source), source=source)

    def _unread(self, source: LogSource) -> GapReason:
        if source.error_id:
            return GapReason.READ_FAILED
        lately = source.read_until is not None and source.read_until >= self.now - OLD
        return GapReason.RECENT if lately else GapReason.BEHIND

    def _read_until(self, span: _LoggedSpan) -> datetime | None:
        """Up to when what was logged in this span is stored, as far as anybody can tell."""
        source = self.sources.get(span.log_group) if span.log_group else None
        if source is None or source.read_until is None:
            return None
        return source.read_until - PUBLISHED_WITHIN

    def _gap(
        self, since: datetime, until: datetime, reason: GapReason, *, source: LogSource | None = None
    ) -> LogGap:
        return LogGap(since, until, reason, (self.endpoint.label,), source)


def _endpoint_logs(endpoint_ids: Collection[str] | None, now: datetime) -> list[_EndpointLog]:
    endpoints = _endpoints_with_first_line()
    if endpoint_ids is not None:
        endpoints = endpoints.filter(endpoint_id__in=endpoint_ids)
    sources: dict[int, dict[str, LogSource]] = {}
    for source in LogSource.objects.prefetch_related("losses"):
        sources.setdefault(source.account_id, {})[source.log_group] = source
    watched_since = dict(
        Endpoint.objects.order_by().values_list("account").annotate(first=Min("first_seen_at"))
    )
    return [
        _EndpointLog(
            endpoint,
            _made_at(endpoint, watched_since[endpoint.account_id]),
            list(_spans(endpoint, list(endpoint.logging_periods.all()), oldest=oldest_kept(now))),
            sources.get(endpoint.account_id, {}),
            now,
        )
        for endpoint in endpoints.prefetch_related("logging_periods")
    ]


def _endpoints_with_first_line() -> QuerySet[Endpoint]:
    """Each with ``first_line_at``: when its first attempt that is stored was logged."""
    tallies = ConnectionTally.objects.filter(endpoint_id=OuterRef("endpoint_id")).order_by("bucket")
    # Connections have no index by endpoint: the tallies say from where on to look.
    attempts = (
        Connection.objects.filter(endpoint_id=OuterRef("endpoint_id"), at__gte=OuterRef("first_bucket"))
        .alias(attempt=F("seen").bitand(ATTEMPT))
        .filter(attempt__gt=0)
    )
    return Endpoint.objects.alias(first_bucket=Subquery(tallies.values("bucket")[:1])).annotate(
        first_line_at=Subquery(attempts.order_by("at").values("at")[:1])
    )


def _made_at(endpoint: Endpoint, watched_since: datetime) -> datetime | None:
    """None as well where it was made before anybody watched: others may have been there that are gone by now.

    And where it can't be true, because something is known of it from before.
    """
    made_at = endpoint.created_at
    known_since = min(filter(None, (endpoint.first_seen_at, _first_line_at(endpoint))))
    return made_at if made_at and watched_since <= made_at <= known_since else None


def _first_line_at(endpoint: Endpoint) -> datetime | None:
    at: datetime | None = getattr(endpoint, "first_line_at", None)
    return at


def _spans(
    endpoint: Endpoint, periods: Iterable[LoggingPeriod], *, oldest: datetime
) -> Iterator[_LoggedSpan]:
    """What snapshots saw, and from the first stored line on what was logged before the portal looked.

    ``oldest``: nothing before is kept.
    """
    spans = [
        _LoggedSpan(period.log_group, period.since, period.until)
        for period in sorted(periods, key=lambda period: period.since)
    ] or [_LoggedSpan(endpoint.log_group, endpoint.first_seen_at, endpoint.vanished_at)]
    first_line_at = _first_line_at(endpoint)
    if first_line_at and first_line_at < spans[0].since and spans[0].log_group:
        spans[0] = replace(spans[0], since=first_line_at)
    for span in spans:
        if span.until is None or span.until > oldest:
            yield replace(span, since=max(span.since, oldest))


def _merged(gaps: Iterable[LogGap]) -> Iterator[LogGap]:
    """The same gap of several endpoints, once, in the order of time."""
    merged: dict[tuple[datetime, datetime, GapReason, int | None], LogGap] = {}
    for gap in gaps:
        key = (gap.since, gap.until, gap.reason, gap.source.pk if gap.source else None)
        labels = merged[key].labels if key in merged else ()
        merged[key] = replace(gap, labels=(*labels, *gap.labels))
    yield from sorted(merged.values(), key=lambda gap: (gap.since, gap.until, gap.labels))
