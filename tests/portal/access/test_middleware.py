"""Who has to be signed in."""

from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client

from portal.access.models import User
from tests.conftest import SignedIn


def test_an_open_page_whose_session_has_ended_is_told_so(db: None) -> None:
    response = Client().get("/egress/", headers={"hx-request": "true"})
    assert response.status_code == 401
    assert response.content == b""


def test_without_htmx_the_way_leads_to_the_sign_in_page(db: None) -> None:
    assert Client().get("/egress/")["Location"] == "/accounts/login/?next=/egress/"


def test_a_deactivated_person_is_signed_out_at_the_next_request(tanaka: User, signed_in: SignedIn) -> None:
    client = signed_in(tanaka)
    assert client.get("/").status_code == 200
    User.objects.update(is_active=False)
    assert client.get("/").status_code == 302


def test_somebody_whose_session_has_ended_is_told_so_and_comes_back(
    tanaka: User, signed_in: SignedIn
) -> None:
    client = signed_in(tanaka)
    Session.objects.all().delete()
    answer = client.get("/profiles/?a=1&b=2")
    assert answer["Location"] == "/accounts/login/?next=/profiles/%3Fa%3D1%26b%3D2&ended=1"
    page = client.get(answer["Location"]).content.decode()
    assert "Your sign-in has ended" in page
    assert "next=/profiles/" in page
    assert "Your sign-in has ended" not in client.get("/accounts/login/").content.decode()


def test_somebody_who_signed_out_is_not_told_that_it_ended(tanaka: User, signed_in: SignedIn) -> None:
    client = signed_in(tanaka)
    client.post("/accounts/logout/")
    client.cookies.pop(settings.SESSION_COOKIE_NAME)
    assert client.get("/profiles/")["Location"] == "/accounts/login/?next=/profiles/"
