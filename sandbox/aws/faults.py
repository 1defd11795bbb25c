"""Things that go wrong on demand: an error, a slow answer, one that breaks off, none at all."""

import itertools
import threading
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from sandbox.aws.errors import invalid, missing
from sandbox.aws.wire import AwsRequest

KINDS: Final = ("error", "slow", "cut", "drop")
PAGES: Final = ("any", "first", "later")


@dataclass(frozen=True)
class AwsFault:
    """Which calls it hits (empty text: any) and what it does to them; ``times`` None: until it is taken away.

    ``kind``: ``error`` answers ``code``; ``slow`` waits ``seconds`` and then answers truly; ``cut`` sends
    half of the true answer; ``drop`` nothing. ``page``: only first pages, or only those asked for by a token.
    ``about``: only calls that have it as the value of a parameter, such as the name of a log group.
    """

    id: int
    kind: str
    action: str = ""
    service: str = ""
    region: str = ""
    account: str = ""
    code: str = ""
    message: str = "A fault of the sandbox"
    status: int | None = None
    seconds: float = 0.0
    page: str = "any"
    about: str = ""
    times: int | None = None

    def hits(self, request: AwsRequest, account: str) -> bool:
        wanted = (self.action, self.service, self.region, self.account)
        given = (request.action, request.service, request.region, account)
        # An empty text and "*" both stand for any.
        if any(want not in {"", "*", is_} for want, is_ in zip(wanted, given, strict=True)):
            return False
        if self.about and self.about not in request.parameters.values():
            return False
        return self.page == "any" or (self.page == "later") == request.has_next_token


class AwsFaults:
    """The faults that are on; the oldest that hits a call is the one it suffers."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._faults: list[AwsFault] = []

    def add(self, **fields: Any) -> AwsFault:
        fault = AwsFault(id=next(self._numbers), **fields)
        if fault.kind not in KINDS or fault.page not in PAGES:
            raise invalid(f"kind is one of {', '.join(KINDS)}; page is one of {', '.join(PAGES)}")
        if fault.kind == "error" and not fault.code:
            raise missing("code")
        with self._lock:
            self._faults.append(fault)
        return fault

    def suffer(self, request: AwsRequest, account: str) -> AwsFault | None:
        """The fault for this call, counted down."""
        with self._lock:
            fault = next((fault for fault in self._faults if fault.hits(request, account)), None)
            if fault and fault.times is not None:
                # Counted down under the lock: two calls at the same time must not both suffer the last one.
                left = replace(fault, times=fault.times - 1)
                self._faults = [left if other.id == fault.id else other for other in self._faults]
                self._faults = [fault for fault in self._faults if fault.times != 0]
            return fault

    def remove(self, fault_id: int) -> None:
        with self._lock:
            self._faults = [fault for fault in self._faults if fault.id != fault_id]

    def clear(self) -> None:
        with self._lock:
            self._faults = []

    def listed(self) -> list[dict[str, Any]]:
        with self._lock:
            return [asdict(fault) for fault in self._faults]
