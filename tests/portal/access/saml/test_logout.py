"""Single logout: only signed messages count, and nobody is sent elsewhere."""

import base64
import zlib
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlsplit

import pytest
import xmlsec
from django.http import HttpResponse
from xmlsec import constants

from sandbox import company
from sandbox.idp.keys import SigningKey
from tests.portal.access.saml.conftest import IDP, SITE, SLO_URL, Browser

SLS = "/accounts/saml/sso/sls/"
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
RSA_SHA1 = "http://www.w3.org/2000/09/xmldsig#rsa-sha1"
TANAKA = company.PEOPLE[0]


def logout_request(
    name_id: str = TANAKA.email,
    destination: str = f"{SITE}{SLS}",
    issuer: str = IDP,
    age: timedelta = timedelta(),
) -> bytes:
    issued = (datetime.now(UTC) - age).strftime("%Y-%m-%dT%H:%M:%SZ")
    return (
        '<samlp:LogoutRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"'
        f' xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_1" Version="2.0" IssueInstant="{issued}"'
        f' Destination="{destination}"><saml:Issuer>{issuer}</saml:Issuer>'
        f"<saml:NameID>{name_id}</saml:NameID></samlp:LogoutRequest>"
    ).encode()


def deflated(xml: bytes) -> str:
    compressor = zlib.compressobj(9, zlib.DEFLATED, -15)
    return base64.b64encode(compressor.compress(xml) + compressor.flush()).decode()


def query(xml: bytes, key: SigningKey, *, relay_state: str = "", algorithm: str = RSA_SHA256) -> str:
    signed = f"SAMLRequest={quote(deflated(xml), safe='')}"
    if relay_state:
        signed += f"&RelayState={quote(relay_state, safe='')}"
    signed += f"&SigAlg={quote(algorithm, safe='')}"
    context = xmlsec.SignatureContext()
    context.key = key.for_xmlsec()
    transform = constants.TransformRsaSha256 if algorithm == RSA_SHA256 else constants.TransformRsaSha1
    signature = base64.b64encode(context.sign_binary(signed.encode(), transform)).decode()
    return f"{signed}&Signature={quote(signature, safe='')}"


def send(browser: Browser, query_string: str) -> HttpResponse:
    return browser.client.get(f"{SLS}?{query_string}")  # type: ignore[return-value]


@pytest.fixture
def inside(browser: Browser) -> Browser:
    browser.sign_in(browser.answer())
    assert browser.signed_in
    return browser


def test_a_signed_request_signs_its_person_out_and_answers_the_identity_provider(
    inside: Browser, key: SigningKey
) -> None:
    response = send(inside, query(logout_request(), key, relay_state="https://evil.example/"))
    assert response.status_code == 302
    assert response["Location"].startswith(f"{SLO_URL}?SAMLResponse=")
    assert "evil" not in response["Location"]
    assert not inside.signed_in


def test_a_request_for_somebody_else_signs_nobody_out(inside: Browser, key: SigningKey) -> None:
    send(inside, query(logout_request(name_id="somebody@example.co.jp"), key))
    assert inside.signed_in


def unsigned(xml: bytes) -> str:
    return f"SAMLRequest={quote(deflated(xml), safe='')}"


@pytest.mark.parametrize(
    "message",
    [
        logout_request(destination="https://other.example.com/"),
        logout_request(issuer="https://evil.example"),
        logout_request(age=timedelta(minutes=8)),
        b'<!DOCTYPE a [<!ENTITY b "c">]>' + logout_request(),
        b"<a/>",
        b"no xml",
    ],
)
def test_signed_nonsense_is_refused_in_words(inside: Browser, key: SigningKey, message: bytes) -> None:
    response = send(inside, query(message, key))
    assert response.status_code == 403
    assert "You are still signed in to Genkan" in response.content.decode()
    assert inside.signed_in


def test_unsigned_messages_are_refused(inside: Browser) -> None:
    assert send(inside, unsigned(logout_request())).status_code == 403
    assert send(inside, unsigned(logout_request()).replace("SAMLRequest", "SAMLResponse")).status_code == 403
    assert inside.signed_in


def test_another_key_and_sha1_are_refused(inside: Browser, key: SigningKey, other_key: SigningKey) -> None:
    assert send(inside, query(logout_request(), other_key)).status_code == 403
    assert send(inside, query(logout_request(), key, algorithm=RSA_SHA1)).status_code == 403
    assert inside.signed_in


def test_a_changed_message_is_refused(inside: Browser, key: SigningKey) -> None:
    signed = query(logout_request(name_id="somebody@example.co.jp"), key)
    changed = signed.replace(signed.split("&")[0], unsigned(logout_request()))
    assert send(inside, changed).status_code == 403
    assert inside.signed_in


@pytest.mark.parametrize(
    "garbage",
    [
        "",
        "SAMLRequest=",
        "SAMLRequest=!!&Signature=a&SigAlg=b",
        "SAMLRequest=YQ==&Signature=YQ==&SigAlg=" + RSA_SHA256.replace("#", "%23"),
    ],
)
def test_garbage_is_refused_in_words(inside: Browser, garbage: str) -> None:
    assert send(inside, garbage).status_code == 403


def test_a_message_that_inflates_without_end_is_not_inflated(inside: Browser, key: SigningKey) -> None:
    bomb = deflated(b" " * 5_000_000)
    response = send(
        inside, f"SAMLRequest={quote(bomb, safe='')}&SigAlg={quote(RSA_SHA256, safe='')}&Signature=YQ=="
    )
    assert response.status_code == 403


def test_signing_out_of_the_portal_is_a_post_and_is_recorded(inside: Browser) -> None:
    assert inside.client.get("/accounts/logout/").status_code == 405
    response = inside.client.post("/accounts/logout/")
    assert urlsplit(response["Location"]).path == "/accounts/signed-out/"
    assert not inside.signed_in
    assert inside.client.get("/accounts/signed-out/").status_code == 200
