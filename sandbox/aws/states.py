"""States that turn into another one at a known moment, so that no thread has to move them."""

from dataclasses import dataclass
from typing import Final

GONE: Final = ""


@dataclass(frozen=True)
class State:
    """``code`` until ``due``, then ``then``; ``then=GONE`` means AWS stops listing the thing."""

    code: str
    then: str = GONE
    due: float | None = None
    message: str = ""

    def at(self, now: float) -> str:
        return self.code if self.due is None or now < self.due else self.then

    def is_gone(self, now: float) -> bool:
        return self.at(now) == GONE

    def is_moving(self, now: float) -> bool:
        return self.due is not None and now < self.due

    def described(self, now: float) -> dict[str, str]:
        """``Status`` as the Describe actions give it; the message belongs to the state that it ends in."""
        code = self.at(now)
        return (
            {"Code": code, "Message": self.message} if self.message and code == self.then else {"Code": code}
        )


def settled(code: str) -> State:
    return State(code)


def moving(code: str, *, then: str = GONE, due: float, message: str = "") -> State:
    return State(code, then, due, message)
