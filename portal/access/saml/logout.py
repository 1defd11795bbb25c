"""Single logout messages by the HTTP-Redirect binding, as SAML 2.0 Bindings 3.4 describes it."""

import secrets
import zlib
from datetime import UTC, timedelta
from typing import Final
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import logout as end_session
from django.http import HttpRequest
from django.shortcuts import resolve_url
from django.utils import timezone
from lxml import etree
from onelogin.saml2.utils import OneLogin_Saml2_Utils

from portal.access.models import User
from portal.access.names import is_same_account
from portal.access.requests import request_origin
from portal.access.saml import document, metadata
from portal.access.saml.assertion import SKEW, parse_datetime
from portal.access.saml.document import SAML, SAMLP, SUCCESS
from portal.access.saml.refusal import AssertionRefused
from portal.access.sign_in.services import record_sign_out

# Core 3.2.2.2: the code, and within it the reason
RESPONDER: Final = "urn:oasis:names:tc:SAML:2.0:status:Responder"
UNKNOWN_PRINCIPAL: Final = "urn:oasis:names:tc:SAML:2.0:status:UnknownPrincipal"
LIFETIME: Final = timedelta(minutes=5)
MAX_BYTES: Final = 64 * 1024


def process(request: HttpRequest) -> str:
    """Where to go after a signed message of the identity provider; its person is signed out here.

    RelayState is ignored: nobody may send people to other sites by way of the portal. Raises AssertionRefused or
    MetadataError.
    """
    message = _read(request)
    provider = metadata.current()
    if message.get("Destination") != request.build_absolute_uri(request.path):
        raise AssertionRefused("destination", message.get("Destination") or "")
    if [issuer.text for issuer in message.findall(f"{SAML}Issuer")] != [provider.entity_id]:
        raise AssertionRefused("issuer")
    _check_signature(request, provider)
    _check_time(message)
    if message.tag == f"{SAMLP}LogoutResponse":
        return resolve_url(settings.ACCOUNT_LOGOUT_REDIRECT_URL)
    ended = _sign_out_named(request, message)
    return (
        _answer(message, provider, ended=ended)
        if provider.slo_url
        else resolve_url(settings.ACCOUNT_LOGOUT_REDIRECT_URL)
    )


def _read(request: HttpRequest) -> etree._Element:
    """The message, checked before any library looks at it."""
    present = [name for name in ("SAMLRequest", "SAMLResponse") if name in request.GET]
    if len(present) != 1 or len(request.GET.getlist(present[0])) != 1:
        raise AssertionRefused("not_one_message")
    for name in ("Signature", "SigAlg"):
        if len(request.GET.getlist(name)) != 1:
            raise AssertionRefused("not_signed")
    if request.GET["SigAlg"] not in document.SIGNATURES:
        raise AssertionRefused("algorithm", request.GET["SigAlg"])
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        raw = inflate.decompress(document.decode(request.GET[present[0]]), MAX_BYTES)
    except zlib.error as error:
        raise AssertionRefused("not_deflated", str(error)) from error
    if inflate.unconsumed_tail or not inflate.eof:
        raise AssertionRefused("too_large")
    message = document.parse(raw)
    if message.tag != f"{SAMLP}{'LogoutRequest' if present[0] == 'SAMLRequest' else 'LogoutResponse'}":
        raise AssertionRefused("not_a_logout_message", str(message.tag))
    return message


def _check_signature(request: HttpRequest, provider: metadata.IdentityProvider) -> None:
    """Over the query string as it was sent: Bindings 3.4.4.1 forbids to decode and encode it again."""
    sent = dict(part.partition("=")[::2] for part in request.META["QUERY_STRING"].split("&"))
    names = [name for name in ("SAMLRequest", "SAMLResponse", "RelayState", "SigAlg") if name in sent]
    signed = "&".join(f"{name}={sent[name]}" for name in names).encode()
    signature = document.decode(request.GET["Signature"])
    for certificate in provider.certificates:
        pem = OneLogin_Saml2_Utils.format_cert(certificate)
        if OneLogin_Saml2_Utils.validate_binary_sign(signed, signature, pem, request.GET["SigAlg"]):
            return
    raise AssertionRefused("signature")


def _check_time(message: etree._Element) -> None:
    now = timezone.now()
    if parse_datetime(message.get("IssueInstant")) < now - LIFETIME - SKEW:
        raise AssertionRefused("expired", "IssueInstant")
    if message.get("NotOnOrAfter") and parse_datetime(message.get("NotOnOrAfter")) <= now - SKEW:
        raise AssertionRefused("expired", "NotOnOrAfter")


def _sign_out_named(request: HttpRequest, message: etree._Element) -> bool:
    """End this browser's session if it is that of the person whom the request names. False: it is somebody else's."""
    if not isinstance(request.user, User):
        return True
    named = [(name_id.text or "").strip() for name_id in message.findall(f"{SAML}NameID")]
    if not any(is_same_account(name, request.user.username) for name in named):
        return False
    record_sign_out(request.user, origin=request_origin(request))
    end_session(request)
    return True


def _answer(message: etree._Element, provider: metadata.IdentityProvider, *, ended: bool) -> str:
    """A LogoutResponse, unsigned because the portal has no key. Success only if nobody is signed in here any more."""
    answer = etree.Element(
        f"{SAMLP}LogoutResponse",
        {
            "ID": f"_{secrets.token_hex(16)}",
            "Version": "2.0",
            "IssueInstant": timezone.now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "Destination": provider.slo_url,
            "InResponseTo": message.get("ID", ""),
        },
        nsmap={"samlp": SAMLP[1:-1], "saml": SAML[1:-1]},
    )
    etree.SubElement(answer, f"{SAML}Issuer").text = settings.SAML_SP_ENTITY_ID
    status = etree.SubElement(answer, f"{SAMLP}Status")
    code = etree.SubElement(status, f"{SAMLP}StatusCode", Value=SUCCESS if ended else RESPONDER)
    if not ended:
        etree.SubElement(code, f"{SAMLP}StatusCode", Value=UNKNOWN_PRINCIPAL)
    encoded: str = OneLogin_Saml2_Utils.deflate_and_base64_encode(etree.tostring(answer))
    return (
        f"{provider.slo_url}{'&' if '?' in provider.slo_url else '?'}{urlencode({'SAMLResponse': encoded})}"
    )
