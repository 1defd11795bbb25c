"""What is said of a certificate or of a document that holds some: pure."""

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from lxml import etree

from portal.access.saml.metadata import without_armour
from vpn.aws.snapshots import AcmCertificate, SamlProvider

DS_CERTIFICATE = "{http://www.w3.org/2000/09/xmldsig#}X509Certificate"
MD = "{urn:oasis:names:tc:SAML:2.0:metadata}"


@dataclass(frozen=True)
class CertificateFacts:
    """``not_after`` None: it has no end, or says none. ``fingerprints`` sorted: their order means nothing."""

    name: str
    not_after: datetime | None
    fingerprints: tuple[str, ...]
    renews_itself: bool = False


def acm_facts(certificate: AcmCertificate) -> CertificateFacts:
    """ACM shows no fingerprint: the serial number tells two certificates of one authority apart."""
    serials = (certificate.serial,) if certificate.serial else ()
    return CertificateFacts(
        certificate.domain_name, certificate.not_after, serials, renews_itself=certificate.renews_itself
    )


def saml_provider_facts(provider: SamlProvider, now: datetime) -> CertificateFacts:
    """Raises ValueError for metadata that can't be read, or that hold no certificate to check signatures with."""
    entity_id, certificates = read_metadata(provider.metadata)
    return _document_facts(entity_id, certificates, now, until=provider.valid_until)


def metadata_facts(document: str, now: datetime) -> CertificateFacts:
    """SAML metadata. Raises ValueError as saml_provider_facts does."""
    entity_id, certificates = read_metadata(document)
    return _document_facts(entity_id, certificates, now)


def read_metadata(document: str) -> tuple[str, list[bytes]]:
    """The identity provider's entity id, and its signing certificates as DER. Raises ValueError if none can be read."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    try:
        root = etree.fromstring(document.encode(), parser)
    except etree.XMLSyntaxError as error:
        raise ValueError(str(error)) from error
    entity_ids = [entity.get("entityID", "") for entity in root.iter(f"{MD}EntityDescriptor")]
    certificates = list(_readable_certificates(root))
    if not certificates:
        raise ValueError("no signing certificate that can be read")
    return next(iter(entity_ids), ""), certificates


def _readable_certificates(root: etree._Element) -> Iterator[bytes]:
    """As sign-in takes them: one that can't be read keeps none of the others from being used."""
    for descriptor in root.iter(f"{MD}IDPSSODescriptor"):
        for key in descriptor.iterfind(f"{MD}KeyDescriptor"):
            # One for encryption alone checks no signature.
            if key.get("use") == "encryption":
                continue
            for element in key.iter(DS_CERTIFICATE):
                try:
                    der = base64.b64decode(without_armour(element.text or ""), validate=True)
                    x509.load_der_x509_certificate(der)
                except ValueError:
                    continue
                yield der


def _document_facts(
    name: str, certificates: list[bytes], now: datetime, until: datetime | None = None
) -> CertificateFacts:
    ends = [x509.load_der_x509_certificate(der).not_valid_after_utc for der in certificates]
    # The document doesn't say which of several certificates is in use: the next one to end may be it. One that has
    # ended is an old one that was left in, as long as there is another.
    not_after = min((end for end in ends if end > now), default=max(ends))
    digests = {hashlib.sha256(der).hexdigest() for der in certificates}
    return CertificateFacts(name, min(not_after, until) if until else not_after, tuple(sorted(digests)))


def read_certificate(der: bytes) -> CertificateFacts:
    """One certificate. Raises ValueError if it can't be read."""
    parsed = x509.load_der_x509_certificate(der)
    name = parsed.subject.rfc4514_string()
    return CertificateFacts(name, parsed.not_valid_after_utc, (hashlib.sha256(der).hexdigest(),))


def read_revocation_list(text: str) -> CertificateFacts:
    """A revocation list in PEM. Raises ValueError if it can't be read.

    It has no fingerprint here: each new list is another one, and that is as it should be.
    """
    parsed = x509.load_pem_x509_crl(text.encode())
    return CertificateFacts(parsed.issuer.rfc4514_string(), parsed.next_update_utc, ())
