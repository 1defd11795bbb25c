"""AuthnRequests as a service provider could send them, good or bad."""

import base64
import zlib

NAMESPACES = (
    'xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"'
)


def authn_request(
    acs_url: str = "http://localhost:8000/acs/",
    *,
    before: str = "",
    issuer: str = "urn:portal",
    name: str = "",
) -> bytes:
    name = name or "AuthnRequest"
    return (
        f'{before}<samlp:{name} {NAMESPACES} ID="_1" Version="2.0" AssertionConsumerServiceURL="{acs_url}">'
        f"<saml:Issuer>{issuer}</saml:Issuer></samlp:{name}>"
    ).encode()


def encode(xml: bytes) -> str:
    return base64.b64encode(xml).decode()


def deflate(xml: bytes) -> str:
    return encode(zlib.compress(xml, wbits=-zlib.MAX_WBITS))
