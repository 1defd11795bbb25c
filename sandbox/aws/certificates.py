"""Certificates of the sandbox: made for real, and the same again after a restart."""

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

# Fixed dates, so that the certificates are byte for byte the same on every day.
NOT_BEFORE: Final = datetime(2026, 1, 1, tzinfo=UTC)
NOT_AFTER: Final = datetime(2046, 1, 1, tzinfo=UTC)
PEM: Final = re.compile(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


@dataclass(frozen=True)
class ServerCertificate:
    """PEM, as ACM's ImportCertificate takes it; ``chain`` is the authority that clients trust."""

    certificate: bytes
    key: bytes
    chain: bytes


def server_certificate(domain: str, *, not_after: datetime = NOT_AFTER) -> ServerCertificate:
    """A server certificate and its authority.

    Keys and signatures follow from the domain, so that a profile downloaded before a restart is the same file
    after it; nothing but a sandbox may do so.
    """
    authority_key, key = _key(f"authority of {domain}"), _key(f"server {domain}")
    authority_name = _name(f"Genkan sandbox authority of {domain}")
    authority = (
        _builder(authority_name, authority_name, authority_key.public_key(), serial=1)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(authority_key, hashes.SHA256(), ecdsa_deterministic=True)
    )
    certificate = (
        _builder(_name(domain), authority_name, key.public_key(), serial=2, not_after=not_after)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(domain)]), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(authority_key, hashes.SHA256(), ecdsa_deterministic=True)
    )
    pem = serialization.Encoding.PEM
    form = serialization.PrivateFormat.TraditionalOpenSSL
    key_pem = key.private_bytes(pem, form, serialization.NoEncryption())
    return ServerCertificate(certificate.public_bytes(pem), key_pem, authority.public_bytes(pem))


def _key(text: str) -> ec.EllipticCurvePrivateKey:
    # Shifted by one bit: a private key of P-256 must be less than the order of the curve.
    return ec.derive_private_key(int.from_bytes(hashlib.sha256(text.encode()).digest()) >> 1, ec.SECP256R1())


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    *,
    serial: int,
    not_after: datetime = NOT_AFTER,
) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder(issuer, subject, key, serial)
    return builder.not_valid_before(NOT_BEFORE).not_valid_after(not_after)


def trusted_authority(certificate: bytes, chain: bytes | None) -> str:
    """What clients must trust: the imported chain, or the certificate itself if it came alone.

    Moto appends Amazon's root to every chain; an imported certificate's chain doesn't have it in AWS.
    """
    blocks = PEM.findall(chain or b"")[:-1] or PEM.findall(certificate)
    return b"\n".join(blocks).decode()
