"""Which AuthnRequests are answered, and where to."""

import pytest

from sandbox.idp.authn_request import (
    AuthnRequest,
    RefusedRequest,
    from_url,
    loopback_origin,
    read_authn_request,
    read_logout_request,
)
from tests.sandbox.idp.messages import authn_request, deflate, encode
from tests.sandbox.idp.service import Service


def test_it_reads_what_python3_saml_asks(service: Service) -> None:
    request = from_url(service.login_url())
    assert request.id.startswith("ONELOGIN_")
    assert request.issuer == service.entity_id
    assert request.acs_url == service.acs_url


def test_it_reads_both_bindings() -> None:
    expected = AuthnRequest("_1", "urn:portal", "http://localhost:8000/acs/")
    assert read_authn_request(deflate(authn_request()), deflated=True) == expected
    assert read_authn_request(encode(authn_request()), deflated=False) == expected


@pytest.mark.parametrize(
    ("xml", "reason"),
    [
        (authn_request(before="<!DOCTYPE a>"), "document_type"),
        (authn_request(before='<!DOCTYPE a [<!ENTITY b "c">]>', issuer="&b;"), "document_type"),
        (authn_request(before='<?xml version="1.0" encoding="UTF-7"?>'), "document_type"),
        (authn_request(before="<!DOCTYPE a>").decode().encode("utf-16"), "document_type"),
        (b"<AuthnRequest", "not_xml"),
        (b"<AuthnRequest/>", "not_authn_request"),
        (authn_request(name="LogoutRequest"), "not_authn_request"),
        (authn_request(issuer=" "), "no_issuer"),
        (authn_request().replace(b'ID="_1"', b""), "no_id"),
        (authn_request("https://vpn.example.com/acs/"), "foreign_acs"),
        (authn_request().replace(b"AssertionConsumerServiceURL", b"Other"), "foreign_acs"),
        (authn_request(issuer="x" * 70_000), "too_large"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_it_refuses_what_it_should_not_answer(xml: bytes, reason: str) -> None:
    for message, deflated in ((encode(xml), False), (deflate(xml), True)):
        with pytest.raises(RefusedRequest) as refused:
            read_authn_request(message, deflated=deflated)
        assert refused.value.reason == reason


@pytest.mark.parametrize("message", ["***", "AAAA", "あ"])
def test_it_refuses_what_is_not_encoded(message: str) -> None:
    with pytest.raises(RefusedRequest, match="not_encoded"):
        read_authn_request(message, deflated=True)


def test_a_small_message_that_would_grow_is_cut_off() -> None:
    with pytest.raises(RefusedRequest, match="too_large"):
        read_authn_request(deflate(b" " * 50_000_000), deflated=True)


def test_a_logout_request_is_not_taken_for_another_message() -> None:
    assert read_logout_request(deflate(authn_request(name="LogoutRequest"))).issuer == "urn:portal"
    with pytest.raises(RefusedRequest, match="not_logout_request"):
        read_logout_request(deflate(authn_request()))


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("http://localhost:8000/acs/", "http://localhost:8000"),
        ("https://LOCALHOST/acs/", "https://localhost"),
        ("http://v4.localhost:8000/", "http://v4.localhost:8000"),
        ("http://127.0.0.1:8000/", "http://127.0.0.1:8000"),
        ("http://127.8.9.10/", "http://127.8.9.10"),
        ("http://[::1]:8000/", "http://[::1]:8000"),
    ],
)
def test_this_computer_goes_by_many_names(url: str, origin: str) -> None:
    assert loopback_origin(url) == origin


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/acs/",
        "localhost:8000/acs/",
        "javascript:alert(1)//localhost",
        "ftp://localhost/",
        "https://vpn.example.com/",
        "http://localhost.example.com/",
        "http://localhost@example.com/",
        "http://user@localhost/",
        "http://localhost:port/",
        "http://localhost;.localhost/",
        "http://x'.localhost/",
        "http://10.0.0.1/",
        "http://0.0.0.0/",
        "http://[::1%25eth0]/",
        "http://[::1/",
    ],
)
def test_other_computers_are_refused(url: str) -> None:
    with pytest.raises(RefusedRequest, match="foreign_acs"):
        loopback_origin(url)
