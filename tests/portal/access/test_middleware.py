"""Who has to be signed in."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.access.breakglass import services as breakglass
from portal.access.models import User
from portal.access.sign_in import marker
from tests.conftest import SignedIn

ENDED = "Your sign-in has ended"


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


@pytest.fixture
def browser(takahashi: User) -> Client:
    """Of somebody who has really signed in."""
    client = Client(headers={"accept-language": "en"})
    token = breakglass.create(username=takahashi.username, reason="the identity provider is down")
    assert client.post(reverse("breakglass", args=[token])).status_code == 302
    assert client.get("/profiles/").status_code == 200
    return client


def sign_in_page(client: Client) -> str:
    return client.get("/profiles/?a=1&b=2", follow=True).content.decode()


@pytest.mark.parametrize(
    "end",
    [
        pytest.param(lambda _client: Session.objects.all().delete(), id="signed out elsewhere"),
        pytest.param(lambda client: client.cookies.pop(settings.SESSION_COOKIE_NAME), id="expired"),
    ],
)
def test_somebody_whose_session_has_ended_is_told_so_and_comes_back(
    browser: Client, end: Callable[[Client], object]
) -> None:
    end(browser)
    page = sign_in_page(browser)
    assert ENDED in page
    assert "next=%2Fprofiles%2F%3Fa%3D1%26b%3D2" in page


def test_nobody_else_is_told_that_a_sign_in_has_ended(browser: Client) -> None:
    for cookies in (
        {settings.SESSION_COOKIE_NAME: "garbage"},
        {settings.SESSION_COOKIE_NAME: "garbage", marker.NAME: "1"},
        {marker.NAME: "1:1vPAAA:c2lnbmF0dXJl"},
    ):
        stranger = Client(headers={"accept-language": "en"})
        stranger.cookies.load(cookies)
        assert ENDED not in sign_in_page(stranger)
        assert ENDED not in stranger.get("/accounts/login/?ended=1").content.decode()
    with time_machine.travel(timezone.now() + marker.MAX_AGE + timedelta(seconds=1)):
        assert ENDED not in sign_in_page(browser)


def test_somebody_who_signed_out_is_not_told_that_it_ended(browser: Client) -> None:
    browser.post("/accounts/logout/")
    assert ENDED not in sign_in_page(browser)
    assert browser.get("/profiles/")["Location"] == "/accounts/login/?next=/profiles/"
