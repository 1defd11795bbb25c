"""The interface of a part of the sandbox in which faults can be turned on and off."""

from dataclasses import dataclass
from typing import Protocol

from sandbox.network.faults.offers import Offer


@dataclass(frozen=True)
class ActiveFault:
    """``key`` says what to mend. Without an ``offer`` somebody else broke it, in the way that ``detail`` says."""

    key: str
    offer: Offer | None
    detail: str = ""


class FaultTarget(Protocol):
    """Raises SandboxError or OSError where the sandbox doesn't do what it should."""

    def offers(self) -> tuple[Offer, ...]: ...

    def broken(self) -> list[ActiveFault]: ...

    def cause(self, offer: Offer) -> None: ...

    def mend(self, key: str) -> None: ...
