"""What a purpose-made case is: a way to answer a request, and what the portal must do with the answer."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from sandbox.idp.keys import SigningKey
from sandbox.idp.messages import ResponseSpec, encode, render


@dataclass(frozen=True)
class Words:
    ja: str
    en: str


class Verdict(StrEnum):
    """What the portal must do: let the person in, not let anybody in, or let them in the first time only."""

    ACCEPT = "accept"
    REFUSE = "refuse"
    ONCE = "once"


class Group(StrEnum):
    GOOD = "good"
    TIME = "time"
    ADDRESS = "address"
    REQUEST = "request"
    PERSON = "person"
    SIGNATURE = "signature"
    WRAPPING = "wrapping"
    DOCUMENT = "document"


class Signer(Protocol):
    @property
    def key(self) -> SigningKey: ...


Change = Callable[[ResponseSpec], ResponseSpec]
Make = Callable[[ResponseSpec, SigningKey], bytes | str]


@dataclass(frozen=True)
class Case:
    """``make`` answers XML as bytes, or as text what goes into the form field as it is. ``times``: posts it takes."""

    id: str
    group: Group
    verdict: Verdict
    title: Words
    make: Make
    times: int = 1

    def post(self, spec: ResponseSpec, idp: Signer) -> dict[str, str]:
        """The form's fields for the ACS, without RelayState."""
        made = self.make(spec, idp.key)
        return {"SAMLResponse": encode(made) if isinstance(made, bytes) else made}


def changed(change: Change) -> Make:
    """Decently signed, but it says something else."""
    return lambda spec, key: render(change(spec), key)
