"""The identity provider's metadata: read from a file or URL, checked, and kept as the last good copy.

Signing in needs neither the worker nor the source: whatever was good last is used until something better is there.
"""

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import structlog
import xmlsec
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from django.conf import settings
from django.utils import timezone
from lxml import etree

from portal import outbound
from portal.access.saml.assertion import parse_datetime
from portal.access.saml.document import DS
from portal.access.saml.models import IdentityProviderMetadata
from portal.access.saml.refusal import AssertionRefused

MD: Final = "{urn:oasis:names:tc:SAML:2.0:metadata}"
REDIRECT: Final = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
MAX_BYTES: Final = 2 * 1024 * 1024
FETCH_SECONDS: Final = 5.0
RETRY_AFTER: Final = timedelta(seconds=60)
# File systems date a file by a clock that is behind by as much.
CLOCK_TICK: Final = timedelta(seconds=1)

logger = structlog.get_logger(__name__)


class MetadataError(Exception):
    """Why this is no metadata that people could sign in with, in a sentence for an administrator."""


@dataclass(frozen=True)
class IdentityProvider:
    """``certificates`` are base64 DER, without line breaks; any of them may have signed a message."""

    entity_id: str
    sso_url: str
    slo_url: str
    certificates: tuple[str, ...]


def current() -> IdentityProvider:
    """From the last good copy; from the source itself if there is none yet, or the source is a file that is newer.

    Raises MetadataError if there is no good copy at all.
    """
    source = settings.SAML_IDP_METADATA
    stored = IdentityProviderMetadata.objects.filter(source=source).first()
    if stored is None or _may_try_again(stored) or (not _is_url(source) and _is_newer(Path(source), stored)):
        stored = refresh()
    if not stored.document:
        raise MetadataError(stored.error)
    return parse(stored.document)


def refresh() -> IdentityProviderMetadata:
    """Read the source now and keep what is good. A failure is recorded beside the last good copy."""
    source = settings.SAML_IDP_METADATA
    now = timezone.now()
    stored = IdentityProviderMetadata.objects.filter(source=source).first() or IdentityProviderMetadata(
        source=source, document="", fetched_at=now
    )
    stored.attempted_at = now
    try:
        document = _read(source)
        _check_still_valid(document, now)
    except MetadataError as error:
        stored.error = str(error)
        logger.warning("identity provider's metadata could not be refreshed", source=source, error=str(error))
    else:
        stored.document, stored.fetched_at, stored.error = document, now, ""
    # One statement: several processes may fetch the first copy at the same moment.
    IdentityProviderMetadata.objects.bulk_create(
        [stored],
        update_conflicts=True,
        unique_fields=["source"],
        update_fields=["document", "fetched_at", "attempted_at", "error"],
    )
    return stored


def refresh_after_unknown_key() -> bool:
    """A message was signed by a key that we don't know: look whether there is newer metadata, at most once a minute.

    True if the certificates changed.
    """
    stored = IdentityProviderMetadata.objects.filter(source=settings.SAML_IDP_METADATA).first()
    if stored is None or not stored.document or stored.attempted_at > timezone.now() - RETRY_AFTER:
        return False
    before = parse(stored.document).certificates
    return parse(refresh().document).certificates != before


def _may_try_again(stored: IdentityProviderMetadata) -> bool:
    """The first fetch failed, so nobody can sign in: don't wait for the task."""
    return not stored.document and stored.attempted_at < timezone.now() - RETRY_AFTER


def _is_newer(file: Path, stored: IdentityProviderMetadata) -> bool:
    """Whether the file may have changed since it was read last; also True once a minute, for a copy of an older date.

    Everybody who signs in asks. Reading the file and writing the copy each time took a third of a sign-in.
    """
    try:
        changed_at = datetime.fromtimestamp(file.stat().st_mtime, UTC)
    except OSError:
        return True
    return changed_at > stored.attempted_at - CLOCK_TICK or stored.attempted_at < timezone.now() - RETRY_AFTER


def _is_url(source: str) -> bool:
    try:
        return urlsplit(source).scheme in {"http", "https"}
    except ValueError:  # such as "https://[::1"
        return False


def _read(source: str) -> str:
    try:
        if _is_url(source):
            raw = outbound.fetch(source, max_bytes=MAX_BYTES, seconds=FETCH_SECONDS)
        else:
            raw = Path(source).read_bytes()
        document = raw.decode("utf-8-sig")
    except (outbound.OutboundError, OSError, UnicodeDecodeError) as error:
        raise MetadataError(f"SAML_IDP_METADATA: {error}") from error
    parse(document)
    return document


# Each sign-in needs it. The text itself is the key, so a new copy is never mistaken for the old one.
@lru_cache(maxsize=4)
def parse(document: str) -> IdentityProvider:
    """The one identity provider of the metadata (SAML 2.0 Metadata 2.4.3).

    Raises MetadataError unless there is exactly one, with the HTTP-Redirect binding and a signing certificate.
    """
    descriptor, entity_id = _descriptor(document)
    sso = [service.get("Location", "") for service in _services(descriptor, "SingleSignOnService")]
    slo = [
        service.get("ResponseLocation", service.get("Location", ""))
        for service in _services(descriptor, "SingleLogoutService")
    ]
    if not sso or not _is_url(sso[0]):
        raise MetadataError("The metadata has no SingleSignOnService with the HTTP-Redirect binding.")
    return IdentityProvider(entity_id, sso[0], slo[0] if slo else "", _certificates(descriptor))


def _descriptor(document: str) -> tuple[etree._Element, str]:
    if "<!DOCTYPE" in document.upper() or len(document) > MAX_BYTES:
        raise MetadataError("The metadata has a document type, or is longer than 2 MB.")
    try:
        root = etree.fromstring(document.encode(), etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError as error:
        raise MetadataError(f"The metadata is not XML: {error}") from error
    descriptors = list(root.iter(f"{MD}IDPSSODescriptor"))
    if len(descriptors) != 1:
        raise MetadataError(f"The metadata must hold one IDPSSODescriptor; there are {len(descriptors)}.")
    entity = descriptors[0].getparent()
    entity_id = entity.get("entityID", "") if entity is not None else ""
    if not entity_id:
        raise MetadataError("The metadata's EntityDescriptor has no entityID.")
    return descriptors[0], entity_id


def _services(descriptor: etree._Element, name: str) -> list[etree._Element]:
    return [service for service in descriptor.findall(f"{MD}{name}") if service.get("Binding") == REDIRECT]


def _certificates(descriptor: etree._Element) -> tuple[str, ...]:
    """Those that can be read. One of another kind, or broken, keeps nobody from signing in with the others."""
    usable: dict[str, None] = {}
    problems: list[str] = []
    for number, element in enumerate(_certificate_elements(descriptor), 1):
        text = without_armour(element.text or "")
        problem = _certificate_problem(text)
        if problem:
            problems.append(f"certificate {number} ({text[:20]}…) {problem}")
            logger.warning("a certificate in the metadata is skipped", number=number, problem=problem)
        else:
            usable[text] = None
    if not usable:
        why = "; ".join(problems) or "there is no KeyDescriptor with X509Certificate"
        raise MetadataError(f"The metadata has no signing certificate that can be used: {why}.")
    return tuple(usable)


def _certificate_elements(descriptor: etree._Element) -> Iterator[etree._Element]:
    for key in descriptor.findall(f"{MD}KeyDescriptor"):
        # Without "use" it is for both.
        if key.get("use") != "encryption":
            yield from key.iterfind(f"{DS}KeyInfo/{DS}X509Data/{DS}X509Certificate")


def without_armour(text: str) -> str:
    """Base64 without line breaks. Some put a whole PEM file inside X509Certificate; XML Signature wants its content."""
    return "".join(re.sub(r"-----[A-Z0-9 ]+-----", "", text).split())


def _certificate_problem(text: str) -> str:
    """Why no signature can be verified with it; empty if one can."""
    try:
        der = base64.b64decode(text, validate=True)
        key = x509.load_der_x509_certificate(der).public_key()
        # Only these have signature algorithms that document.py allows.
        if not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
            return f"is neither RSA nor ECDSA but {type(key).__name__}"
        xmlsec.Key.from_memory(der, xmlsec.constants.KeyDataFormatCertDer)
    except (ValueError, UnsupportedAlgorithm, xmlsec.Error) as error:
        return f"can't be read: {error}"
    return ""


def _check_still_valid(document: str, now: datetime) -> None:
    root = etree.fromstring(document.encode(), etree.XMLParser(resolve_entities=False, no_network=True))
    for element in root.iter(f"{MD}EntitiesDescriptor", f"{MD}EntityDescriptor", f"{MD}IDPSSODescriptor"):
        until = element.get("validUntil")
        try:
            if until and parse_datetime(until) <= now:
                raise MetadataError(f"The metadata was valid until {until}. Fetch a newer copy.")
        except AssertionRefused as refused:
            raise MetadataError(f"The metadata's validUntil cannot be read: {until}") from refused
