"""What every page shows around its content."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import path
from django.utils import translation

from portal import preferences
from portal.access.models import User
from portal.shell import Shell


def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


# A portal without a page for endpoints
urlpatterns = [
    path("", page, name="home"),
    path("profiles/", page, name="profiles"),
    path("egress/", page, name="egress"),
    path("audit/", page, name="audit"),
    path("tokens/", page, name="tokens"),
    path("preferences/language/", preferences.language, name="language"),
]


def shell(path: str = "/", *, roles: list[str] | None = None, **cookies: str) -> Shell:
    request = RequestFactory().get(path)
    request.user = AnonymousUser() if roles is None else User(username="m.tanaka@example.co.jp", roles=roles)
    request.COOKIES.update(cookies)
    return Shell(request)


def urls(shell: Shell) -> list[str]:
    return [item.url for item in shell.nav]


@pytest.mark.urls(__name__)
def test_an_employee_sees_an_employees_pages() -> None:
    assert urls(shell(roles=["employee"])) == ["/", "/profiles/", "/egress/"]


@pytest.mark.urls(__name__)
def test_a_page_that_does_not_exist_is_left_out() -> None:
    assert urls(shell(roles=["employee", "admin"])) == ["/", "/profiles/", "/egress/", "/audit/"]


@pytest.mark.urls(__name__)
def test_what_is_needed_now_and_then_is_in_the_persons_menu() -> None:
    assert [item.url for item in shell(roles=["employee", "admin"]).menu] == ["/tokens/"]
    assert shell(roles=["employee"]).menu == []


@pytest.mark.urls(__name__)
def test_nobody_sees_pages_before_signing_in() -> None:
    assert urls(shell()) == []


@pytest.mark.urls(__name__)
def test_a_request_that_never_met_a_user_has_no_navigation() -> None:
    assert Shell(RequestFactory().get("/")).nav == []


@pytest.mark.urls(__name__)
@pytest.mark.parametrize(
    ("path", "current"),
    [("/", ["/"]), ("/profiles/", ["/profiles/"]), ("/profiles/a/download", ["/profiles/"])],
)
def test_one_page_is_current(path: str, current: list[str]) -> None:
    assert [item.url for item in shell(path, roles=["employee"]).nav if item.current] == current


def test_labels_are_in_the_active_language() -> None:
    with translation.override("en"):
        assert shell(roles=["employee"]).nav[0].label == "Home"


@pytest.mark.parametrize("chosen", ["light", "dark", "system"])
def test_the_theme_is_the_cookies(chosen: str) -> None:
    page = shell(theme=chosen)
    assert page.theme == chosen
    assert [choice.value for choice in page.themes if choice.current] == [chosen]


@pytest.mark.parametrize("cookie", ["", "sepia", '"><script>'])
def test_a_theme_that_does_not_exist_is_the_systems(cookie: str) -> None:
    assert shell(theme=cookie).theme == "system"


def test_each_language_is_named_in_itself() -> None:
    with translation.override("en"):
        languages = [(language.code, language.name, language.current) for language in shell().languages]
    assert languages == [("ja", "日本語", False), ("en", "English", True)]


def test_a_choice_returns_to_the_same_address() -> None:
    assert shell("/profiles/?a=1&b=%E6%9D%B1").here == "/profiles/?a=1&b=%E6%9D%B1"


def test_a_choice_on_the_answer_to_a_post_returns_home() -> None:
    assert Shell(RequestFactory().post("/accounts/saml/sso/acs/")).here == "/"


@pytest.mark.django_db
def test_the_frame_works_signed_out(client: Client) -> None:
    page = client.get("/accounts/login/", headers={"accept-language": "en"}).content.decode()
    assert '<html lang="en"' in page
    assert 'class="skip-link" href="#main"' in page
    assert '<main id="main" class="wide" tabindex="-1">' in page
    assert "Helpdesk, extension 4500" in page
    assert 'lang="ja">日本語</button>' in page
    assert "<nav" not in page


@pytest.mark.django_db
def test_a_chosen_theme_is_on_the_html_element(client: Client) -> None:
    client.cookies["theme"] = "dark"
    assert b'data-theme="dark"' in client.get("/accounts/login/").content


@pytest.mark.django_db
def test_the_menu_says_who_is_signed_in_and_signs_out_by_post(tanaka: User, client: Client) -> None:
    client.force_login(tanaka)
    page = client.get("/design/", headers={"accept-language": "en"}).content.decode()
    assert tanaka.name in page
    assert "Employee" in page
    assert '<form action="/accounts/logout/" method="post">' in page


@pytest.mark.django_db
def test_a_name_is_text_and_nothing_else(tanaka: User, client: Client) -> None:
    User.objects.filter(pk=tanaka.pk).update(name="<img src=x onerror=alert(1)>")
    client.force_login(tanaka)
    page = client.get("/design/").content.decode()
    assert "<img" not in page
    assert "&lt;img src=x" in page


@pytest.mark.django_db
def test_the_design_page_is_for_the_sandbox_only(client: Client, settings: object) -> None:
    assert client.get("/design/").status_code == 200
    settings.SANDBOX = False  # type: ignore[attr-defined]
    assert client.get("/design/").status_code == 404


def test_a_persons_own_connections_are_not_the_log_of_everybodys() -> None:
    page = shell("/connections/mine/cvpn-connection-1/", roles=["employee", "auditor"])
    assert [item.url for item in (*page.nav, *page.menu) if item.current] == ["/connections/mine/"]
