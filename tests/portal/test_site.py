"""SITE_URL says where the portal is; requests don't."""

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


def test_unknown_hosts_are_refused() -> None:
    response = Client(headers={"host": "evil.example"}).get("/accounts/login/")
    assert response.status_code == 400


def test_a_health_check_may_name_any_host() -> None:
    client = Client(headers={"host": "10.0.1.23:8000"})
    assert client.get("/healthz").content == b"ok\n"
    assert client.get("/readyz").status_code == 200


@pytest.mark.parametrize("header", ["x-forwarded-host", "x-forwarded-proto", "x-forwarded-port", "forwarded"])
def test_forwarding_headers_change_no_address(header: str) -> None:
    response = Client(headers={header: "evil.example"}).get("/")
    assert response["Location"] == "/accounts/login/?next=/"
    text = Client(headers={header: "http"}).get("/accounts/saml/sso/metadata/").content.decode()
    assert "https://vpn.example.com/accounts/saml/sso/acs/" in text
    assert "evil" not in text
