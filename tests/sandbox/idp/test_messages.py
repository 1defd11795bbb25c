"""A Response says what its spec says, and python3-saml believes it."""

import base64
import datetime as dt
from dataclasses import replace

import pytest
from lxml import etree

from sandbox.company import PEOPLE, Person
from sandbox.idp.keys import SigningKey
from sandbox.idp.messages import NAMESPACES, ResponseSpec, build, encode, render
from sandbox.idp.server import IdpServer
from tests.sandbox.idp.service import Service


@pytest.fixture
def spec() -> ResponseSpec:
    return ResponseSpec(
        acs_url="https://portal.example/acs/",
        audience="https://portal.example/metadata/",
        issuer="https://idp.example/metadata",
        in_response_to="_request",
        name_id="m.tanaka@example.co.jp",
        attributes=(("memberOf", ("one", "two")),),
        now=dt.datetime(2026, 11, 1, 9, 30, tzinfo=dt.UTC),
    )


def _values(spec: ResponseSpec, path: str) -> list[str]:
    nodes = build(spec).xpath(path, namespaces=NAMESPACES)
    assert isinstance(nodes, list)
    return [str(value) for value in nodes]


@pytest.mark.parametrize("person", PEOPLE, ids=lambda person: person.email)
def test_a_good_response_is_valid_for_everybody(service: Service, idp: IdpServer, person: Person) -> None:
    request = service.ask()
    xml = render(idp.spec(request, person), idp.key)
    judged = service.judge({"SAMLResponse": encode(xml)}, request.id, want_response_signed=True)
    assert judged.error == ""
    assert judged.name_id == person.email
    assert judged.attributes["name"] == [person.name]
    assert judged.attributes["email"] == [person.email]
    assert judged.attributes.get("memberOf", []) == [group.id for group in person.groups]


def test_what_follows_another_field_still_follows_after_a_replacement(spec: ResponseSpec) -> None:
    other = replace(spec, acs_url="https://other.example/", audience="urn:other", in_response_to="_other")
    assert _values(other, "@Destination | //@Recipient") == ["https://other.example/"] * 2
    assert _values(other, "//saml:Audience/text()") == ["urn:other"]
    assert _values(other, "//@InResponseTo") == ["_other", "_other"]


def test_times_follow_the_providers_clock(spec: ResponseSpec) -> None:
    assert _values(spec, "@IssueInstant") == ["2026-11-01T09:30:00.000Z"]
    assert _values(spec, "//saml:Conditions/@NotBefore") == ["2026-11-01T09:30:00.000Z"]
    assert _values(spec, "//@NotOnOrAfter") == ["2026-11-01T09:35:00.000Z"] * 2


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"in_response_to": None}, "//@InResponseTo"),
        ({"subject_in_response_to": None}, "//saml:SubjectConfirmationData/@InResponseTo"),
        ({"destination": None}, "@Destination"),
        ({"recipient": None}, "//@Recipient"),
        ({"audiences": ()}, "//saml:AudienceRestriction"),
        ({"name_id": None}, "//saml:NameID"),
        ({"name_id_format": None}, "//saml:NameID/@Format"),
        ({"not_before": None}, "//@NotBefore"),
        ({"not_on_or_after": None}, "//saml:Conditions/@NotOnOrAfter"),
        ({"subject_not_on_or_after": None}, "//saml:SubjectConfirmationData/@NotOnOrAfter"),
        ({"session_index": None}, "//@SessionIndex"),
        ({"attributes": ()}, "//saml:AttributeStatement"),
        ({"with_assertion": False}, "//saml:Assertion"),
    ],
)
def test_what_is_none_or_empty_is_left_out(spec: ResponseSpec, fields: dict[str, object], path: str) -> None:
    assert _values(spec, path)
    assert not _values(replace(spec, **fields), path)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("assertion", "response", "signed"),
    [(True, True, ["Response", "Assertion"]), (True, False, ["Assertion"]), (False, True, ["Response"])],
)
def test_it_signs_what_it_is_told_to(
    spec: ResponseSpec, idp: IdpServer, *, assertion: bool, response: bool, signed: list[str]
) -> None:
    xml = render(replace(spec, sign_assertion=assertion, sign_response=response), idp.key)
    signatures = etree.fromstring(xml).iter("{http://www.w3.org/2000/09/xmldsig#}Signature")
    parents = [signature.getparent() for signature in signatures]
    assert [etree.QName(parent).localname for parent in parents if parent is not None] == signed


def test_ids_are_new_each_time(service: Service, idp: IdpServer, tanaka: Person) -> None:
    request = service.ask()
    first, second = idp.spec(request, tanaka), idp.spec(request, tanaka)
    assert first.response_id != second.response_id
    assert first.assertion_id != second.assertion_id


def test_a_key_keeps_its_certificate_apart_from_its_secret() -> None:
    key = SigningKey.create("Somebody", days=30)
    assert base64.b64decode(key.certificate_der_base64)[:1] == b"\x30"
    assert "PRIVATE" not in key.certificate_pem
    assert key.expires - dt.datetime.now(dt.UTC) < dt.timedelta(days=30, minutes=1)
    assert len(key.fingerprint.split(":")) == 32
