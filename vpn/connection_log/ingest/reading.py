"""Reading a log group window by window: several are fetched and parsed side by side, while PostgreSQL stores.

One call takes some 150 ms, so one reader after the other would use a quarter of the quota; ``bench/README.md`` has the
measurement.
"""

import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Final

from vpn.aws import logs
from vpn.aws.errors import AnswerBroken
from vpn.aws.pace import Pace
from vpn.connection_log.ingest.batch import EventBatch
from vpn.connection_log.ingest.windows import TimeWindow, WindowPlan, milliseconds
from vpn.connection_log.models import LogSourceKind

if TYPE_CHECKING:
    from vpn.aws.session import CloudWatchLogsClient

READERS: Final = 6
# Read for each window before somebody takes it: this bounds the memory, to 24 pages of 1 MB at most.
PAGES_IN_A_PART: Final = 4
# A task may take 300 seconds, of which the deadline leaves so much to what was begun before it.
GRACE_SECONDS: Final = 60.0


@dataclass(frozen=True)
class WindowPart:
    """Some pages of a window, parsed. ``pages``: so many were read of it. ``next_token``: empty after the last page."""

    window: TimeWindow
    batch: EventBatch
    pages: int
    next_token: str


@dataclass(frozen=True)
class LogReader:
    """``deadline`` (of time.monotonic): no window is begun after it, but for the first, so that each run gets on."""

    client: "CloudWatchLogsClient"
    log_group: str
    pace: Pace
    deadline: float
    now: datetime
    kind: str = LogSourceKind.CONNECTION_LOG

    def parts(self, plan: WindowPlan) -> Iterator[WindowPart]:
        """In any order. Raises AwsError after all that came before it; the time may be up before the end."""
        with ThreadPoolExecutor(READERS, thread_name_prefix="log-reader") as pool:
            reading = self._begin_windows(plan, pool, READERS)
            while reading:
                done, reading = wait(reading, return_when=FIRST_COMPLETED)
                failed = [future for future in done if future.exception()]
                for future in done.difference(failed):
                    part = future.result()
                    if not failed:
                        # Before the part is handed out: the readers go on while it is being stored.
                        reading |= self._go_on(part, plan, pool)
                    yield part
                    if part.next_token and self._is_overdue():
                        raise AnswerBroken(
                            code="EndlessPages", message="CloudWatch Logs had ever more pages of one window."
                        )
                if failed:
                    failed[0].result()

    def _begin_windows(
        self, plan: WindowPlan, pool: ThreadPoolExecutor, most: int
    ) -> "set[Future[WindowPart]]":
        windows: list[TimeWindow] = []
        while len(windows) < most and (plan.has_begun_none or time.monotonic() < self.deadline):
            window = plan.next_window()
            if window is None:
                break
            windows.append(window)
        return {pool.submit(self._read, window, "", 0) for window in windows}

    def _go_on(
        self, part: WindowPart, plan: WindowPlan, pool: ThreadPoolExecutor
    ) -> "set[Future[WindowPart]]":
        if not part.next_token:
            return self._begin_windows(plan, pool, 1)
        if self._is_overdue():
            return set()
        return {pool.submit(self._read, part.window, part.next_token, part.pages)}

    def _is_overdue(self) -> bool:
        """A window that goes on for ever must not keep the account's other log groups from being read."""
        return time.monotonic() > self.deadline + GRACE_SECONDS

    def _read(self, window: TimeWindow, next_token: str, pages_before: int) -> WindowPart:
        batch, pages = EventBatch(self.now, self.kind), 0
        answers = logs.pages(
            self.client,
            log_group=self.log_group,
            since=milliseconds(window.since),
            until=None if window.open_end else milliseconds(window.until),
            pace=self.pace,
            next_token=next_token,
        )
        for page in islice(answers, PAGES_IN_A_PART):
            batch.add(page.lines)
            pages += 1
            next_token = page.next_token
        return WindowPart(window, batch, pages_before + pages, next_token)
