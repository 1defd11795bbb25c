"""What a certificate, SAML metadata and a revocation list say of their end."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from vpn.aws.snapshots import SamlProvider
from vpn.certificates.observation import metadata_facts, read_revocation_list, saml_provider_facts

NOW = datetime(2026, 11, 30, 3, tzinfo=UTC)
KEY = ec.generate_private_key(ec.SECP256R1())
NAME = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "sso")])


def certificate(ends: datetime, serial: int = 1) -> str:
    """Base64, as metadata has it."""
    made = (
        x509.CertificateBuilder()
        .subject_name(NAME)
        .issuer_name(NAME)
        .public_key(KEY.public_key())
        .serial_number(serial)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(ends)
        .sign(KEY, hashes.SHA256())
    )
    return "".join(made.public_bytes(serialization.Encoding.PEM).decode().splitlines()[1:-1])


def metadata(*certificates: str, use: str = "signing") -> str:
    keys = "".join(
        f'<KeyDescriptor use="{use}"><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data>'
        f"<X509Certificate>{text}</X509Certificate></X509Data></KeyInfo></KeyDescriptor>"
        for text in certificates
    )
    return (
        '<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://idp.example.com">'
        f"<IDPSSODescriptor>{keys}</IDPSSODescriptor></EntityDescriptor>"
    )


def test_of_several_certificates_the_next_end_counts_and_one_that_has_ended_does_not() -> None:
    old, current, following = (
        NOW - timedelta(days=9),
        NOW + timedelta(days=20),
        NOW + timedelta(days=800),
    )
    document = metadata(certificate(old), certificate(current, 2), certificate(following, 3))
    facts = metadata_facts(document, NOW)
    assert (facts.name, facts.not_after) == ("https://idp.example.com", current)
    assert len(facts.fingerprints) == 3


def test_metadata_whose_only_certificate_has_ended_have_ended() -> None:
    ended = NOW - timedelta(days=1)
    assert metadata_facts(metadata(certificate(ended)), NOW).not_after == ended


def test_a_saml_provider_ends_with_its_metadata_or_its_certificate_whichever_is_first() -> None:
    document = metadata(certificate(NOW + timedelta(days=90)))
    until = NOW + timedelta(days=30)
    assert saml_provider_facts(SamlProvider(document, until), NOW).not_after == until
    assert saml_provider_facts(SamlProvider(document, None), NOW).not_after == NOW + timedelta(days=90)


def test_metadata_that_sign_in_takes_can_be_read_here_too() -> None:
    """A whole PEM file inside X509Certificate, and one broken certificate beside a good one."""
    ends = NOW + timedelta(days=20)
    armoured = f"-----BEGIN CERTIFICATE-----\n{certificate(ends)}\n-----END CERTIFICATE-----"
    facts = metadata_facts(metadata("AAAA", "!", armoured), NOW)
    assert facts.not_after == ends
    assert len(facts.fingerprints) == 1


def test_the_certificate_of_a_service_provider_in_the_same_document_is_not_the_identity_providers() -> None:
    ends = NOW + timedelta(days=800)
    other = metadata(certificate(NOW + timedelta(days=1), 2)).replace("IDPSSODescriptor", "SPSSODescriptor")
    document = metadata(certificate(ends)).replace(
        "</EntityDescriptor>",
        other[other.index("<SPSSO") :].replace("</EntityDescriptor>", "") + "</EntityDescriptor>",
    )
    assert metadata_facts(document, NOW).not_after == ends


@pytest.mark.parametrize(
    "document",
    ["", "<a/>", metadata("AAAA"), metadata("!"), metadata(certificate(NOW), use="encryption")],
    ids=["nothing", "not metadata", "no certificate", "not base64", "for encryption only"],
)
def test_what_cannot_be_read_is_an_error(document: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        metadata_facts(document, NOW)


def test_a_revocation_list_ends_with_its_next_update() -> None:
    until = NOW + timedelta(days=3)
    made = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(NAME)
        .last_update(NOW)
        .next_update(until)
        .sign(KEY, hashes.SHA256())
    )
    text = made.public_bytes(serialization.Encoding.PEM).decode()
    assert read_revocation_list(text).not_after == until
