"""AuthnRequests and LogoutRequests as they come in, and what this identity provider refuses about them."""

import base64
import binascii
import ipaddress
import zlib
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qs, urlsplit

from lxml import etree

# An AuthnRequest has about 1 KB; more is an attempt to exhaust memory.
LARGEST: Final = 64 * 1024
SAMLP: Final = "{urn:oasis:names:tc:SAML:2.0:protocol}"
SAML: Final = "{urn:oasis:names:tc:SAML:2.0:assertion}"


class RefusedRequest(Exception):
    """``reason`` is one of the keys of ``texts.REFUSALS``."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True)
class AuthnRequest:
    id: str
    issuer: str
    acs_url: str


@dataclass(frozen=True)
class LogoutRequest:
    id: str
    issuer: str


def from_url(url: str) -> AuthnRequest:
    """The request that a portal's redirect to ``url`` carries."""
    return read_authn_request(parse_qs(urlsplit(url).query)["SAMLRequest"][0], deflated=True)


def read_authn_request(message: str, *, deflated: bool) -> AuthnRequest:
    """Raises RefusedRequest unless it asks for an answer to somewhere on this computer."""
    root = _parse(message, deflated=deflated)
    if root.tag != f"{SAMLP}AuthnRequest":
        raise RefusedRequest("not_authn_request", root.tag)
    acs_url = root.get("AssertionConsumerServiceURL", "")
    # An answer is a signed statement about a person: it must not be sent to another computer, however
    # fictitious.
    loopback_origin(acs_url)
    return AuthnRequest(_id(root), _issuer(root), acs_url)


def read_logout_request(message: str) -> LogoutRequest:
    root = _parse(message, deflated=True)
    if root.tag != f"{SAMLP}LogoutRequest":
        raise RefusedRequest("not_logout_request", root.tag)
    return LogoutRequest(_id(root), _issuer(root))


def loopback_origin(url: str) -> str:
    """``http://localhost:8000`` of such a URL. Raises RefusedRequest for any other computer's."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError as error:
        raise RefusedRequest("foreign_acs", url) from error
    host = (parts.hostname or "").lower()
    # "@": what looks like the host would be the user name (http://localhost@example.com).
    if parts.scheme not in {"http", "https"} or "@" in parts.netloc or not _is_loopback(host):
        raise RefusedRequest("foreign_acs", url)
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{port}"


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    if host.endswith(".localhost"):
        return host.isascii() and host.replace(".", "").replace("-", "").isalnum()
    try:
        return "%" not in host and ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _parse(message: str, *, deflated: bool) -> etree._Element:
    xml = _decode(message, deflated=deflated)
    # The parser never sees a document type, whose entities could be made to grow. Other encodings could hide one.
    if (
        b"<!DOCTYPE" in xml
        or b"\0" in xml
        or b"encoding=" in xml.partition(b"?>")[0].lower().replace(b'encoding="utf-8"', b"")
    ):
        raise RefusedRequest("document_type")
    try:
        return etree.fromstring(xml, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError as error:
        raise RefusedRequest("not_xml", str(error)) from error


def _decode(message: str, *, deflated: bool) -> bytes:
    try:
        data = base64.b64decode(message, validate=True)
        if deflated:
            data = _inflate(data)
    except (binascii.Error, ValueError, zlib.error) as error:
        raise RefusedRequest("not_encoded", str(error)) from error
    if len(data) > LARGEST:
        raise RefusedRequest("too_large")
    return data


def _inflate(data: bytes) -> bytes:
    """At most a little more than is allowed, however large it would become."""
    inflating = zlib.decompressobj(-zlib.MAX_WBITS)
    inflated = inflating.decompress(data, LARGEST + 1)
    if not inflating.eof and len(inflated) <= LARGEST:
        raise RefusedRequest("not_encoded", "incomplete")
    return inflated


def _id(root: etree._Element) -> str:
    identifier = root.get("ID")
    if not identifier:
        raise RefusedRequest("no_id")
    return identifier


def _issuer(root: etree._Element) -> str:
    issuer = (root.findtext(f"{SAML}Issuer") or "").strip()
    if not issuer:
        raise RefusedRequest("no_issuer")
    return issuer
