"""What must be refused, each signed for real unless that is the point; and that nothing answers with a 5xx."""

import copy
import re
import threading
import zlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
import time_machine
from django.db import connection
from django.test import Client
from lxml import etree
from pytest_django import Settings
from xmlsec import constants

from portal import rates
from portal.access.models import User
from portal.access.saml.assertion import parse_datetime
from portal.access.saml.models import UsedAssertion
from portal.access.saml.refusal import AssertionRefused
from portal.access.saml.views import PER_MINUTE
from portal.access.sign_in.services import RECORDED_IN_TOTAL, RECORDED_PER_ADDRESS
from portal.audit.models import AuditEvent
from sandbox import company
from sandbox.idp.keys import SigningKey
from sandbox.idp.messages import ResponseSpec, Signing, build, encode, identifier, render, sign
from sandbox.idp.signatures import ENVELOPED, EXCLUSIVE_C14N
from tests.portal.access.saml.conftest import ACS, SITE, SP, Browser, reason

NS = {
    "samlp": "urn:oasis:names:tc:SAML:2.0:protocol",
    "saml": "urn:oasis:names:tc:SAML:2.0:assertion",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
}
TRANSIENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def first(tree: etree._Element, name: str) -> etree._Element:
    element = tree.find(f".//{name}", NS)
    assert element is not None
    return element


# A timedelta: so far from now.
Changes = dict[str, object]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"sign_assertion": False, "sign_response": False}, "assertion_not_signed"),
        ({"sign_assertion": False}, "assertion_not_signed"),
        ({"recipient": None}, "recipient"),
        ({"recipient": ""}, "recipient"),
        ({"recipient": f"https://evil.example/?{SITE}{ACS}"}, "recipient"),
        ({"recipient": f"{SITE}{ACS}more"}, "recipient"),
        ({"destination": None}, "destination"),
        ({"destination": ""}, "destination"),
        ({"destination": f"{SITE}{ACS}more"}, "destination"),
        ({"destination": f"{SITE}{ACS}?a=b"}, "destination"),
        ({"destination": f"http://vpn.example.com{ACS}"}, "destination"),
        ({"audiences": ()}, "audience"),
        ({"audiences": ("",)}, "audience"),
        ({"audiences": ("https://other.example.com",)}, "audience"),
        ({"assertion_issuer": ""}, "issuer"),
        ({"assertion_issuer": "https://evil.example"}, "issuer"),
        ({"issuer": "https://evil.example"}, "issuer"),
        ({"issuer": ""}, "issuer"),
        ({"status_code": ""}, "status"),
        ({"status_code": "urn:oasis:names:tc:SAML:2.0:status:Responder"}, "status"),
        ({"not_on_or_after": -minutes(3)}, "expired"),
        ({"subject_not_on_or_after": -minutes(3)}, "expired"),
        ({"subject_not_on_or_after": None}, "confirmation"),
        ({"subject_not_on_or_after": datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)}, "time"),
        ({"session_not_on_or_after": -minutes(3)}, "expired"),
        ({"not_before": minutes(5)}, "not_yet_valid"),
        ({"issue_instant": minutes(5)}, "not_yet_valid"),
        ({"subject_in_response_to": None}, "unsolicited"),
        ({"subject_in_response_to": "_another"}, "in_response_to"),
        ({"name_id": None}, "name_id"),
        ({"name_id": ""}, "name_id"),
        ({"name_id": "   "}, "name_id"),
        ({"name_id": "a" * 256}, "name_id"),
        ({"name_id": "m.tanaka\u202e@example.co.jp"}, "name_id"),
        ({"name_id": "m.tanaka@example.co.jp\u0085"}, "name_id"),
        ({"name_id_format": TRANSIENT}, "name_id_transient"),
        ({"attributes": (("email", ("a",)), ("email", ("b",)))}, "attribute_twice"),
        ({"attributes": (("name", ("a" * 10_000,)),)}, "attribute"),
        ({"attributes": (("name", ("a\u202eb",)),)}, "attribute"),
        ({"attributes": (("memberOf", ("a\u2066b",)),)}, "attribute"),
        ({"attributes": (("email", ("a\u0085b",)),)}, "attribute"),
        ({"signing": Signing(method=constants.TransformRsaSha1)}, "algorithm"),
        ({"signing": Signing(digest=constants.TransformSha1)}, "algorithm"),
        ({"signing": Signing(steps=(EXCLUSIVE_C14N,))}, "transforms"),
        ({"signing": Signing(steps=(ENVELOPED,))}, "transforms"),
    ],
)
def test_it_refuses_what_a_good_response_never_says(browser: Browser, changes: Changes, why: str) -> None:
    now = datetime.now(UTC)
    changed = {
        name: now + value if isinstance(value, timedelta) else value for name, value in changes.items()
    }
    response = browser.sign_in(replace(browser.answer(), **changed))  # type: ignore[arg-type]
    assert (response.status_code, reason()) == (403, why)
    assert not browser.signed_in
    assert not User.objects.exists()


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-01:00", "", "yesterday"])
def test_a_time_that_no_clock_can_show_in_utc_is_refused(text: str) -> None:
    with pytest.raises(AssertionRefused, match=r"^time"):
        parse_datetime(text)


def test_the_page_has_a_number_and_not_the_reason(browser: Browser) -> None:
    page = browser.sign_in(browser.answer(audiences=("https://other.example.com",))).content.decode()
    event = AuditEvent.objects.get(tag="sign-in:failed")
    assert event.reference in page
    assert "audience" not in page
    assert "other.example.com" in event.details["detail"]


def test_it_refuses_another_key(browser: Browser, other_key: SigningKey) -> None:
    browser.sign_in(render(browser.answer(), other_key))
    assert (reason(), browser.signed_in) == ("signature", False)


def test_it_refuses_a_good_assertion_in_a_response_that_another_key_signed(
    browser: Browser, key: SigningKey, other_key: SigningKey
) -> None:
    response = etree.fromstring(render(browser.answer(sign_response=False), key))
    sign(response, other_key)
    browser.sign_in(etree.tostring(response))
    assert (reason(), browser.signed_in) == ("signature", False)


def test_it_wants_the_response_signed_where_that_is_set(browser: Browser, settings: Settings) -> None:
    settings.SAML_WANT_RESPONSE_SIGNED = True
    browser.sign_in(browser.answer(sign_response=False))
    assert (reason(), browser.signed_in) == ("response_not_signed", False)
    browser.sign_in(browser.answer())
    assert browser.signed_in


def tampered(change: Callable[[etree._Element], None]) -> Callable[[bytes], bytes]:
    def tamper(xml: bytes) -> bytes:
        tree = etree.fromstring(xml)
        change(tree)
        return etree.tostring(tree)

    return tamper


def _name(tree: etree._Element) -> None:
    first(tree, "saml:NameID").text = "s.takahashi@example.co.jp"


def _group(tree: etree._Element) -> None:
    tree.findall(".//saml:AttributeValue", NS)[-1].text = company.ADMINS.id


def _stripped(tree: etree._Element) -> None:
    for signature in tree.findall(".//ds:Signature", NS):
        signature.getparent().remove(signature)  # type: ignore[union-attr]


def _without_assertion_signature(tree: etree._Element) -> None:
    assertion = first(tree, "saml:Assertion")
    assertion.remove(first(assertion, "ds:Signature"))


@pytest.mark.parametrize("change", [_name, _group, _stripped, _without_assertion_signature])
def test_it_refuses_what_was_changed_after_signing(
    browser: Browser, key: SigningKey, change: Callable[[etree._Element], None]
) -> None:
    browser.sign_in(tampered(change)(render(browser.answer(), key)))
    assert reason() in {"signature", "assertion_not_signed"}
    assert not browser.signed_in


def evil_twin(assertion: etree._Element) -> etree._Element:
    twin = copy.deepcopy(assertion)
    twin.remove(first(twin, "ds:Signature"))
    twin.set("ID", identifier())
    first(twin, "saml:NameID").text = "s.takahashi@example.co.jp"
    return twin


def _xsw1(tree: etree._Element) -> etree._Element:
    """Response signature over a copy of the response that hides inside the signature."""
    original = copy.deepcopy(tree)
    signature = first(tree, "ds:Signature")
    original.remove(first(original, "ds:Signature"))
    signature.append(original)
    tree.set("ID", identifier())
    first(first(tree, "saml:Assertion"), "saml:NameID").text = "evil"
    return tree


def _xsw2(tree: etree._Element) -> etree._Element:
    original = copy.deepcopy(tree)
    original.remove(first(original, "ds:Signature"))
    tree.insert(1, original)
    tree.set("ID", identifier())
    return tree


def _xsw3(tree: etree._Element) -> etree._Element:
    assertion = first(tree, "saml:Assertion")
    tree.insert(tree.index(assertion), evil_twin(assertion))
    return tree


def _xsw4(tree: etree._Element) -> etree._Element:
    assertion = first(tree, "saml:Assertion")
    twin = evil_twin(assertion)
    tree.replace(assertion, twin)
    twin.append(assertion)
    return tree


def _xsw5(tree: etree._Element) -> etree._Element:
    assertion = first(tree, "saml:Assertion")
    original = copy.deepcopy(assertion)
    original.remove(first(original, "ds:Signature"))
    assertion.set("ID", identifier())
    first(assertion, "saml:NameID").text = "evil"
    tree.append(original)
    return tree


def _xsw6(tree: etree._Element) -> etree._Element:
    assertion = first(tree, "saml:Assertion")
    original = copy.deepcopy(assertion)
    original.remove(first(original, "ds:Signature"))
    assertion.set("ID", identifier())
    first(assertion, "ds:Signature").append(original)
    return tree


def _xsw7(tree: etree._Element) -> etree._Element:
    assertion = first(tree, "saml:Assertion")
    extensions = etree.Element(f"{{{NS['samlp']}}}Extensions")
    extensions.append(evil_twin(assertion))
    tree.insert(tree.index(assertion), extensions)
    return tree


def _xsw8(tree: etree._Element) -> etree._Element:
    assertion = first(tree, "saml:Assertion")
    original = copy.deepcopy(assertion)
    original.remove(first(original, "ds:Signature"))
    assertion.set("ID", identifier())
    container = etree.SubElement(first(assertion, "ds:Signature"), f"{{{NS['ds']}}}Object")
    container.append(original)
    return tree


IN_ASSERTION = (_xsw3, _xsw4, _xsw5, _xsw6, _xsw7, _xsw8)


@pytest.mark.parametrize(
    ("wrap", "both"),
    [*((wrap, True) for wrap in (_xsw1, _xsw2, *IN_ASSERTION)), *((wrap, False) for wrap in IN_ASSERTION)],
)
def test_it_refuses_signature_wrapping(
    browser: Browser, key: SigningKey, wrap: Callable[[etree._Element], etree._Element], both: bool
) -> None:
    spec = browser.answer(sign_response=both)
    browser.sign_in(etree.tostring(wrap(etree.fromstring(render(spec, key)))))
    assert reason()
    assert not browser.signed_in
    assert not User.objects.exists()


def test_it_refuses_two_signed_assertions(browser: Browser, key: SigningKey) -> None:
    response = etree.fromstring(render(browser.answer(sign_response=False), key))
    other = etree.fromstring(render(browser.answer(sign_response=False), key))
    response.append(first(other, "saml:Assertion"))
    browser.sign_in(etree.tostring(response))
    assert (reason(), browser.signed_in) == ("not_one_assertion", False)


def test_it_refuses_a_second_reference(browser: Browser, key: SigningKey) -> None:
    spec = browser.answer(sign_response=False)
    spec = replace(spec, signing=Signing(also=(spec.response_id,)))
    browser.sign_in(spec)
    assert (reason(), browser.signed_in) == ("not_one_reference", False)


XSLT = (
    '<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">'
    '<xsl:template match="/"><xsl:copy-of select="."/></xsl:template></xsl:stylesheet>'
)


@pytest.mark.parametrize(
    ("algorithm", "inside"),
    [
        ("http://www.w3.org/TR/1999/REC-xslt-19991116", XSLT),
        ("http://www.w3.org/TR/1999/REC-xpath-19991116", "<XPath>true()</XPath>"),
        ("http://www.w3.org/2002/06/xmldsig-filter2", '<XPath Filter="union">/</XPath>'),
        ("http://www.w3.org/2001/10/xml-exc-c14n#", XSLT),
        ("http://www.w3.org/2000/09/xmldsig#base64", ""),
    ],
)
def test_it_refuses_transforms_that_could_do_anything_without_carrying_them_out(
    browser: Browser, key: SigningKey, algorithm: str, inside: str
) -> None:
    tree = etree.fromstring(render(browser.answer(sign_response=False), key))
    transform = first(tree, "ds:Transform")
    transform.set("Algorithm", algorithm)
    if inside:
        transform.append(etree.fromstring(inside))
    browser.sign_in(etree.tostring(tree))
    assert reason() in {"algorithm", "transforms"}
    assert not browser.signed_in


def test_it_refuses_a_key_that_is_to_be_fetched(browser: Browser, key: SigningKey) -> None:
    tree = etree.fromstring(render(browser.answer(sign_response=False), key))
    info = first(tree, "ds:KeyInfo")
    info.clear()
    etree.SubElement(info, f"{{{NS['ds']}}}RetrievalMethod", URI="http://127.0.0.1:9/key")
    browser.sign_in(etree.tostring(tree))
    assert (reason(), browser.signed_in) == ("signature_shape", False)


def test_it_refuses_an_answer_to_another_browser(browser: Browser) -> None:
    other = Browser(browser.key)
    response = browser.sign_in(other.answer())
    assert (response.status_code, reason()) == (403, "in_response_to")
    assert not browser.signed_in


def test_it_refuses_a_second_answer_to_the_same_request(browser: Browser) -> None:
    request = browser.ask()
    browser.sign_in(browser.answer(in_response_to=request))
    browser.client.post("/accounts/logout/")
    again = browser.sign_in(browser.answer(in_response_to=request))
    assert (again.status_code, reason(), browser.signed_in) == (403, "in_response_to", False)


def test_it_takes_each_assertion_once(browser: Browser) -> None:
    xml = render(browser.answer(), browser.key)
    assert browser.sign_in(xml).status_code == 302
    browser.client.post("/accounts/logout/")
    for client in (browser, Browser(browser.key)):
        assert (client.sign_in(xml).status_code, client.signed_in) == (403, False)
        assert reason() == "replay"


def test_an_assertion_id_that_was_used_stays_used_when_it_is_signed_anew(browser: Browser) -> None:
    spec = browser.answer()
    browser.sign_in(spec)
    browser.client.post("/accounts/logout/")
    browser.sign_in(browser.answer(assertion_id=spec.assertion_id))
    assert (reason(), browser.signed_in) == ("replay", False)


def test_a_used_assertion_is_remembered_as_long_as_a_clock_could_take_it_for_valid(browser: Browser) -> None:
    now = datetime.now(UTC)
    browser.sign_in(browser.answer())
    kept_until = sorted(UsedAssertion.objects.values_list("expires_at", flat=True))
    assert len(kept_until) == 2
    assert kept_until[0] > now + minutes(6.5)


@pytest.mark.django_db(transaction=True)
def test_of_eight_browsers_with_one_assertion_one_gets_in(browser: Browser, settings: Settings) -> None:
    settings.SAML_ALLOW_IDP_INITIATED = True
    xml = render(replace(browser.answer(), in_response_to=None), browser.key)
    statuses: list[int] = []

    def sign_in() -> None:
        try:
            statuses.append(Browser(browser.key).sign_in(xml).status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=sign_in) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [302, *[403] * 7]
    assert AuditEvent.objects.filter(tag="sign-in:succeeded").count() == 1


def test_finishing_without_having_posted_anything_is_refused() -> None:
    client = Client()
    client.cookies["saml-response-abcdefghijkl"] = "0123456789abcdef0123456789abcdef"
    assert client.get(f"{ACS}finish/?response=abcdefghijkl").status_code == 403
    assert reason() == "nothing_to_finish"


def test_finishing_without_a_cookie_is_refused_and_not_recorded(caplog: pytest.LogCaptureFixture) -> None:
    assert Client().get(f"{ACS}finish/").status_code == 403
    assert "nothing_to_finish" in caplog.text
    assert not AuditEvent.objects.exists()


@pytest.mark.parametrize("inserted", ["<!-- -->", "<?x y?>"])
def test_it_refuses_comments_and_instructions(browser: Browser, key: SigningKey, inserted: str) -> None:
    spec = browser.answer(name_id="m.tanaka@example.co.jpXX.evil.example")
    xml = render(spec, key).replace(b"jpXX.", b"jp" + inserted.encode() + b".")
    browser.sign_in(xml)
    assert (reason(), browser.signed_in) == ("comment_or_instruction", False)


DTD = b'<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'
DECLARED = b'<?xml version="1.0" encoding="%s"?>'


@pytest.mark.parametrize(
    ("mangle", "why"),
    [
        (lambda xml: DTD + xml, "document_type"),
        (lambda xml: xml.decode().encode("utf-16"), "not_utf8"),
        (lambda xml: xml.decode().encode("utf-32"), "not_utf8"),
        (lambda xml: DECLARED % b"UTF-7" + xml, "not_utf8"),
        (lambda xml: DECLARED % b"ISO-8859-1" + xml, "not_utf8"),
        (lambda xml: xml + b"\0", "not_utf8"),
        (lambda xml: b"no xml at all", "not_xml"),
        (lambda xml: b"", "not_xml"),
        (lambda xml: xml[: len(xml) // 2], "not_xml"),
        (lambda xml: b"<a/>", "not_a_response"),
        (lambda xml: zlib.compress(xml), "not_utf8"),
        (lambda xml: xml.replace(b"</samlp:Response>", b" " * 300_000 + b"</samlp:Response>"), "too_large"),
        (lambda xml: re.sub(rb'Version="2.0"', b'Version="1.1"', xml), "signature"),
    ],
)
def test_it_refuses_strange_documents_in_words(
    browser: Browser, key: SigningKey, mangle: Callable[[bytes], bytes], why: str
) -> None:
    response = browser.sign_in(mangle(render(browser.answer(), key)))
    assert (response.status_code, reason()) == (403, why)


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({}, "not_one_saml_response"),
        ({"SAMLResponse": ""}, "not_xml"),
        ({"SAMLResponse": "!!!!"}, "not_base64"),
        ({"SAMLResponse": "あ"}, "not_base64"),
        ({"SAMLResponse": ["YQ==", "YQ=="]}, "not_one_saml_response"),
        ({"SAMLResponse": "A" * 1_400_000}, "too_large"),
    ],
)
def test_it_refuses_strange_forms_in_words(fields: dict[str, str], why: str) -> None:
    response = Client().post(ACS, fields)
    assert (response.status_code, reason()) == (403, why)


def test_it_refuses_bodies_that_are_no_form() -> None:
    response = Client().post(ACS, data=b"\xff" * 100, content_type="application/octet-stream")
    assert (response.status_code, reason()) == (403, "not_one_saml_response")


def test_it_refuses_encrypted_assertions(browser: Browser, key: SigningKey) -> None:
    tree = etree.fromstring(render(browser.answer(with_assertion=False), key))
    encrypted = etree.SubElement(tree, f"{{{NS['saml']}}}EncryptedAssertion")
    etree.SubElement(encrypted, "{http://www.w3.org/2001/04/xmlenc#}EncryptedData")
    browser.sign_in(etree.tostring(tree))
    assert reason() == "encrypted"


def test_several_audience_restrictions_must_all_name_us(browser: Browser, key: SigningKey) -> None:
    tree = build(browser.answer())
    conditions = first(tree, "saml:Conditions")
    restriction = etree.SubElement(conditions, f"{{{NS['saml']}}}AudienceRestriction")
    etree.SubElement(restriction, f"{{{NS['saml']}}}Audience").text = "https://other.example.com"
    sign(first(tree, "saml:Assertion"), key)
    browser.sign_in(etree.tostring(tree))
    assert (reason(), browser.signed_in) == ("audience", False)


def test_one_audience_restriction_may_name_others_too(browser: Browser) -> None:
    browser.sign_in(browser.answer(audiences=("https://other.example.com", SP)))
    assert browser.signed_in


def test_refused_posts_store_nothing(browser: Browser, other_key: SigningKey) -> None:
    client = Client()
    spec: ResponseSpec = browser.answer()
    client.post(ACS, {"SAMLResponse": encode(render(spec, other_key))})
    assert not UsedAssertion.objects.exists()
    assert not [name for name in client.cookies if "saml" in name]


@pytest.mark.parametrize(
    ("limit", "page", "status"),
    [
        ("saml-login", "/accounts/saml/sso/login/", 302),
        ("saml-acs", ACS, 403),
        ("saml-finish", f"{ACS}finish/", 403),
        ("saml-sls", "/accounts/saml/sso/sls/", 403),
        ("saml-metadata", "/accounts/saml/sso/metadata/", 200),
    ],
)
def test_too_many_requests_from_one_address_have_to_wait(limit: str, page: str, status: int) -> None:
    for _ in range(PER_MINUTE):
        rates.is_over(limit, ip_address("198.51.100.27"), per_minute=PER_MINUTE)
    method = "post" if page == ACS else "get"
    statuses = [
        getattr(Client(headers={"x-forwarded-for": address}), method)(page).status_code
        for address in ("198.51.100.27", "198.51.100.28")
    ]
    assert statuses == [429, status]


SIGN_INS_THAT_FAIL = [
    ("post", ACS, {"SAMLResponse": "eA=="}),
    ("get", f"{ACS}finish/", {"response": "abcdefghijkl"}),
    ("get", "/accounts/saml/sso/sls/", {}),
    ("get", "/accounts/saml/sso/login/", {}),
]


@pytest.mark.parametrize(("method", "page", "data"), SIGN_INS_THAT_FAIL)
def test_one_address_can_not_fill_the_audit_record(
    method: str, page: str, data: dict[str, str], metadata_file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    if "login" in page:
        metadata_file.unlink()
    client = Client()
    client.cookies["saml-response-abcdefghijkl"] = "0123456789abcdef0123456789abcdef"
    with time_machine.travel(datetime(2026, 11, 30, 3, 0, tzinfo=UTC), tick=False):
        for _ in range(RECORDED_PER_ADDRESS + 5):
            assert getattr(client, method)(page, data).status_code in {403, 503}
    events = AuditEvent.objects.order_by("sequence")
    assert len(events) == RECORDED_PER_ADDRESS
    assert ["further" in event.details for event in events] == [False] * (RECORDED_PER_ADDRESS - 1) + [True]
    assert caplog.text.count("sign-in refused") == RECORDED_PER_ADDRESS + 5


def test_many_addresses_can_not_fill_the_audit_record() -> None:
    with time_machine.travel(datetime(2026, 11, 30, 3, 0, tzinfo=UTC), tick=False):
        for number in range(RECORDED_IN_TOTAL + 10):
            client = Client(headers={"x-forwarded-for": f"203.0.113.{number}"})
            assert client.get("/accounts/breakglass/guess/").status_code == 404
    assert AuditEvent.objects.count() == RECORDED_IN_TOTAL


def test_one_address_that_is_refused_all_the_time_hides_no_other() -> None:
    with time_machine.travel(datetime(2026, 11, 30, 3, 0, tzinfo=UTC), tick=False):
        for _ in range(RECORDED_IN_TOTAL + 10):
            Client().post(ACS, {"SAMLResponse": "eA=="})
        Client(headers={"x-forwarded-for": "203.0.113.9"}).post(ACS, {"SAMLResponse": "eA=="})
    assert AuditEvent.objects.latest("sequence").address == "203.0.113.9"


def test_the_next_minute_is_recorded_again() -> None:
    for minute in (0, 1):
        with time_machine.travel(datetime(2026, 11, 30, 3, minute, tzinfo=UTC), tick=False):
            for _ in range(RECORDED_PER_ADDRESS + 1):
                Client().post(ACS, {"SAMLResponse": "eA=="})
    assert AuditEvent.objects.count() == 2 * RECORDED_PER_ADDRESS
