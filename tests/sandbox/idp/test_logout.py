"""Single logout: signed answers to a service's requests, and requests of its own."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

import pytest
from werkzeug.wrappers import Request, Response

from sandbox.company import Person
from sandbox.idp import logout
from sandbox.idp.authn_request import LogoutRequest
from sandbox.idp.server import IdpServer
from sandbox.idp.texts import REFUSALS, TEXTS
from tests.sandbox.idp.http import get
from tests.sandbox.idp.listener import serving
from tests.sandbox.idp.messages import authn_request, deflate
from tests.sandbox.idp.service import Service

MD = "urn:oasis:names:tc:SAML:2.0:metadata"
REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
DESCRIPTOR = (
    f'<EntityDescriptor xmlns="{MD}"><SPSSODescriptor><SingleLogoutService Binding="%s" Location="%s"/>'
    "</SPSSODescriptor></EntityDescriptor>"
)


@dataclass
class Published:
    """What stands at a service's entity id."""

    url: str = ""
    document: str = ""


@pytest.fixture
def published() -> Iterator[Published]:
    kept = Published()

    @Request.application
    def application(_request: Request) -> Response:
        return Response(kept.document, mimetype="application/samlmetadata+xml")

    with serving(application) as url:
        kept.url = f"{url}/metadata/"
        yield kept


def _logout_request_from(issuer: str) -> str:
    return deflate(authn_request(issuer=issuer, name="LogoutRequest"))


def _ask(idp: IdpServer, issuer: str) -> str:
    """Where a LogoutRequest of that service is redirected to, or else the page's text."""
    query = urlencode({"SAMLRequest": _logout_request_from(issuer), "RelayState": "/bye"})
    answer = get(f"{idp.url}/slo?{query}")
    return answer.headers.get("Location") or answer.text


def test_a_request_is_answered_where_the_services_metadata_says(
    idp: IdpServer, service: Service, published: Published
) -> None:
    published.document = DESCRIPTOR % (REDIRECT, service.sls_url)
    url = _ask(idp, published.url)
    assert url.startswith(f"{service.sls_url}?SAMLResponse=")
    assert "RelayState=%2Fbye" in url
    assert service.accepts_logout_message(url)


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ("", "no_service_metadata"),
        (DESCRIPTOR % ("other-binding", "http://localhost/sls/"), "no_logout_service"),
        (DESCRIPTOR % (REDIRECT, "https://vpn.example.com/sls/"), "foreign_acs"),
    ],
)
def test_a_service_that_says_nowhere_gets_no_answer(
    idp: IdpServer, published: Published, document: str, reason: str
) -> None:
    published.document = document
    assert REFUSALS[reason].en.replace("'", "&#39;") in _ask(idp, published.url)


def test_nothing_is_read_from_other_computers(idp: IdpServer) -> None:
    assert REFUSALS["foreign_acs"].en in _ask(idp, "https://vpn.example.com/metadata/")
    assert REFUSALS["foreign_acs"].en in _ask(idp, "urn:portal")


def test_its_own_request_is_signed(idp: IdpServer, service: Service, tanaka: Person) -> None:
    url = idp.logout_request_url(service.sls_url, tanaka.email)
    assert url.startswith(f"{service.sls_url}?SAMLRequest=")
    assert service.accepts_logout_message(url)


def test_a_message_by_another_key_or_none_is_not_accepted(
    idp: IdpServer, own_idp: IdpServer, service: Service
) -> None:
    answered = LogoutRequest("_1", service.entity_id)
    for key in (own_idp.key, None):
        message = logout.response(idp.entity_id, service.sls_url, answered)
        assert not service.accepts_logout_message(logout.redirect_url(message, key))


def test_a_services_own_request_is_understood(idp: IdpServer, service: Service, tanaka: Person) -> None:
    page = get(service.logout_url(tanaka.email)).text
    # Nobody listens at this service's entity id.
    assert REFUSALS["no_service_metadata"].en.replace("'", "&#39;") in page


def test_an_answer_to_its_own_request_ends_here(idp: IdpServer) -> None:
    assert TEXTS["signed_out"].en in get(f"{idp.url}/slo?SAMLResponse=x").text
    assert get(f"{idp.url}/slo").status == 400
