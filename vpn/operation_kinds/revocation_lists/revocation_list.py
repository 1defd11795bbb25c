"""What a certificate revocation list says of itself: pure."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

# AWS: entries of a list ("Client VPN quotas")
ENTRIES: Final = 20_000


@dataclass(frozen=True)
class RevocationFacts:
    """``fingerprint``: SHA-256 of its DER. ``next_update`` None: it says no end."""

    issuer: str
    number: int | None
    entries: int
    last_update: datetime
    next_update: datetime | None
    fingerprint: str

    def recorded(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "number": self.number,
            "entries": self.entries,
            "last_update": self.last_update.isoformat(),
            "next_update": self.next_update.isoformat() if self.next_update else None,
            "sha256": self.fingerprint,
        }


def to_pem(content: bytes) -> str:
    """Of a file's content; authorities publish lists as DER. What is neither is as it is: facts_of refuses it."""
    try:
        return x509.load_der_x509_crl(content).public_bytes(Encoding.PEM).decode()
    except ValueError:
        return content.decode("utf-8", errors="replace")


def read_facts(text: str) -> RevocationFacts:
    """Raises ValueError for what isn't one list in PEM."""
    if text.count("-----BEGIN X509 CRL-----") != 1:
        raise ValueError("not one PEM list")
    parsed = x509.load_pem_x509_crl(text.encode())
    return RevocationFacts(
        issuer=parsed.issuer.rfc4514_string(),
        number=_number(parsed),
        entries=len(parsed),
        last_update=parsed.last_update_utc,
        next_update=parsed.next_update_utc,
        fingerprint=hashlib.sha256(parsed.public_bytes(Encoding.DER)).hexdigest(),
    )


def read_serial_numbers(text: str) -> frozenset[int]:
    """Of the certificates that the list in PEM revokes. Raises ValueError for what isn't a list."""
    return frozenset(entry.serial_number for entry in x509.load_pem_x509_crl(text.encode()))


def _number(parsed: x509.CertificateRevocationList) -> int | None:
    try:
        return parsed.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
    except x509.ExtensionNotFound:
        return None
