"""An identity provider that signs for real, and a browser that goes the whole way."""

import base64
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.http import HttpResponse
from django.test import Client
from lxml import etree
from pytest_django import Settings

from portal.audit.models import AuditEvent
from sandbox import company
from sandbox.idp.keys import SigningKey
from sandbox.idp.messages import ResponseSpec, encode, render

IDP = "https://idp.example.net/metadata"
SSO_URL = "https://idp.example.net/sso"
SLO_URL = "https://idp.example.net/slo"
SITE = "https://vpn.example.com"
LOGIN = "/accounts/saml/sso/login/"
ACS = "/accounts/saml/sso/acs/"
SP = f"{SITE}/accounts/saml/sso/metadata/"


def metadata_document(*keys: SigningKey, entity_id: str = IDP, more: str = "") -> str:
    descriptors = "".join(
        '<md:KeyDescriptor use="signing"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>'
        f"{key.certificate_der_base64}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
        for key in keys
    )
    redirect = 'Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"'
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata"'
        f' xmlns:ds="http://www.w3.org/2000/09/xmldsig#" entityID="{entity_id}"{more}>'
        '<md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">'
        f'{descriptors}<md:SingleLogoutService {redirect} Location="{SLO_URL}"/>'
        f'<md:SingleSignOnService {redirect} Location="{SSO_URL}"/>'
        "</md:IDPSSODescriptor></md:EntityDescriptor>"
    )


@pytest.fixture(scope="session")
def key() -> SigningKey:
    return SigningKey.create("idp.example.net")


@pytest.fixture(scope="session")
def other_key() -> SigningKey:
    return SigningKey.create("idp.example.net")


@pytest.fixture(autouse=True)
def metadata_file(db: None, key: SigningKey, tmp_path: Path, settings: Settings) -> Path:
    path = tmp_path / "metadata.xml"
    path.write_text(metadata_document(key), encoding="utf-8")
    settings.SAML_IDP_METADATA = str(path)
    return path


Mend = Callable[[ResponseSpec], ResponseSpec]


@dataclass
class Browser:
    """A browser on the portal; ``answer()`` is what the identity provider would send it back with."""

    key: SigningKey
    client: Client = field(default_factory=lambda: Client(headers={"accept-language": "en"}))

    def ask(self, **query: str) -> str:
        """Begin a sign-in; the ID of the AuthnRequest."""
        response = self.client.get(LOGIN, query)
        assert response.status_code == 302, response.content
        sent = parse_qs(urlsplit(response["Location"]).query)["SAMLRequest"][0]
        request = etree.fromstring(zlib.decompress(base64.b64decode(sent), -15))
        return request.get("ID", "")

    def answer(self, person: company.Person = company.PEOPLE[0], **changes: Any) -> ResponseSpec:
        spec = ResponseSpec(
            acs_url=f"{SITE}{ACS}",
            audience=SP,
            issuer=IDP,
            name_id=person.email,
            attributes=(
                ("email", (person.email,)),
                ("name", (person.name,)),
                ("memberOf", tuple(group.id for group in person.groups)),
            ),
            in_response_to=changes.pop("in_response_to", None) or self.ask(),
        )
        return replace(spec, **changes)

    def post(self, spec: ResponseSpec | bytes) -> HttpResponse:
        """Post it as the identity provider's page does, from another site; stop before the redirect."""
        xml = render(spec, self.key) if isinstance(spec, ResponseSpec) else spec
        return self.client.post(ACS, {"SAMLResponse": encode(xml), "RelayState": ""})  # type: ignore[return-value]

    def sign_in(self, spec: ResponseSpec | bytes) -> HttpResponse:
        """Post it and go where the portal sends the browser, up to the first page that is not SAML."""
        response = self.post(spec)
        if response.status_code == 302:
            response = self.client.get(response["Location"])  # type: ignore[assignment]
        return response

    @property
    def signed_in(self) -> bool:
        return "_auth_user_id" in self.client.session


@pytest.fixture
def browser(key: SigningKey) -> Browser:
    return Browser(key)


def reason() -> str:
    """Why the last sign-in was refused, as the audit record has it."""
    event = AuditEvent.objects.filter(tag="sign-in:failed").order_by("-sequence").first()
    return event.details["reason"] if event else ""
