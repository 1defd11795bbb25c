"""Fetching and parsing windows of a log group side by side, while PostgreSQL stores what came before."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import TYPE_CHECKING, Final

from vpn.aws import logs
from vpn.aws.pace import Pace
from vpn.connection_log.ingest.batch import EventBatch
from vpn.connection_log.ingest.windows import TimeWindow, WindowPlan

if TYPE_CHECKING:
    from vpn.aws.session import CloudWatchLogsClient

# An answer takes some 150 ms: so many keep a quota of 25 calls a second busy.
READERS: Final = 6
# Pages, of 1 MB at most, that wait to be stored.
AHEAD: Final = 32
GLANCE_SECONDS: Final = 0.2


@dataclass(frozen=True)
class LogSegment:
    """A page of a window, parsed, or its end."""

    window: TimeWindow
    page: EventBatch | None = None


@dataclass(frozen=True)
class LogReader:
    """``deadline`` (of time.monotonic): no window is begun after it. Each page is parsed into a copy of ``empty``."""

    client: "CloudWatchLogsClient"
    log_group: str
    pace: Pace
    deadline: float
    empty: EventBatch

    def pieces(self, plan: WindowPlan) -> Iterator[LogSegment | None]:
        """In any order; None while there is nothing to take. Raises AwsError after all that had arrived before."""
        hand = _Hand(plan, self.deadline)
        with ThreadPoolExecutor(READERS, thread_name_prefix="log-reader") as pool:
            try:
                for _ in range(READERS):
                    pool.submit(self._read, hand).add_done_callback(hand.arrived.put)
                yield from _taken(hand, READERS)
            finally:
                hand.stopped.set()

    def _read(self, hand: "_Hand") -> None:
        while window := hand.next_window():
            pages = logs.pages(
                self.client, log_group=self.log_group, since=window.since, until=window.until, pace=self.pace
            )
            count = 0
            for lines in pages:
                count += 1
                page = self.empty.empty_copy()
                page.add(lines)
                hand.put(LogSegment(window, page))
                if hand.stopped.is_set():
                    return
            hand.plan.learn(count)
            hand.put(LogSegment(window))


@dataclass
class _Hand:
    """What the readers share."""

    plan: WindowPlan
    deadline: float
    arrived: "SimpleQueue[LogSegment | Future[None]]" = field(default_factory=SimpleQueue)
    room: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(AHEAD))
    stopped: threading.Event = field(default_factory=threading.Event)
    _begun: bool = False

    def next_window(self) -> TimeWindow | None:
        """One at least, so that each run makes progress."""
        if self.stopped.is_set() or (self._begun and time.monotonic() > self.deadline):
            return None
        self._begun = True
        return self.plan.next_window()

    def put(self, piece: LogSegment) -> None:
        """When there is room; what comes after the end is thrown away."""
        while not self.stopped.is_set():
            if self.room.acquire(timeout=GLANCE_SECONDS):
                self.arrived.put(piece)
                return


def _taken(hand: _Hand, readers: int) -> Iterator[LogSegment | None]:
    failed: Future[None] | None = None
    while readers:
        if hand.arrived.empty():
            yield None
        item = hand.arrived.get()
        if isinstance(item, LogSegment):
            hand.room.release()
            yield item
            continue
        readers -= 1
        if item.exception():
            failed = failed or item
            hand.stopped.set()
    if failed:
        failed.result()
