"""Signing keys with self-signed certificates, as identity providers use them."""

import base64
import datetime as dt
from dataclasses import dataclass
from typing import Self

import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from xmlsec import constants


@dataclass(frozen=True)
class SigningKey:
    private_pem: str
    certificate_pem: str

    @classmethod
    def create(cls, common_name: str, *, days: int = 3650) -> Self:
        """A new RSA key; its certificate has been valid for a day and is so for ``days`` more."""
        private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        certificate = _certificate(private, common_name, dt.timedelta(days=days))
        return cls(pem.decode(), certificate.public_bytes(Encoding.PEM).decode())

    @property
    def certificate_der_base64(self) -> str:
        return base64.b64encode(self._certificate.public_bytes(Encoding.DER)).decode()

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate, as browsers show it: ``AB:CD:…``."""
        return self._certificate.fingerprint(hashes.SHA256()).hex(":").upper()

    @property
    def expires(self) -> dt.datetime:
        return self._certificate.not_valid_after_utc

    @property
    def _certificate(self) -> x509.Certificate:
        return x509.load_pem_x509_certificate(self.certificate_pem.encode())

    def for_xmlsec(self) -> xmlsec.Key:
        key = xmlsec.Key.from_memory(self.private_pem, constants.KeyDataFormatPem)
        key.load_cert_from_memory(self.certificate_pem, constants.KeyDataFormatPem)
        return key


def _certificate(private: rsa.RSAPrivateKey, common_name: str, life: dt.timedelta) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + life)
        .sign(private, hashes.SHA256())
    )
