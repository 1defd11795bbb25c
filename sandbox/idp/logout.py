"""Single logout by the HTTP-Redirect binding: messages, their signatures, and where a service wants them."""

import base64
import datetime as dt
import urllib.request
import zlib
from typing import Final
from urllib.error import URLError
from urllib.parse import urlencode

import xmlsec
from lxml import etree
from xmlsec import constants

from sandbox.idp.authn_request import LogoutRequest, RefusedRequest, loopback_origin
from sandbox.idp.messages import EMAIL, NAMESPACES, SUCCESS, identifier
from sandbox.idp.metadata import MD, REDIRECT
from sandbox.idp.signatures import Key

LARGEST: Final = 1024 * 1024
SAMLP: Final = f"{{{NAMESPACES['samlp']}}}"
SAML: Final = f"{{{NAMESPACES['saml']}}}"


def response(issuer: str, destination: str, answered: LogoutRequest) -> etree._Element:
    message = _message("LogoutResponse", issuer, destination)
    message.set("InResponseTo", answered.id)
    etree.SubElement(etree.SubElement(message, f"{SAMLP}Status"), f"{SAMLP}StatusCode", Value=SUCCESS)
    return message


def request(issuer: str, destination: str, name_id: str, *, now: dt.datetime | None = None) -> etree._Element:
    """Asks a service to end the session of ``name_id``."""
    message = _message("LogoutRequest", issuer, destination, now)
    etree.SubElement(message, f"{SAML}NameID", Format=EMAIL).text = name_id
    return message


def redirect_url(message: etree._Element, key: Key | None, relay_state: str | None = None) -> str:
    """The message's Destination with the message in its query, signed unless ``key`` is None."""
    kind = "SAMLRequest" if message.tag == f"{SAMLP}LogoutRequest" else "SAMLResponse"
    query = {kind: _deflate(etree.tostring(message))}
    if relay_state is not None:
        query["RelayState"] = relay_state
    destination = message.get("Destination", "")
    start = f"{destination}{'&' if '?' in destination else '?'}"
    if key is None:
        return f"{start}{urlencode(query)}"
    # SAML bindings, 3.4.4.1: the signature covers the query string as it is sent, in this order, not the XML.
    signed = urlencode({**query, "SigAlg": constants.TransformRsaSha256.href})
    context = xmlsec.SignatureContext()
    context.key = key.for_xmlsec()
    signature = context.sign_binary(signed.encode(), constants.TransformRsaSha256)
    return f"{start}{signed}&{urlencode({'Signature': base64.b64encode(signature).decode()})}"


def service_url(entity_id: str) -> str:
    """Where a service on this computer wants logout messages, from its metadata, which its entity id leads to."""
    loopback_origin(entity_id)
    # Without a proxy from the environment: the portal is on this computer.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(entity_id, timeout=5) as answer:
            root = etree.fromstring(answer.read(LARGEST), etree.XMLParser(resolve_entities=False))
    except (URLError, OSError, etree.XMLSyntaxError) as error:
        raise RefusedRequest("no_service_metadata", f"{entity_id}: {error}") from error
    for service in root.iter(f"{{{MD}}}SingleLogoutService"):
        if service.get("Binding") == REDIRECT:
            location = service.get("ResponseLocation", service.get("Location", ""))
            loopback_origin(location)
            return location
    raise RefusedRequest("no_logout_service", entity_id)


def _message(name: str, issuer: str, destination: str, now: dt.datetime | None = None) -> etree._Element:
    instant = (now or dt.datetime.now(dt.UTC)).strftime("%Y-%m-%dT%H:%M:%SZ")
    message = etree.Element(f"{SAMLP}{name}", nsmap={"samlp": SAMLP[1:-1], "saml": SAML[1:-1]})
    for attribute, value in (
        ("ID", identifier()),
        ("Version", "2.0"),
        ("IssueInstant", instant),
        ("Destination", destination),
    ):
        message.set(attribute, value)
    etree.SubElement(message, f"{SAML}Issuer").text = issuer
    return message


def _deflate(xml: bytes) -> str:
    # Raw DEFLATE without a zlib header (SAML bindings, 3.4.4.1).
    compress = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return base64.b64encode(compress.compress(xml) + compress.flush()).decode()
