"""allauth's adapters: one SAML identity provider, configured in the environment, and no sign-up.

See https://docs.allauth.org/en/latest/socialaccount/adapter.html for what they may override.
"""

import time
from typing import Any, Final

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp, SocialLogin
from django.conf import settings
from django.http import HttpRequest

from portal.access.requests import request_origin
from portal.access.saml import metadata
from portal.access.saml.admission import admit
from portal.access.sign_in.pages import no_entry
from portal.access.sign_in.redirects import is_safe_url

METADATA_SECONDS: Final = 10 * 365 * 86400


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def is_safe_url(self, url: str) -> bool:
        return is_safe_url(url)

    def get_client_ip(self, request: HttpRequest) -> str:
        return str(request.client_address)  # type: ignore[attr-defined]

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Being signed in is seen on the page; nobody needs a message about it."""


class SocialAccountAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    def list_apps(
        self, request: HttpRequest, provider: str | None = None, client_id: str | None = None
    ) -> list[SocialApp]:
        if provider not in {None, "saml"} or client_id not in {None, settings.SAML_ORGANIZATION}:
            return []
        return [
            SocialApp(
                provider="saml",
                name="SSO",
                client_id=settings.SAML_ORGANIZATION,
                settings=_saml_settings(),
            )
        ]

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Roles at every sign-in; a NameID is tied to the user of that name and to nobody else."""
        verified = request.verified_assertion  # type: ignore[attr-defined]
        user = admit(verified, origin=request_origin(request))
        if user is None:
            next_url = sociallogin.state["next"]
            raise ImmediateHttpResponse(no_entry(request, account=verified.name_id, next_url=next_url))
        if not sociallogin.is_existing:
            sociallogin.connect(request, user)
        sociallogin.user = user


def _saml_settings() -> dict[str, Any]:
    """allauth's settings of a SAML app. Without metadata only our own side (the SP metadata) works."""
    try:
        provider = metadata.current()
    except metadata.MetadataError:
        idp = {"entity_id": "", "x509cert": "", "sso_url": ""}
    else:
        idp = {
            "entity_id": provider.entity_id,
            # allauth takes one. Responses are checked against all of them, in response.py.
            "x509cert": provider.certificates[0],
            "sso_url": provider.sso_url,
        }
    return {
        "idp": idp,
        "sp": {"entity_id": settings.SAML_SP_ENTITY_ID},
        "attribute_mapping": {"email": settings.SAML_ATTRIBUTE_EMAIL},
        "advanced": {
            "allow_single_label_domains": True,
            # The library's two days would have providers that keep a copy complain.
            "metadata_valid_until": int(time.time()) + METADATA_SECONDS,
            "want_assertion_signed": True,
            "want_message_signed": settings.SAML_WANT_RESPONSE_SIGNED,
            "name_id_format": "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified",
        },
    }
