"""The worker's way to AWS, where each call can be counted, and where the worker can die: botocore's own sockets."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final
from urllib.parse import parse_qsl

from botocore.exceptions import ConnectionClosedError
from botocore.httpsession import URLLib3Session

READS: Final = ("Describe", "Get", "Export", "AssumeRole", "Scan")


class Died(BaseException):
    """As SIGKILL: nothing of ours catches it, so nothing more is written."""


class Moment(Enum):
    BEFORE = "before the call reached AWS"
    AFTER = "after AWS had answered"
    # The worker lives, and never hears what AWS answered, however often boto3 asks again.
    UNHEARD = "with no answer coming back"


@dataclass(frozen=True)
class Call:
    """``said`` is all that it asks for. ``invocation`` is the same in all attempts of boto3's, ``token`` AWS's."""

    action: str
    said: str
    invocation: str
    token: str

    @property
    def changes(self) -> bool:
        return not self.action.startswith(READS) and "DryRun=true" not in self.said


def die(call: Call) -> None:
    raise Died(call.action)


class Wire:
    """``calls``: what was answered since ``listen``, and with which HTTP status. ``broken``: the calls it broke."""

    def __init__(self) -> None:
        self.calls: list[tuple[Call, int]] = []
        self.broken: list[Call] = []
        self._moment: Moment | None = None
        self._happens: Callable[[Call], None] = die
        self._listening = False
        self._seen: set[object] = set()
        self._unheard = ""
        self._send = URLLib3Session.send

    @contextmanager
    def listen(
        self, moment: Moment | None = None, *, happens: Callable[[Call], None] | None = None
    ) -> Iterator[None]:
        """Every call breaks once at this ``moment``; the same one again, after AWS has changed, is another.

        ``happens``: in place of death.
        """
        self.calls, self.broken, self._moment, self._seen = [], [], moment, set()
        self._happens = happens or die
        self._listening = True
        try:
            yield
        finally:
            self._listening = False

    def send(self, session: Any, request: Any) -> Any:
        """In place of URLLib3Session.send."""
        if not self._listening:
            return self._send(session, request)
        call = _call(request)
        due = self._due(call)
        if due and self._moment is Moment.BEFORE:
            self._happens(call)
        answer = self._send(session, request)
        self.calls.append((call, answer.status_code))
        if due and self._moment is Moment.AFTER:
            self._happens(call)
        if self._moment is Moment.UNHEARD and call.invocation == self._unheard:
            raise ConnectionClosedError(endpoint_url=request.url)
        return answer

    def _due(self, call: Call) -> bool:
        """A read that never arrives is the same as one whose answer is lost.

        One call in a row: after three, some steps leave their part undone for the rest of the operation.
        """
        key = call.said, self.changes().total()
        last = self.calls[-1][0].invocation if self.calls else ""
        if key in self._seen or (self._moment is Moment.BEFORE and not call.changes):
            return False
        if self._moment is Moment.UNHEARD and last and last == self._unheard:
            return False
        self._seen.add(key)
        self.broken.append(call)
        self._unheard = call.invocation
        return True

    def changes(self) -> Counter[str]:
        """What AWS did: once for each ClientToken, and once for each call without one however often boto3 sent it."""
        done = {
            (c.action, c.token or c.invocation) for c, status in self.calls if c.changes and status == 200
        }
        return Counter(action for action, _ in done)


def _call(request: Any) -> Call:
    headers = {name.lower(): _text(value) for name, value in request.headers.items()}
    text = _text(request.body or "")
    form = {} if "x-amz-target" in headers else dict(parse_qsl(text))
    action = headers.get("x-amz-target", "").rpartition(".")[2] or form["Action"]
    return Call(
        action, f"{request.url} {text}", headers["amz-sdk-invocation-id"], form.get("ClientToken", "")
    )


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value
