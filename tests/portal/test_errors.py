"""What people see when something breaks."""

from html import unescape

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from django.test import Client, RequestFactory
from pytest_django import Settings

from portal.access.models import User
from portal.errors import server_error
from tests.conftest import SignedIn


@pytest.mark.django_db
def test_a_database_that_does_not_answer_is_a_page_that_says_try_again() -> None:
    client = Client(raise_request_exception=False)
    client.cookies[settings.SESSION_COOKIE_NAME] = "of-somebody-who-was-signed-in"
    place = connection.get_connection_params()
    wanted = {name: place[name] for name in ("host", "port", "user", "password", "dbname") if name in place}
    with psycopg.connect(**wanted) as other, connection.cursor() as cursor:
        other.execute("LOCK TABLE django_session IN ACCESS EXCLUSIVE MODE")
        cursor.execute("SET LOCAL lock_timeout = '20ms'")
        response = client.get("/")
    assert (response.status_code, response["Retry-After"]) == (503, "60")
    text = response.content.decode()
    assert "ただいまポータルをご利用いただけません" in text
    assert response["X-Request-ID"] in text


def test_a_mistake_of_ours_is_a_page_with_the_reference_number() -> None:
    request = RequestFactory().get("/")
    request.reference = "K7QW-2MRTA9"  # type: ignore[attr-defined]
    response = server_error(request)
    assert response.status_code == 500
    assert "K7QW-2MRTA9" in response.content.decode()


@pytest.mark.parametrize(("role", "asked"), [("employee", "helpdesk"), ("helpdesk", "administrator")])
def test_a_page_that_one_may_not_open_says_its_address_and_whom_to_ask(
    db: None, signed_in: SignedIn, role: str, asked: str
) -> None:
    user = User.objects.create(username="x@example.co.jp", roles=sorted({"employee", role}))
    response = signed_in(user).get("/audit/?who=a&tag=b")
    page = unescape(response.content.decode())
    assert response.status_code == 403
    assert "https://vpn.example.com/audit/?who=a&tag=b" in page
    words = page[page.index("If you need it") :].partition("</p>")[0]
    assert f"ask {'an' if asked == 'administrator' else 'the'} {asked}" in words
    assert response["X-Request-ID"] in page


def test_a_mistake_of_ours_has_what_to_copy_and_whom_to_call(settings: Settings) -> None:
    settings.HELPDESK_CONTACT = "内線 4500"
    request = RequestFactory().get("/")
    request.reference = "K7QW-2MRTA9"  # type: ignore[attr-defined]
    page = server_error(request).content.decode()
    assert 'data-copy="K7QW-2MRTA9"' in page
    assert "内線 4500" in page


def test_each_error_page_has_the_reference_number_of_its_request(tanaka: User, signed_in: SignedIn) -> None:
    client = signed_in(tanaka)
    strict = Client(enforce_csrf_checks=True)
    for status, response in (
        (400, client.post("/preferences/language/", {"lang": "xx"})),
        (403, client.get("/audit/")),
        (403, strict.post("/preferences/language/", {"lang": "en"})),
        (404, client.get("/nowhere/")),
        (404, Client().get("/guides/beos/")),
    ):
        assert response.status_code == status
        assert f'data-copy="{response["X-Request-ID"]}"' in response.content.decode()
