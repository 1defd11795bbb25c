"""What scripts and monitoring ask for without signing in: careful headers, no session, read only."""

import pytest
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.test import Client
from django.urls import reverse

from portal.access.models import User
from tests.conftest import SignedIn

VIEWS = ("egress_json", "egress_text", "healthz")
CAREFUL = (
    "Content-Security-Policy",
    "Cross-Origin-Opener-Policy",
    "Permissions-Policy",
    "Referrer-Policy",
    "Strict-Transport-Security",
    "X-Content-Type-Options",
    "X-Request-ID",
)


@pytest.mark.parametrize("name", VIEWS)
@pytest.mark.django_db
def test_its_answer_has_the_headers_of_every_page(name: str) -> None:
    page, response = Client().get("/guides/"), Client().get(reverse(name))
    for header in CAREFUL[:-1]:
        assert response[header] == page[header], header
    assert response["X-Request-ID"] != page["X-Request-ID"]
    assert response["Cache-Control"] == "no-store"
    assert response["Content-Length"] == str(len(response.content))


@pytest.mark.parametrize("name", VIEWS)
@pytest.mark.django_db
def test_it_knows_no_session(name: str, tanaka: User, signed_in: SignedIn) -> None:
    response = signed_in(tanaka).get(reverse(name))
    assert response.status_code == 200
    assert "Set-Cookie" not in response
    assert "Cookie" not in response.get("Vary", "")


@pytest.mark.parametrize("name", VIEWS)
@pytest.mark.django_db
def test_it_is_read_only_and_of_our_hosts(name: str) -> None:
    assert Client().post(reverse(name)).status_code == 405
    assert Client().delete(reverse(name)).status_code == 405
    assert Client(enforce_csrf_checks=True).delete(reverse(name)).status_code == 403
    status = 200 if name == "healthz" else 400
    assert Client(headers={"host": "evil.example"}).get(reverse(name)).status_code == status


def test_the_content_security_policy_is_that_of_the_settings() -> None:
    header = Client().get("/healthz")["Content-Security-Policy"]
    policy = {part.split()[0]: part.split()[1:] for part in header.split("; ")}
    assert policy == {
        name: list(values) for name, values in settings.CONTENT_SECURITY_POLICY["DIRECTIVES"].items()
    }


def test_static_files_keep_their_hashed_addresses() -> None:
    first, second = (staticfiles_storage.url("portal/base.css") for _ in range(2))
    assert first == second
    assert first.startswith("/static/portal/base.")
