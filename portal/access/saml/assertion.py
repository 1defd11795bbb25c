"""What a verified assertion must say before anybody is let in. Its signature has been checked already.

Rules: SAML 2.0 Core 2.5 (conditions), Profiles 4.1.4.3 (web browser SSO), and stricter where those leave room.
"""

import hashlib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from allauth.socialaccount import app_settings
from lxml import etree

from portal.access.names import account_key
from portal.access.saml.document import SAML
from portal.access.saml.refusal import AssertionRefused

SKEW: Final = timedelta(seconds=120)  # how far the identity provider's clock may be off, either way
LONGEST_NAME_ID: Final = 255  # AWS cuts a NameID off there
LONGEST_VALUE: Final = 1024
MOST_NAMES: Final = 50

BEARER: Final = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
TRANSIENT: Final = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
KNOWN_CONDITIONS: Final = frozenset(
    f"{SAML}{name}" for name in ("AudienceRestriction", "OneTimeUse", "ProxyRestriction")
)
# Control and format characters, surrogates, private use, line and paragraph separators: none of them in an identity
UNSAFE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
# Names and groups are in every script: format characters belong to some (joiners in Persian and in emoji), private use
# to others (gaiji in Japanese). Only what changes the text around it is left.
UNSAFE_IN_TEXT: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})
# Embeddings, overrides and isolates of direction: they reorder what is shown beside them.
DIRECTIONS: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
WHITESPACE: Final = " \t\r\n"


@dataclass(frozen=True)
class ExpectedAssertion:
    """What the identity provider must have addressed its response to, and when it is checked.

    ``attributes``: the names of those that the portal reads. Others are neither checked nor kept.
    """

    acs_url: str
    sp_entity_id: str
    idp_entity_id: str
    now: datetime
    attributes: frozenset[str]
    unsolicited_allowed: bool = False


@dataclass(frozen=True)
class VerifiedAssertion:
    """Has the three methods that allauth's SAML provider asks a response for.

    ``attributes`` are those that the portal reads; ``attribute_names`` are the names of all that were sent.
    """

    id: str
    in_response_to: str | None
    name_id: str
    name_id_format: str
    attributes: dict[str, list[str]] = field(repr=False)
    attribute_names: list[str] = field(repr=False)
    valid_until: datetime
    session_until: datetime | None

    def get_nameid(self) -> str:
        """What allauth keeps as the account's uid. Its column is shorter than a NameID, so a long one is hashed.

        Users are found by ``name_id`` itself.
        """
        key = account_key(self.name_id)
        if len(key) <= app_settings.UID_MAX_LENGTH:
            return key
        return f"sha256:{hashlib.sha256(key.encode()).hexdigest()}"

    def get_nameid_format(self) -> str:
        return self.name_id_format

    def get_attributes(self) -> dict[str, list[str]]:
        return self.attributes


def read(
    response: etree._Element, assertion: etree._Element, expected: ExpectedAssertion
) -> VerifiedAssertion:
    """Check every rule, in the order of the document. Raises AssertionRefused for the first that is broken."""
    _check_message(response, expected)
    assertion_id = assertion.get("ID", "")
    _check_issuer(assertion, expected, required=True)
    if parse_datetime(assertion.get("IssueInstant")) > expected.now + SKEW:
        raise AssertionRefused("not_yet_valid", "IssueInstant")
    name_id, name_id_format = _name_id(assertion)
    confirmation = _confirmation(assertion, expected)
    in_response_to = confirmation.get("InResponseTo")
    if response.get("InResponseTo") != in_response_to:
        raise AssertionRefused("in_response_to", "the response names another request than the assertion")
    _check_conditions(assertion, expected)
    return VerifiedAssertion(
        id=assertion_id,
        in_response_to=in_response_to,
        name_id=name_id,
        name_id_format=name_id_format,
        attributes=_attributes(assertion, expected.attributes),
        attribute_names=_attribute_names(assertion),
        valid_until=parse_datetime(confirmation.get("NotOnOrAfter")),
        session_until=_session_until(assertion, expected),
    )


def _check_message(response: etree._Element, expected: ExpectedAssertion) -> None:
    if response.get("Version") != "2.0":
        raise AssertionRefused("version")
    if response.get("Destination") != expected.acs_url:
        raise AssertionRefused("destination", response.get("Destination") or "")
    _check_issuer(response, expected, required=False)


def _check_issuer(element: etree._Element, expected: ExpectedAssertion, *, required: bool) -> None:
    issuers = [_text(issuer) for issuer in element.findall(f"{SAML}Issuer")]
    if issuers != [expected.idp_entity_id] and (issuers or required):
        raise AssertionRefused("issuer", " ".join(issuers))


def _name_id(assertion: etree._Element) -> tuple[str, str]:
    name_ids = assertion.findall(f"{SAML}Subject/{SAML}NameID")
    if len(name_ids) != 1:
        raise AssertionRefused("name_id", "not exactly one")
    name_format = name_ids[0].get("Format", "")
    if name_format == TRANSIENT:
        raise AssertionRefused("name_id_transient")
    value = _text(name_ids[0])
    if not value or len(value) > LONGEST_NAME_ID or is_unsafe(value):
        raise AssertionRefused("name_id", ascii(value[:100]))
    return value, name_format


def _confirmation(assertion: etree._Element, expected: ExpectedAssertion) -> etree._Element:
    """The SubjectConfirmationData of the bearer confirmation for our ACS URL (Profiles 4.1.4.2)."""
    refusals = []
    for confirmation in assertion.findall(f"{SAML}Subject/{SAML}SubjectConfirmation"):
        if confirmation.get("Method") != BEARER:
            continue
        for data in confirmation.findall(f"{SAML}SubjectConfirmationData"):
            refusal = _confirmation_refusal(data, expected)
            if refusal is None:
                return data
            refusals.append(refusal)
    raise refusals[0] if refusals else AssertionRefused("confirmation", "no bearer confirmation")


def _confirmation_refusal(data: etree._Element, expected: ExpectedAssertion) -> AssertionRefused | None:
    if data.get("Recipient") != expected.acs_url:
        return AssertionRefused("recipient", data.get("Recipient") or "")
    if not data.get("InResponseTo") and not expected.unsolicited_allowed:
        return AssertionRefused("unsolicited")
    if not data.get("NotOnOrAfter"):
        return AssertionRefused("confirmation", "without NotOnOrAfter")
    if parse_datetime(data.get("NotOnOrAfter")) <= expected.now - SKEW:
        return AssertionRefused("expired", f"SubjectConfirmationData {data.get('NotOnOrAfter')}")
    if data.get("NotBefore") and parse_datetime(data.get("NotBefore")) > expected.now + SKEW:
        return AssertionRefused("not_yet_valid", f"SubjectConfirmationData {data.get('NotBefore')}")
    return None


def _check_conditions(assertion: etree._Element, expected: ExpectedAssertion) -> None:
    elements = assertion.findall(f"{SAML}Conditions")
    if len(elements) != 1:
        raise AssertionRefused("conditions", "not exactly one")
    conditions = elements[0]
    if any(condition.tag not in KNOWN_CONDITIONS for condition in conditions):
        raise AssertionRefused("conditions", "unknown condition")
    if (
        conditions.get("NotOnOrAfter")
        and parse_datetime(conditions.get("NotOnOrAfter")) <= expected.now - SKEW
    ):
        raise AssertionRefused("expired", f"Conditions {conditions.get('NotOnOrAfter')}")
    if conditions.get("NotBefore") and parse_datetime(conditions.get("NotBefore")) > expected.now + SKEW:
        raise AssertionRefused("not_yet_valid", f"Conditions {conditions.get('NotBefore')}")
    restrictions = conditions.findall(f"{SAML}AudienceRestriction")
    audiences = [[_text(audience) for audience in restriction] for restriction in restrictions]
    # One restriction names alternatives; several restrictions must all hold (Core 2.5.1.4).
    if not audiences or any(expected.sp_entity_id not in restriction for restriction in audiences):
        raise AssertionRefused("audience", str(audiences))


def _session_until(assertion: etree._Element, expected: ExpectedAssertion) -> datetime | None:
    statements = assertion.findall(f"{SAML}AuthnStatement")
    if len(statements) != 1:
        raise AssertionRefused("authn_statement", "not exactly one")
    if not statements[0].get("SessionNotOnOrAfter"):
        return None
    until = parse_datetime(statements[0].get("SessionNotOnOrAfter"))
    if until <= expected.now - SKEW:
        raise AssertionRefused("expired", "SessionNotOnOrAfter")
    return until


def _attributes(assertion: etree._Element, read: frozenset[str]) -> dict[str, list[str]]:
    attributes: dict[str, list[str]] = {}
    for attribute in _attribute_elements(assertion):
        name = attribute.get("Name", "")
        # A line break in a postal address, or Keycloak's repeated Role, is nobody's business here.
        if name not in read:
            continue
        if name in attributes:
            raise AssertionRefused("attribute_twice", ascii(name[:100]))
        attributes[name] = list(_values(attribute))
    return attributes


def _attribute_elements(assertion: etree._Element) -> Iterator[etree._Element]:
    return assertion.iterfind(f"{SAML}AttributeStatement/{SAML}Attribute")


def _attribute_names(assertion: etree._Element) -> list[str]:
    """For the record of somebody without groups: as text that is safe to show, and no more than a page of it."""
    names = dict.fromkeys(attribute.get("Name", "")[:200] for attribute in _attribute_elements(assertion))
    return [name for name in names if not is_unsafe(name)][:MOST_NAMES]


def _values(attribute: etree._Element) -> Iterator[str]:
    for value in attribute.iterfind(f"{SAML}AttributeValue"):
        # A structured value, such as eduPersonTargetedID's NameID, is nothing that we read.
        if len(value):
            continue
        text = _text(value)
        if len(text) > LONGEST_VALUE or _is_unsafe_text(text):
            raise AssertionRefused("attribute", f"{attribute.get('Name', '')[:100]!a}: {text[:100]!a}")
        if text:
            yield text


def _text(element: etree._Element) -> str:
    if len(element):
        raise AssertionRefused("nested", str(element.tag))
    return (element.text or "").strip(WHITESPACE)


def is_unsafe(text: str) -> bool:
    return any(unicodedata.category(character) in UNSAFE for character in text)


def _is_unsafe_text(text: str) -> bool:
    return any(
        character in DIRECTIONS or unicodedata.category(character) in UNSAFE_IN_TEXT for character in text
    )


def parse_datetime(text: str | None) -> datetime:
    """An ``xs:dateTime``, in UTC. SAML (Core 1.3.3) allows no other zone; without a zone it is read as UTC.

    Raises AssertionRefused.
    """
    try:
        parsed = datetime.fromisoformat(text or "")
        return parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    # Overflow: before the year 1 or after 9999 in UTC
    except (ValueError, OverflowError) as error:
        raise AssertionRefused("time", ascii((text or "")[:100])) from error
