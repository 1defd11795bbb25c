"""Language and theme are chosen by POST, kept in cookies, and never lead to another site."""

import pytest
from django.test import Client

from portal.access.languages import languages_by_username
from portal.access.models import User
from tests.conftest import SignedIn

LANGUAGE = "/preferences/language/"
THEME = "/preferences/theme/"
ELSEWHERE = [
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example",
    "https:evil.example",
    "javascript:alert(1)",
    "https://vpn.example.com/",
    "",
]


def test_it_keeps_the_language_for_a_year_and_returns(client: Client) -> None:
    response = client.post(LANGUAGE, {"lang": "en", "next": "/profiles/?a=1"})
    cookie = response.cookies["django_language"]
    assert (response.status_code, response["Location"]) == (302, "/profiles/?a=1")
    assert (cookie.value, cookie["max-age"], cookie["samesite"]) == ("en", 365 * 86400, "Lax")
    assert cookie["secure"] is True
    assert cookie["httponly"] is True


@pytest.mark.django_db
def test_the_next_page_is_in_the_chosen_language(client: Client) -> None:
    client.post(LANGUAGE, {"lang": "en"})
    page = client.get("/accounts/login/", headers={"accept-language": "ja"})
    assert '<html lang="en"' in page.content.decode()


def test_a_persons_language_is_known_to_what_speaks_to_them_outside_the_portal(
    tanaka: User, signed_in: SignedIn
) -> None:
    assert languages_by_username([tanaka.username]) == {}
    browser = signed_in(tanaka)
    for code in ("en", "ja"):
        browser.post(LANGUAGE, {"lang": code}, secure=True)
        assert languages_by_username([tanaka.username.upper()]) == {tanaka.username.upper(): code}
    User.objects.create(username="u-ABC", language="en")
    User.objects.create(username="u-abc", language="ja")
    assert languages_by_username(["u-ABC", "u-abc", "U-abc"]) == {"u-ABC": "en", "u-abc": "ja"}


@pytest.mark.parametrize("theme", ["light", "dark", "system"])
def test_it_keeps_the_theme_for_a_year_and_returns(client: Client, theme: str) -> None:
    response = client.post(THEME, {"theme": theme, "next": "/egress/"})
    cookie = response.cookies["theme"]
    assert (response.status_code, response["Location"]) == (302, "/egress/")
    assert (cookie.value, cookie["max-age"], cookie["samesite"]) == (theme, 365 * 86400, "Lax")
    assert cookie["secure"] is True


@pytest.mark.parametrize("target", ELSEWHERE)
@pytest.mark.parametrize(("url", "choice"), [(LANGUAGE, {"lang": "ja"}), (THEME, {"theme": "dark"})])
def test_it_never_leads_elsewhere(client: Client, url: str, choice: dict[str, str], target: str) -> None:
    assert client.post(url, choice | {"next": target})["Location"] == "/"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("url", "choice"), [(LANGUAGE, {"lang": "fr"}), (LANGUAGE, {}), (THEME, {"theme": "sepia"}), (THEME, {})]
)
def test_it_refuses_what_does_not_exist(client: Client, url: str, choice: dict[str, str]) -> None:
    response = client.post(url, choice)
    assert response.status_code == 400
    assert not {"theme", "django_language"} & set(response.cookies)


@pytest.mark.parametrize("url", [LANGUAGE, THEME])
def test_a_link_changes_nothing(client: Client, url: str) -> None:
    assert client.get(url, {"lang": "en", "theme": "dark"}).status_code == 405


@pytest.mark.django_db
def test_another_site_cannot_change_them() -> None:
    client = Client(enforce_csrf_checks=True)
    assert client.post(THEME, {"theme": "dark"}).status_code == 403
