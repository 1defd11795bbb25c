"""Parsed lines of a log group: events that can be stored, and unreadable lines."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from vpn.aws.logs import LogLine
from vpn.connect_attempts.log_line import AttemptLine, is_attempt_line, parse_attempt
from vpn.connection_log.ingest.windows import from_milliseconds
from vpn.connection_log.log_event import LogEvent, UnreadableEvent, digest, is_permission_test, parse
from vpn.connection_log.models import LogSource, LogSourceKind, UnreadableLine
from vpn.connection_log.values import storable

# A later time is a mistake in the line: AWS refuses calls of a computer whose clock is wrong by minutes.
AHEAD: Final = timedelta(days=1)


@dataclass
class EventBatch:
    """``now``: when the import began. ``kind``: of LogSourceKind; it says whether there are ``events`` or ``attempts``.

    ``streams``: the newest publish time (milliseconds) of each log stream.
    """

    now: datetime
    kind: str = LogSourceKind.CONNECTION_LOG
    lines: int = 0
    events: list[LogEvent] = field(default_factory=list)
    attempts: list[AttemptLine] = field(default_factory=list)
    unreadable: list[tuple[str, LogLine]] = field(default_factory=list)
    streams: dict[str, int] = field(default_factory=dict)

    def add(self, lines: Iterable[LogLine]) -> None:
        is_handler = self.kind == LogSourceKind.CONNECT_HANDLER
        latest = f"{self.now + AHEAD:%Y-%m-%d %H:%M:%S}"
        for line in lines:
            self.lines += 1
            if is_permission_test(line.text) or (is_handler and not is_attempt_line(line.text)):
                continue
            if line.published > self.streams.get(line.stream, -1):
                self.streams[line.stream] = line.published
            try:
                if is_handler:
                    self._add_attempt(line)
                else:
                    self._add_event(line, latest)
            except UnreadableEvent as error:
                self.unreadable.append((error.problem, line))

    def _add_event(self, line: LogLine, latest: str) -> None:
        event = parse(line.text, latest=latest)
        self.unreadable += [(name, line) for name in event.left_out]
        self.events.append(event)

    def _add_attempt(self, line: LogLine) -> None:
        attempt = parse_attempt(line.text, latest=self.now + AHEAD)
        self.unreadable += [(name, line) for name in attempt.left_out]
        self.attempts.append(attempt)

    def merge(self, page: "EventBatch") -> None:
        self.lines += page.lines
        self.events += page.events
        self.attempts += page.attempts
        self.unreadable += page.unreadable
        for stream, published in page.streams.items():
            self.streams[stream] = max(published, self.streams.get(stream, -1))

    @property
    def newest_event_at(self) -> datetime | None:
        newest = max((event.at for event in self.events), default=None)
        moments = [datetime.fromisoformat(newest).replace(tzinfo=UTC)] if newest else []
        return max([*moments, *(attempt.at for attempt in self.attempts)], default=None)

    def unreadable_rows(self, source: LogSource) -> list[UnreadableLine]:
        """Sorted: two processes that store the same rows at once would else wait for each other's locks."""
        rows = {}
        for problem, line in self.unreadable:
            raw = storable(line.text)
            row = UnreadableLine(
                source=source,
                problem=problem,
                digest=digest(raw.encode()),
                raw=raw,
                published_at=from_milliseconds(line.published),
            )
            rows[row.digest, problem] = row
        return [rows[key] for key in sorted(rows)]
