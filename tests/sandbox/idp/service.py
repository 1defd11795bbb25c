"""A service provider on python3-saml in strict mode: it asks, and judges what comes back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from onelogin.saml2.auth import OneLogin_Saml2_Auth
from onelogin.saml2.idp_metadata_parser import OneLogin_Saml2_IdPMetadataParser

from sandbox.idp.authn_request import AuthnRequest, from_url
from sandbox.idp.server import IdpServer

ORIGIN = "http://localhost:8000"


@dataclass(frozen=True)
class Judged:
    """What the library makes of a response. ``error`` is empty if it lets somebody in."""

    error: str
    name_id: str
    attributes: dict[str, list[str]]


class Service:
    acs_url = f"{ORIGIN}/acs/"
    sls_url = f"{ORIGIN}/sls/"
    entity_id = f"{ORIGIN}/metadata/"

    def __init__(self, idp: IdpServer) -> None:
        """It reads the provider's metadata once, now."""
        self._settings: dict[str, Any] = OneLogin_Saml2_IdPMetadataParser.parse(idp.metadata())
        self._settings["strict"] = True
        self._settings["sp"] = {
            "entityId": self.entity_id,
            "assertionConsumerService": {"url": self.acs_url},
            "singleLogoutService": {"url": self.sls_url},
        }
        self._settings["security"] = {
            "wantAssertionsSigned": True,
            "wantMessagesSigned": True,
            "rejectDeprecatedAlgorithm": True,
            "requestedAuthnContext": False,
        }

    @property
    def provider(self) -> dict[str, Any]:
        """What it has read of the provider's metadata."""
        idp: dict[str, Any] = self._settings["idp"]
        return idp

    def login_url(self, relay_state: str = "/") -> str:
        url: str = self._auth("/").login(relay_state)
        return url

    def ask(self) -> AuthnRequest:
        return from_url(self.login_url())

    def judge(
        self, fields: Mapping[str, str], request_id: str, *, want_response_signed: bool = False
    ) -> Judged:
        self._settings["security"]["wantMessagesSigned"] = want_response_signed
        auth = self._auth("/acs/", post=fields)
        auth.process_response(request_id=request_id)
        error = auth.get_last_error_reason() or ", ".join(auth.get_errors())
        return Judged(error, auth.get_nameid() or "", auth.get_attributes())

    def logout_url(self, name_id: str) -> str:
        url: str = self._auth("/").logout(return_to="/", name_id=name_id)
        return url

    def accepts_logout_message(self, url: str) -> bool:
        """Whether a redirect to the SLS URL carries a valid message, signed by the provider."""
        self._settings["security"]["wantMessagesSigned"] = True
        auth = self._auth("/sls/", get=dict(parse_qsl(urlsplit(url).query)))
        auth.process_slo(keep_local_session=True)
        return not auth.get_errors()

    def _auth(
        self, path: str, *, post: Mapping[str, str] | None = None, get: Mapping[str, str] | None = None
    ) -> OneLogin_Saml2_Auth:
        parts = urlsplit(ORIGIN)
        request = {
            "https": "off",
            "http_host": parts.netloc,
            "script_name": path,
            "get_data": dict(get or {}),
            "post_data": dict(post or {}),
        }
        return OneLogin_Saml2_Auth(request, old_settings=self._settings)
