"""How fast AWS is asked, for quotas that are shared with everybody else in an account and region."""

import threading
import time
from collections import deque
from typing import Final

# How long it takes from standing still to the full pace, after AWS asked to slow down.
RECOVERY_SECONDS: Final = 15.0
# Calls that were on their way together are refused together: that is one request to slow down.
TOGETHER_SECONDS: Final = 0.5
SLOWEST: Final = 0.5
LESS: Final = 0.7


class Pace:
    """``rate`` calls a second, ``burst`` of them at once: never more than ``burst`` within ``burst / rate`` seconds.

    AWS counts the calls of a second: a burst of ``rate`` uses all that are allowed however unevenly they come, and no
    more. When it slows down, so do the bursts. For use by several threads.
    """

    def __init__(self, rate: float, *, burst: int = 1) -> None:
        self.rate = rate
        self._most = rate
        self._burst = burst
        self._lock = threading.Lock()
        self._dues: deque[float] = deque([float("-inf")] * burst, maxlen=burst)
        self._recovered_at = time.monotonic()
        self._slowed_at = float("-inf")

    def wait(self) -> None:
        """Until the next call may be made."""
        with self._lock:
            now = time.monotonic()
            self._recover(now)
            burst = max(1, int(self._burst * self.rate / self._most))
            due = max(now, self._dues[-burst] + burst / self.rate)
            self._dues.append(due)
        if due > now:
            time.sleep(due - now)

    def slow_down(self) -> None:
        with self._lock:
            now = time.monotonic()
            if now - self._slowed_at >= TOGETHER_SECONDS:
                self._recover(now)
                self.rate = max(SLOWEST, self.rate * LESS)
                self._slowed_at = now

    def _recover(self, now: float) -> None:
        won_back = self._most * (now - self._recovered_at) / RECOVERY_SECONDS
        self.rate = min(self._most, self.rate + won_back)
        self._recovered_at = now
