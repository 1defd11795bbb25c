"""Metadata: what is good is kept; what is not is reported, and changes nothing."""

import base64
import http.server
import os
import re
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from django.utils import timezone
from pytest_django import Settings

from portal.access.saml import metadata
from portal.access.saml.models import IdentityProviderMetadata, UsedAssertion
from portal.access.saml.tasks import forget_expired, refresh_metadata
from sandbox.idp.keys import SigningKey
from tests.portal.access.saml.conftest import IDP, SLO_URL, SSO_URL, Browser, metadata_document


class Source(http.server.BaseHTTPRequestHandler):
    document: str = ""
    status: int = 200
    asked: int = 0

    def do_GET(self) -> None:
        type(self).asked += 1
        body = type(self).document.encode()
        self.send_response(type(self).status)
        if type(self).status == 302:
            self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def source(settings: Settings, key: SigningKey) -> Iterator[type[Source]]:
    Source.document, Source.status, Source.asked = metadata_document(key), 200, 0
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Source) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        settings.SAML_IDP_METADATA = f"http://127.0.0.1:{server.server_port}/metadata"
        yield Source
        server.shutdown()
        thread.join()


def test_it_reads_what_sign_in_needs(key: SigningKey, other_key: SigningKey) -> None:
    provider = metadata.parse(metadata_document(key, other_key))
    assert (provider.entity_id, provider.sso_url, provider.slo_url) == (IDP, SSO_URL, SLO_URL)
    assert provider.certificates == (key.certificate_der_base64, other_key.certificate_der_base64)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ("", "not XML"),
        ("<a/>", "one IDPSSODescriptor"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><a/>', "document type"),
    ],
)
def test_it_says_what_is_wrong(wrong: str, message: str) -> None:
    with pytest.raises(metadata.MetadataError, match=message):
        metadata.parse(wrong)


def test_it_wants_a_certificate_that_can_be_read(key: SigningKey) -> None:
    with pytest.raises(metadata.MetadataError, match="no signing certificate"):
        metadata.parse(metadata_document())
    broken = metadata_document(key).replace(key.certificate_der_base64, "AAAA")
    with pytest.raises(metadata.MetadataError, match=r"certificate 1 \(AAAA…\) can't be read"):
        metadata.parse(broken)


def self_signed(private: Any) -> str:
    """A certificate as base64 DER."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "idp.example.net")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, private.public_key(), 1, now, now + timedelta(days=1))
    algorithm = None if isinstance(private, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    der = builder.sign(private, algorithm).public_bytes(Encoding.DER)
    return base64.b64encode(der).decode()


def with_certificate(document: str, text: str) -> str:
    """The document with one more signing certificate in front of the others."""
    element = (
        '<md:KeyDescriptor use="signing"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>'
        f"{text}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
    )
    return document.replace("<md:KeyDescriptor", f"{element}<md:KeyDescriptor", 1)


@pytest.mark.parametrize("armour", ["CERTIFICATE", "TRUSTED CERTIFICATE", "X509 CERTIFICATE"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "&#13;\n"])
def test_a_pem_file_inside_the_element_is_read(
    browser: Browser, key: SigningKey, metadata_file: Path, armour: str, end: str
) -> None:
    der = key.certificate_der_base64
    lines = [f"-----BEGIN {armour}-----", *re.findall(".{1,64}", der), f"-----END {armour}-----"]
    metadata_file.write_text(metadata_document(key).replace(der, f"\n{end.join(lines)}\n"), encoding="utf-8")
    assert metadata.current().certificates == (der,)
    browser.sign_in(browser.answer())
    assert browser.signed_in


@pytest.mark.parametrize(
    ("odd", "problem"),
    [
        (lambda: self_signed(ed25519.Ed25519PrivateKey.generate()), "neither RSA nor ECDSA but Ed25519"),
        (lambda: self_signed(dsa.generate_private_key(2048)), "neither RSA nor ECDSA but DSA"),
        (lambda: self_signed(ec.generate_private_key(ec.SECP256R1()))[:200], "can't be read"),
        (lambda: "AAAA", "can't be read"),
        (lambda: "not base64!", "can't be read"),
        (lambda: "", "can't be read"),
    ],
)
def test_a_certificate_that_cannot_be_used_is_skipped_and_said(
    browser: Browser,
    key: SigningKey,
    metadata_file: Path,
    caplog: pytest.LogCaptureFixture,
    odd: Callable[[], str],
    problem: str,
) -> None:
    metadata_file.write_text(with_certificate(metadata_document(key), odd()), encoding="utf-8")
    assert metadata.current().certificates == (key.certificate_der_base64,)
    assert problem in caplog.text
    browser.sign_in(browser.answer())
    assert browser.signed_in


def test_a_certificate_of_another_kind_of_key_that_can_be_used_counts(
    key: SigningKey, metadata_file: Path, browser: Browser
) -> None:
    elliptic = self_signed(ec.generate_private_key(ec.SECP256R1()))
    metadata_file.write_text(with_certificate(metadata_document(key), elliptic), encoding="utf-8")
    assert metadata.current().certificates == (elliptic, key.certificate_der_base64)
    browser.sign_in(browser.answer())
    assert browser.signed_in


def test_it_wants_the_redirect_binding(key: SigningKey) -> None:
    with pytest.raises(metadata.MetadataError, match="HTTP-Redirect"):
        metadata.parse(metadata_document(key).replace("HTTP-Redirect", "SOAP"))


def test_it_wants_an_address_to_sign_in_at(key: SigningKey) -> None:
    with pytest.raises(metadata.MetadataError, match="SingleSignOnService"):
        metadata.parse(metadata_document(key).replace(SSO_URL, "https://[::1"))


def test_a_url_is_read_once_and_then_only_by_the_task(source: type[Source], browser: Browser) -> None:
    browser.sign_in(browser.answer())
    assert browser.signed_in
    assert source.asked == 1
    refresh_metadata()
    assert source.asked == 2


@pytest.mark.parametrize("status", [500, 404, 302])
def test_people_sign_in_while_the_url_is_down(source: type[Source], browser: Browser, status: int) -> None:
    refresh_metadata()
    source.status = status
    refresh_metadata()
    stored = IdentityProviderMetadata.objects.get()
    assert str(status) in stored.error
    browser.sign_in(browser.answer())
    assert browser.signed_in


def test_bad_metadata_does_not_replace_a_good_copy(source: type[Source]) -> None:
    refresh_metadata()
    source.document = "<html>Maintenance</html>"
    refresh_metadata()
    assert metadata.current().entity_id == IDP
    assert "IDPSSODescriptor" in IdentityProviderMetadata.objects.get().error


def test_metadata_that_is_no_longer_valid_does_not_replace_a_good_copy(
    source: type[Source], key: SigningKey
) -> None:
    refresh_metadata()
    source.document = metadata_document(key, more=' validUntil="2020-01-01T00:00:00Z"')
    refresh_metadata()
    stored = IdentityProviderMetadata.objects.get()
    assert "2020-01-01" in stored.error
    assert "2020" not in stored.document


def test_too_long_metadata_is_not_read_to_its_end(source: type[Source]) -> None:
    source.document = " " * 3_000_000
    with pytest.raises(metadata.MetadataError, match="longer"):
        metadata.current()


def test_a_new_key_is_looked_up_at_once_but_at_most_once_a_minute(
    source: type[Source], other_key: SigningKey
) -> None:
    refresh_metadata()
    source.document = metadata_document(other_key)
    browser = Browser(other_key)
    browser.sign_in(browser.answer())
    assert not browser.signed_in
    IdentityProviderMetadata.objects.update(attempted_at=timezone.now() - timedelta(seconds=61))
    browser.sign_in(browser.answer())
    assert browser.signed_in
    stranger = Browser(SigningKey.create("stranger"))
    asked = source.asked
    for _ in range(3):
        stranger.sign_in(stranger.answer())
    assert source.asked == asked


def test_http_and_private_addresses_are_only_for_the_sandbox(
    source: type[Source], settings: Settings
) -> None:
    settings.SANDBOX = False
    with pytest.raises(metadata.MetadataError, match="only https"):
        metadata.current()
    settings.SAML_IDP_METADATA = settings.SAML_IDP_METADATA.replace("http:", "https:")
    settings.OUTBOUND_ALLOW_PRIVATE = False
    with pytest.raises(metadata.MetadataError, match="not a public address"):
        metadata.current()
    assert source.asked == 0


def test_used_assertions_are_forgotten_when_they_have_expired(browser: Browser, metadata_file: Path) -> None:
    browser.sign_in(browser.answer())
    forget_expired()
    assert UsedAssertion.objects.count() == 2
    UsedAssertion.objects.update(expires_at=datetime.now(UTC) - timedelta(seconds=1))
    forget_expired()
    assert UsedAssertion.objects.count() == 0


def test_a_provider_that_was_down_at_first_is_asked_again_after_a_minute(
    source: type[Source], browser: Browser
) -> None:
    source.status = 503
    assert browser.client.get("/accounts/saml/sso/login/").status_code == 503
    source.status, asked = 200, source.asked
    assert browser.client.get("/accounts/saml/sso/login/").status_code == 503
    assert source.asked == asked
    IdentityProviderMetadata.objects.update(attempted_at=timezone.now() - timedelta(seconds=61))
    browser.sign_in(browser.answer())
    assert browser.signed_in


@pytest.mark.django_db
def test_a_file_is_read_again_when_it_has_changed_and_not_at_each_sign_in(
    settings: Settings, tmp_path: Path, key: SigningKey, other_key: SigningKey
) -> None:
    file = tmp_path / "metadata.xml"
    file.write_text(metadata_document(key))
    an_hour_ago = timezone.now() - timedelta(hours=1)
    os.utime(file, (an_hour_ago.timestamp(), an_hour_ago.timestamp()))
    settings.SAML_IDP_METADATA = str(file)
    metadata.current()
    read_at = IdentityProviderMetadata.objects.get().attempted_at
    metadata.current()
    assert IdentityProviderMetadata.objects.get().attempted_at == read_at
    file.write_text(metadata_document(other_key))
    assert metadata.current().certificates == (other_key.certificate_der_base64,)
