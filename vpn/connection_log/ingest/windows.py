"""A time range in pieces that are read side by side, and up to where all of it has been read. Milliseconds."""

import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

FIRST: Final = timedelta(hours=6)
SHORTEST: Final = timedelta(hours=1)
LONGEST: Final = timedelta(days=64)
# A window of few pages costs more calls than it must, one of many makes little progress that is kept.
FEW_PAGES: Final = 2
MANY_PAGES: Final = 16


@dataclass(frozen=True)
class TimeWindow:
    """From ``since`` on, before ``until``; None: whatever is newer too."""

    since: int
    until: int | None


class WindowPlan:
    """Cuts the windows, oldest first, and learns from their pages how long to make the next. For several threads."""

    def __init__(self, since: datetime, until: datetime, *, open_end: bool) -> None:
        self.since = since
        self._next: int | None = milliseconds(since)
        self._until = milliseconds(until)
        self._open_end = open_end
        self._length = FIRST
        self._begun: dict[int, None] = {}
        self._lock = threading.Lock()

    def next_window(self) -> TimeWindow | None:
        with self._lock:
            if self._next is None:
                return None
            end = self._next + int(self._length.total_seconds() * 1000)
            is_last = end >= self._until
            window = TimeWindow(self._next, (None if self._open_end else self._until) if is_last else end)
            self._begun[window.since] = None
            self._next = None if is_last else end
            return window

    def learn(self, pages: int) -> None:
        """How many pages a window had."""
        with self._lock:
            if pages <= FEW_PAGES:
                self._length = min(LONGEST, self._length * 2)
            elif pages > MANY_PAGES:
                self._length = max(SHORTEST, self._length / 2)

    def finish(self, window: TimeWindow) -> None:
        """All of it has been read; windows end in any order."""
        with self._lock:
            del self._begun[window.since]

    @property
    def is_complete(self) -> bool:
        return self._next is None and not self._begun

    @property
    def read_until(self) -> datetime:
        """Everything before it has been read."""
        with self._lock:
            following = self._until if self._next is None else self._next
            return moment_of(min(self._begun, default=following))


def milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def moment_of(published: int) -> datetime:
    return datetime.fromtimestamp(published / 1000, UTC)
