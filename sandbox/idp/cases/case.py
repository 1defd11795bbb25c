"""What a purpose-made case is: a way to answer a request, and what the portal must do with the answer."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final, Protocol

from lxml import etree

from sandbox.bilingual import BilingualText
from sandbox.idp.keys import SigningKey
from sandbox.idp.messages import NAMESPACES, ResponseSpec, build, encode, render
from sandbox.idp.signatures import sign

SAML: Final = f"{{{NAMESPACES['saml']}}}"
SAMLP: Final = f"{{{NAMESPACES['samlp']}}}"


class Verdict(StrEnum):
    """What the portal must do: let the person in, not let anybody in, or let them in the first time only."""

    ACCEPT = "accept"
    REFUSE = "refuse"
    ONCE = "once"


class CaseGroup(StrEnum):
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


Make = Callable[[ResponseSpec, SigningKey], bytes | str]


@dataclass(frozen=True)
class Case:
    """``make`` answers XML as bytes, or as text what goes into the form field as it is.

    ``times`` is how often it has to be posted for its verdict to show.
    """

    id: str
    group: CaseGroup
    verdict: Verdict
    title: BilingualText
    make: Make
    times: int = 1

    def post(self, spec: ResponseSpec, idp: Signer) -> dict[str, str]:
        """The form's fields for the ACS, without RelayState."""
        made = self.make(spec, idp.key)
        return {"SAMLResponse": encode(made) if isinstance(made, bytes) else made}


def changed_fields(change: Callable[[ResponseSpec], dict[str, Any]]) -> Make:
    """A maker of well-signed Responses in which ``change`` has replaced fields of the spec."""
    return lambda spec, key: render(replace(spec, **change(spec)), key)


def edited(edit: Callable[[etree._Element, ResponseSpec], None]) -> Make:
    """A maker of well-signed Responses whose assertion ``edit`` has changed before it was signed."""

    def make(spec: ResponseSpec, key: SigningKey) -> bytes:
        response = build(spec)
        assertion = the_assertion(response)
        edit(assertion, spec)
        sign(assertion, key)
        sign(response, key)
        return etree.tostring(response)

    return make


def tampered(edit: Callable[[etree._Element], None], **fields: Any) -> Make:
    """Decently signed with these fields, and the Response edited afterwards."""

    def make(spec: ResponseSpec, key: SigningKey) -> bytes:
        response = etree.fromstring(render(replace(spec, **fields), key))
        edit(response)
        return etree.tostring(response)

    return make


def the_assertion(response: etree._Element) -> etree._Element:
    return next(response.iter(f"{SAML}Assertion"))


def first(element: etree._Element, name: str) -> etree._Element:
    """The first descendant of SAML's assertion namespace with that name."""
    return next(element.iter(f"{SAML}{name}"))
