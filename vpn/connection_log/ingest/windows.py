"""A time range in windows, oldest first, that are read side by side. Times are those of publication."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

FIRST: Final = timedelta(hours=6)
SHORTEST: Final = timedelta(hours=1)
LONGEST: Final = timedelta(days=64)
# A window of few pages costs more calls than it must; of one with many, little is kept when the process is killed.
FEW_PAGES: Final = 2
MANY_PAGES: Final = 16


@dataclass(frozen=True)
class TimeWindow:
    """From ``since`` on, before ``until``; ``open_end``: whatever is newer too."""

    since: datetime
    until: datetime
    open_end: bool = False


class WindowPlan:
    """Cuts the windows, and learns from their pages how long to make the next: quiet ranges are read in long ones."""

    def __init__(self, since: datetime, until: datetime, *, open_end: bool) -> None:
        self.since = since
        self.until = until
        self._next: datetime | None = since
        self._open_end = open_end
        self._length = FIRST
        self._begun: set[TimeWindow] = set()

    def next_window(self) -> TimeWindow | None:
        if self._next is None:
            return None
        end = self._next + self._length
        if end < self.until:
            window = TimeWindow(self._next, end)
            self._next = end
        else:
            window = TimeWindow(self._next, self.until, open_end=self._open_end)
            self._next = None
        self._begun.add(window)
        return window

    def finish(self, window: TimeWindow, *, pages: int) -> None:
        """All of it has been read, in so many pages; windows end in any order."""
        self._begun.remove(window)
        length = window.until - window.since
        if pages <= FEW_PAGES:
            self._length = min(LONGEST, length * 2)
        elif pages > MANY_PAGES:
            self._length = max(SHORTEST, length / 2)

    @property
    def has_begun_none(self) -> bool:
        return self._next == self.since

    @property
    def is_complete(self) -> bool:
        return self._next is None and not self._begun

    @property
    def read_until(self) -> datetime:
        """Everything before it has been read."""
        return min([window.since for window in self._begun] or [self._next or self.until])


def milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def from_milliseconds(published: int) -> datetime:
    return datetime.fromtimestamp(published / 1000, UTC)
