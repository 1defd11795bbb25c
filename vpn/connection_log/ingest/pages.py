"""Log sources and unreadable lines as their page shows them."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from vpn.connection_log.models import LogSource, LogSourceKind, UnreadableLine
from vpn.connection_log.read_errors import log_error_text
from vpn.endpoints.queries import STALE_AFTER_SNAPSHOTS
from vpn.endpoints.statuses import StatusBadge

PROBLEMS: Final[dict[str, Promise]] = {
    "not-json": _("It is not a JSON object."),
    "kind": _("It is neither an attempt nor a reset that we know."),
    "connection-id": _("It doesn't say which connection it is about."),
    "client-vpn-endpoint-id": _("It doesn't say which endpoint it is about."),
    "time": _("It has no time that can be used."),
}
FAILED: Final = StatusBadge("out", _("Reading fails"))
BEHIND: Final = StatusBadge("warn", _("Behind"))
GOOD: Final = StatusBadge("ok", _("Up to date"))
NEVER: Final = StatusBadge("unknown", _("Not read yet"))
RETIRED: Final = StatusBadge("unknown", _("No longer read"))
# A handler's log group is a help: that it can't be read is nothing to mend at once, and never "all is well".
REFUSED: Final = StatusBadge("unknown", _("Not known"))
# Nobody reads a megabyte on a page; the database has all of it.
SHOWN: Final = 4000
SHOWN_STREAMS: Final = 5


@dataclass(frozen=True)
class LogStreamRow:
    name: str
    newest: datetime


@dataclass(frozen=True)
class LogSourceRow:
    """``lag``: how long ago everything had been read, whole minutes; None: never."""

    source: LogSource
    status: StatusBadge
    lag: int | None
    error: str
    unreadable: int
    streams: list[LogStreamRow]
    more_streams: int


@dataclass(frozen=True)
class LogSourceProblem:
    """``raw`` is cut where it is very long."""

    row: UnreadableLine
    words: Promise | None
    raw: str
    cut: bool


def source_rows(
    sources: Iterable[LogSource], *, read: Collection[int], unreadable: Mapping[int, int]
) -> list[LogSourceRow]:
    now = timezone.now()
    return [_source_row(source, source.pk in read, unreadable.get(source.pk, 0), now) for source in sources]


def problem_rows(rows: Iterable[UnreadableLine]) -> list[LogSourceProblem]:
    return [
        LogSourceProblem(row, PROBLEMS.get(row.problem), row.raw[:SHOWN], len(row.raw) > SHOWN)
        for row in rows
    ]


def is_behind(source: LogSource, now: datetime) -> bool:
    lately = timedelta(seconds=STALE_AFTER_SNAPSHOTS * settings.SNAPSHOT_SECONDS)
    return source.read_until is None or source.read_until < now - lately


def _source_row(source: LogSource, is_read: bool, unreadable: int, now: datetime) -> LogSourceRow:  # noqa: FBT001
    newest = sorted(source.streams.items(), key=lambda stream: stream[1], reverse=True)
    streams = [LogStreamRow(name, datetime.fromisoformat(at)) for name, at in newest[:SHOWN_STREAMS]]
    return LogSourceRow(
        source=source,
        status=_status(source, is_read=is_read, now=now),
        lag=int((now - source.read_until).total_seconds() // 60) if source.read_until else None,
        error=log_error_text(source),
        unreadable=unreadable,
        streams=streams,
        more_streams=len(newest) - len(streams),
    )


def _status(source: LogSource, *, is_read: bool, now: datetime) -> StatusBadge:
    if not is_read:
        return RETIRED
    if source.error_id:
        return FAILED if source.kind == LogSourceKind.CONNECTION_LOG else REFUSED
    if source.read_until is None:
        return NEVER
    return BEHIND if is_behind(source, now) else GOOD
