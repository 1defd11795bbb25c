"""SAML Responses, each described completely by one frozen dataclass, so that a test can bend any part of it."""

import base64
import datetime as dt
import secrets
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, TypeVar

from lxml import etree

from sandbox.idp.signatures import DECENT, Key, Signing, sign

__all__ = ["SAME", "ResponseSpec", "Signing", "build", "encode", "identifier", "render", "sign"]

NAMESPACES: Final = {
    "samlp": "urn:oasis:names:tc:SAML:2.0:protocol",
    "saml": "urn:oasis:names:tc:SAML:2.0:assertion",
    "xs": "http://www.w3.org/2001/XMLSchema",
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
}
SUCCESS: Final = "urn:oasis:names:tc:SAML:2.0:status:Success"
EMAIL: Final = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
BEARER: Final = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
UNSPECIFIED: Final = "urn:oasis:names:tc:SAML:2.0:attrname-format:unspecified"
PASSWORD: Final = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"
LIFE: Final = dt.timedelta(minutes=5)


T = TypeVar("T")


class Same(Enum):
    """The value of a field that follows another one, also after ``dataclasses.replace``."""

    SAME = "same"


SAME: Final = Same.SAME


def identifier() -> str:
    """A random id that XML allows as such."""
    return f"_{secrets.token_hex(20)}"


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@dataclass(frozen=True, kw_only=True)
class ResponseSpec:
    """All that a Response says. None leaves an attribute or element out, ``SAME`` follows what is named beside it."""

    acs_url: str
    audience: str
    issuer: str
    name_id: str | None
    attributes: tuple[tuple[str, tuple[str, ...]], ...] = ()

    in_response_to: str | None = None
    subject_in_response_to: str | Same | None = SAME  # in_response_to
    destination: str | Same | None = SAME  # acs_url
    recipient: str | Same | None = SAME  # acs_url
    audiences: tuple[str, ...] | Same = SAME  # (audience,); empty: no AudienceRestriction
    assertion_issuer: str | Same = SAME  # issuer
    name_id_format: str | None = EMAIL

    now: dt.datetime = field(default_factory=_now)
    issue_instant: dt.datetime | Same = SAME  # now
    not_before: dt.datetime | Same | None = SAME  # now
    not_on_or_after: dt.datetime | Same | None = SAME  # now + 5 minutes
    subject_not_on_or_after: dt.datetime | Same | None = SAME  # now + 5 minutes
    session_not_on_or_after: dt.datetime | None = None

    session_index: str | None = field(default_factory=identifier)
    response_id: str = field(default_factory=identifier)
    assertion_id: str = field(default_factory=identifier)
    status_code: str = SUCCESS
    status_detail: str | None = None
    with_assertion: bool = True

    sign_assertion: bool = True
    sign_response: bool = True
    signing: Signing = DECENT


def render(spec: ResponseSpec, key: Key) -> bytes:
    """The Response as XML, signed as ``spec`` says: the assertion first, as the response's signature covers it."""
    response = build(spec)
    assertion = response.find("saml:Assertion", NAMESPACES)
    if spec.sign_assertion and assertion is not None:
        sign(assertion, key, signing=spec.signing)
    if spec.sign_response:
        sign(response, key, signing=spec.signing)
    return etree.tostring(response)


def encode(xml: bytes) -> str:
    """What goes into the form field ``SAMLResponse``."""
    return base64.b64encode(xml).decode()


def build(spec: ResponseSpec) -> etree._Element:
    """The Response without signatures."""
    response = etree.Element(_tag("samlp:Response"), nsmap=NAMESPACES)
    _set(response, ID=spec.response_id, Version="2.0", IssueInstant=_instant(_issued(spec)))
    _set(response, InResponseTo=spec.in_response_to, Destination=_either(spec.destination, spec.acs_url))
    _add(response, "saml:Issuer", spec.issuer)
    code = _add(_add(response, "samlp:Status"), "samlp:StatusCode", Value=spec.status_code)
    if spec.status_detail is not None:
        _add(code, "samlp:StatusCode", Value=spec.status_detail)
    if spec.with_assertion:
        _add_assertion(response, spec)
    return response


def _add_assertion(response: etree._Element, spec: ResponseSpec) -> None:
    assertion = _add(response, "saml:Assertion", ID=spec.assertion_id, Version="2.0")
    _set(assertion, IssueInstant=_instant(_issued(spec)))
    _add(assertion, "saml:Issuer", _either(spec.assertion_issuer, spec.issuer))
    _add_subject(assertion, spec)
    _add_conditions(assertion, spec)
    _add_authentication(assertion, spec)
    if spec.attributes:
        _add_attributes(assertion, spec)


def _add_subject(assertion: etree._Element, spec: ResponseSpec) -> None:
    subject = _add(assertion, "saml:Subject")
    if spec.name_id is not None:
        _add(subject, "saml:NameID", spec.name_id, Format=spec.name_id_format)
    _add(
        _add(subject, "saml:SubjectConfirmation", Method=BEARER),
        "saml:SubjectConfirmationData",
        InResponseTo=_either(spec.subject_in_response_to, spec.in_response_to),
        Recipient=_either(spec.recipient, spec.acs_url),
        NotOnOrAfter=_instant(_either(spec.subject_not_on_or_after, spec.now + LIFE)),
    )


def _add_conditions(assertion: etree._Element, spec: ResponseSpec) -> None:
    conditions = _add(
        assertion,
        "saml:Conditions",
        NotBefore=_instant(_either(spec.not_before, spec.now)),
        NotOnOrAfter=_instant(_either(spec.not_on_or_after, spec.now + LIFE)),
    )
    audiences = _either(spec.audiences, (spec.audience,))
    restriction = _add(conditions, "saml:AudienceRestriction") if audiences else conditions
    for audience in audiences:
        _add(restriction, "saml:Audience", audience)


def _add_authentication(assertion: etree._Element, spec: ResponseSpec) -> None:
    statement = _add(
        assertion,
        "saml:AuthnStatement",
        AuthnInstant=_instant(_issued(spec)),
        SessionIndex=spec.session_index,
        SessionNotOnOrAfter=_instant(spec.session_not_on_or_after),
    )
    _add(_add(statement, "saml:AuthnContext"), "saml:AuthnContextClassRef", PASSWORD)


def _add_attributes(assertion: etree._Element, spec: ResponseSpec) -> None:
    statement = _add(assertion, "saml:AttributeStatement")
    for name, values in spec.attributes:
        attribute = _add(statement, "saml:Attribute", Name=name, NameFormat=UNSPECIFIED)
        for value in values:
            _add(attribute, "saml:AttributeValue", value).set(_tag("xsi:type"), "xs:string")


def _issued(spec: ResponseSpec) -> dt.datetime:
    return _either(spec.issue_instant, spec.now)


def _either(value: T | Same, other: T) -> T:
    return other if isinstance(value, Same) else value


def _instant(moment: dt.datetime | None) -> str | None:
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z" if moment else None


def _tag(name: str) -> str:
    prefix, _, local = name.partition(":")
    return f"{{{NAMESPACES[prefix]}}}{local}"


def _add(
    parent: etree._Element, name: str, text: str | None = None, **attributes: str | None
) -> etree._Element:
    element = etree.SubElement(parent, _tag(name))
    element.text = text
    _set(element, **attributes)
    return element


def _set(element: etree._Element, **attributes: str | None) -> None:
    for name, value in attributes.items():
        if value is not None:
            element.set(name, value)
