"""How fast AWS is asked, for quotas that are shared with everybody else in an account and region."""

import threading
import time
from collections import deque


class Pace:
    """``rate`` calls a second, ``burst`` of them at once: never more than ``burst`` within ``burst / rate`` seconds.

    AWS counts the calls of a second: a burst of ``rate`` uses all that are allowed however unevenly they come, and no
    more. botocore's adaptive retries slow down further where others use the quota too. For use by several threads.
    """

    def __init__(self, rate: float, *, burst: int = 1) -> None:
        self._period = burst / rate
        self._lock = threading.Lock()
        self._dues: deque[float] = deque([float("-inf")] * burst, maxlen=burst)

    def wait(self) -> None:
        """Until the next call may be made."""
        with self._lock:
            now = time.monotonic()
            due = max(now, self._dues[0] + self._period)
            self._dues.append(due)
        if due > now:
            time.sleep(due - now)
