"""How fast things move in the sandbox, and the clock they move by.

A state is never moved by a thread: it is worked out from the clock whenever somebody looks.
"""

import threading
import time
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Pace:
    """Seconds that each change takes; AWS takes minutes (an association 5 to 15, CloudTrail up to 15)."""

    associate: float
    disassociate: float
    authorize: float
    revoke: float
    create_route: float
    delete_route: float
    delete_endpoint: float
    terminate: float
    apply: float
    publish: float
    query: float
    trail: float


# Long enough to be seen on a page that refreshes, short enough to be waited for in a demo.
LIFELIKE: Final = Pace(
    associate=40,
    disassociate=25,
    authorize=8,
    revoke=8,
    create_route=15,
    delete_route=10,
    delete_endpoint=10,
    terminate=4,
    apply=10,
    publish=3,
    query=6,
    trail=20,
)
# Not zero, so that each change passes through its state in between.
FAST: Final = Pace(
    associate=0.02,
    disassociate=0.02,
    authorize=0.02,
    revoke=0.02,
    create_route=0.02,
    delete_route=0.02,
    delete_endpoint=0.02,
    terminate=0.02,
    apply=0.02,
    publish=0,
    query=0.02,
    trail=0,
)
PACES: Final = {"lifelike": LIFELIKE, "fast": FAST}


class Clock:
    """The sandbox's time: the computer's, plus whatever somebody has skipped."""

    def __init__(self) -> None:
        self._skipped = 0.0
        self._lock = threading.Lock()

    def now(self) -> float:
        return time.time() + self._skipped

    def skip(self, seconds: float) -> None:
        with self._lock:
            self._skipped += seconds

    def reset(self) -> None:
        with self._lock:
            self._skipped = 0.0
