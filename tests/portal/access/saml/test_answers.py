"""Answers that browsers bring twice, late, out of order or without cookies: people are signed in, others are not."""

from datetime import UTC, datetime, timedelta
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.http import HttpResponse
from django.test import Client

from portal.access.models import User
from portal.audit.models import AuditEvent
from sandbox import company
from sandbox.idp.cases import BY_ID
from sandbox.idp.messages import ResponseSpec, encode, render
from tests.portal.access.saml.conftest import ACS, LOGIN, Browser, reason

TANAKA, OBRIEN = company.PEOPLE[:2]


def refusals() -> int:
    return AuditEvent.objects.filter(tag="sign-in:failed").count()


def page(response: HttpResponse) -> str:
    return unescape(response.content.decode())


# Case: the Back button. The identity provider answers the same request with another assertion.


def test_going_back_leads_on_and_not_to_a_refusal(browser: Browser) -> None:
    request = browser.ask(next="/profiles/")
    browser.sign_in(browser.answer(in_response_to=request))
    again = browser.sign_in(browser.answer(in_response_to=request))
    assert (again.status_code, again["Location"], refusals()) == (302, "/", 0)
    assert browser.signed_in
    assert AuditEvent.objects.filter(tag="sign-in:succeeded").count() == 1


def test_going_back_leads_to_the_page_that_relay_state_names(browser: Browser) -> None:
    request = browser.ask(next="/profiles/")
    browser.sign_in(browser.answer(in_response_to=request))
    answer = browser.client.post(ACS, fields(browser, browser.answer(in_response_to=request), "/profiles/"))
    assert browser.client.get(answer["Location"])["Location"] == "/profiles/"


def test_going_back_as_somebody_else_is_refused(browser: Browser) -> None:
    request = browser.ask()
    browser.sign_in(browser.answer(in_response_to=request))
    again = browser.sign_in(browser.answer(OBRIEN, in_response_to=request))
    assert (again.status_code, reason()) == (403, "in_response_to")
    assert User.objects.get().username == TANAKA.email


# Case: a form that is sent twice. A browser throws away the answer to the first, with its cookies.


def fields(browser: Browser, spec: ResponseSpec, relay_state: str = "") -> dict[str, str]:
    return {"SAMLResponse": encode(render(spec, browser.key)), "RelayState": relay_state}


def lost(browser: Browser, path: str, data: dict[str, str] | None = None) -> HttpResponse:
    """The answer to a request whose cookies never arrive in the browser."""
    client = Client()
    client.cookies.load({name: morsel.value for name, morsel in browser.client.cookies.items()})
    return client.post(path, data) if data else client.get(path)  # type: ignore[return-value]


def test_a_form_that_is_sent_twice_signs_in(browser: Browser) -> None:
    form = fields(browser, browser.answer(in_response_to=browser.ask(next="/profiles/")))
    lost(browser, ACS, form)
    answer = browser.client.post(ACS, form)
    assert browser.client.get(answer["Location"])["Location"] == "/profiles/"
    assert (browser.signed_in, refusals()) == (True, 0)


def test_a_form_that_is_sent_again_while_the_first_signs_in_signs_in(browser: Browser) -> None:
    form = fields(browser, browser.answer(in_response_to=browser.ask(next="/profiles/")))
    first = browser.client.post(ACS, form)
    lost(browser, first["Location"])
    answer = browser.client.post(ACS, form)
    assert browser.client.get(answer["Location"])["Location"] == "/profiles/"
    assert (browser.signed_in, refusals()) == (True, 0)


def test_a_second_answer_of_the_identity_provider_signs_in_if_the_first_page_got_lost(
    browser: Browser,
) -> None:
    request = browser.ask()
    first = browser.post(browser.answer(in_response_to=request))
    lost(browser, first["Location"])
    browser.sign_in(browser.answer(in_response_to=request))
    assert (browser.signed_in, refusals()) == (True, 0)


def test_an_answer_that_got_lost_can_not_be_brought_later_than_two_minutes(browser: Browser) -> None:
    start = datetime.now(UTC)
    with time_machine.travel(start, tick=False):
        request = browser.ask()
        first = browser.post(browser.answer(in_response_to=request))
        lost(browser, first["Location"])
    with time_machine.travel(start + timedelta(seconds=121), tick=False):
        browser.sign_in(browser.answer(in_response_to=request))
    assert (browser.signed_in, reason()) == (False, "in_response_to")


def test_a_form_that_is_sent_again_after_signing_in_leads_on(browser: Browser) -> None:
    form = fields(browser, browser.answer())
    for _ in range(3):
        answer = browser.client.post(ACS, form)
        assert browser.client.get(answer["Location"])["Location"] == "/"
    assert AuditEvent.objects.filter(tag="sign-in:succeeded").count() == 1
    assert refusals() == 0


def test_a_form_that_is_sent_again_after_signing_out_signs_nobody_in(browser: Browser) -> None:
    form = fields(browser, browser.answer())
    browser.client.get(browser.client.post(ACS, form)["Location"])
    browser.client.post("/accounts/logout/")
    answer = browser.client.post(ACS, form)
    assert browser.client.get(answer["Location"]).status_code == 403
    assert (browser.signed_in, reason()) == (False, "replay")


def test_the_last_page_can_be_loaded_again(browser: Browser) -> None:
    location = browser.post(browser.answer())["Location"]
    for _ in range(2):
        assert browser.client.get(location)["Location"] == "/"
    assert refusals() == 0


# Case: many tabs


@pytest.mark.parametrize("answered", [0, 5, 11])
def test_any_of_twelve_tabs_signs_in(browser: Browser, answered: int) -> None:
    requests = [browser.ask(next=f"/profiles/?tab={number}") for number in range(12)]
    response = browser.sign_in(browser.answer(in_response_to=requests[answered]))
    assert response["Location"] == f"/profiles/?tab={answered}"
    assert (browser.signed_in, refusals()) == (True, 0)


def test_all_of_twelve_tabs_sign_in_whatever_the_order(browser: Browser) -> None:
    requests = [browser.ask(next=f"/profiles/?tab={number}") for number in range(12)]
    posted = [browser.post(browser.answer(in_response_to=request)) for request in reversed(requests)]
    locations = [browser.client.get(response["Location"])["Location"] for response in posted]
    assert locations == [f"/profiles/?tab={number}" for number in reversed(range(12))]
    assert refusals() == 0


def test_tabs_that_are_restored_at_once_do_not_disturb_each_other(browser: Browser) -> None:
    """Each asks without the cookies of the others, as all of them are sent before any answer comes."""
    requests = []
    for _ in range(12):
        tab = Browser(browser.key)
        requests.append(tab.ask())
        browser.client.cookies.update(tab.client.cookies)
    for request in requests:
        browser.sign_in(browser.answer(in_response_to=request))
    assert (browser.signed_in, refusals()) == (True, 0)


def test_the_cookies_of_many_tabs_stay_within_what_servers_take(browser: Browser) -> None:
    requests = [browser.ask(next=f"/connections/?q={'x' * 200}") for _ in range(100)]
    kept = {name: cookie.value for name, cookie in browser.client.cookies.items() if cookie.value}
    assert sum(len(name) + len(value) for name, value in kept.items()) < 4500
    browser.sign_in(browser.answer(in_response_to=requests[-1]))
    assert browser.signed_in


def test_a_tab_that_was_left_open_for_long_is_refused(browser: Browser) -> None:
    start = datetime.now(UTC)
    with time_machine.travel(start, tick=False):
        request = browser.ask()
    with time_machine.travel(start + timedelta(seconds=901), tick=False):
        browser.sign_in(browser.answer(in_response_to=request))
    assert (browser.signed_in, reason()) == (False, "in_response_to")


def test_a_cookie_of_one_request_is_none_of_another(browser: Browser) -> None:
    mine, other = browser.ask(), Browser(browser.key)
    theirs = other.ask()
    (cookie,) = browser.client.cookies.values()
    (name,) = other.client.cookies
    browser.client.cookies[name] = cookie.value
    browser.sign_in(browser.answer(in_response_to=theirs))
    assert (browser.signed_in, reason()) == (False, "in_response_to")
    browser.sign_in(browser.answer(in_response_to=mine))
    assert browser.signed_in


def test_beginning_to_sign_in_writes_nothing_into_the_database(browser: Browser) -> None:
    browser.ask()
    assert not Session.objects.exists()


# What the page of a refusal says


def advice(response: HttpResponse) -> str:
    assert response.status_code == 403
    text = page(response)
    return text[text.index('<ol class="advice">') : text.index("</ol>")]


def test_somebody_whom_the_identity_provider_turns_away_is_sent_back_there(browser: Browser) -> None:
    case = BY_ID["refused-by-provider"]
    text = advice(browser.client.post(ACS, case.post(browser.answer(), browser)))  # type: ignore[arg-type]
    assert "complete every step there" in text
    assert "another account" in text
    assert "cookies" not in text


def test_somebody_who_comes_too_late_is_told_so(browser: Browser) -> None:
    late = datetime.now(UTC) - timedelta(minutes=20)
    text = advice(browser.sign_in(browser.answer(now=late)))
    assert "stays open for a long time" in text
    assert "another account" not in text


def test_somebody_who_comes_from_a_tile_is_told_where_to_begin(browser: Browser) -> None:
    text = advice(browser.sign_in(browser.answer(subject_in_response_to=None)))
    assert "from a tile" in text
    assert "Bookmark the address of Genkan" in text


def test_somebody_whose_browser_blocks_cookies_is_told_to_allow_them(browser: Browser) -> None:
    blocked = Browser(browser.key)
    response = blocked.post(browser.answer())
    text = advice(Client(headers={"accept-language": "en"}).get(response["Location"]))  # type: ignore[arg-type]
    assert "Allow cookies for this site" in text
    # The one cookie comes, the one of the request doesn't.
    assert "Allow cookies for this site" in advice(blocked.client.get(response["Location"]))  # type: ignore[arg-type]


def test_somebody_who_is_switched_off_is_not_told_to_try_again(browser: Browser) -> None:
    User.objects.create(username=TANAKA.email, is_active=False)
    assert "switched off in Genkan" in advice(browser.sign_in(browser.answer()))


def again(response: HttpResponse) -> str:
    """Where "Sign in again" leads, without the address of the sign-in page itself."""
    text = page(response)
    href = text[: text.index("Sign in again")].rpartition('href="')[2].partition('"')[0]
    assert urlsplit(href).path == "/accounts/login/"
    return parse_qs(urlsplit(href).query).get("next", [""])[0]


@pytest.mark.parametrize(
    ("wanted", "kept"),
    [
        ("/profiles/", "/profiles/"),
        ("/connections/?q=a&page=2", "/connections/?q=a&page=2"),
        ("https://evil.example/", ""),
        ("//evil.example/", ""),
        ("foo", ""),
        ("", ""),
    ],
)
def test_signing_in_again_leads_to_the_page_that_was_wanted(browser: Browser, wanted: str, kept: str) -> None:
    late = browser.answer(now=datetime.now(UTC) - timedelta(minutes=20))
    assert again(browser.client.post(ACS, fields(browser, late, wanted))) == kept  # type: ignore[arg-type]
    blocked = Client(headers={"accept-language": "en"})
    location = blocked.post(ACS, fields(browser, browser.answer(), wanted))["Location"]
    assert again(blocked.get(location)) == kept  # type: ignore[arg-type]


def test_the_identity_provider_is_told_which_page_is_wanted(browser: Browser) -> None:
    query = parse_qs(urlsplit(browser.client.get(LOGIN, {"next": "/profiles/"})["Location"]).query)
    assert query["RelayState"] == ["/profiles/"]
    long = browser.client.get(LOGIN, {"next": f"/connections/?q={'x' * 80}"})["Location"]
    assert "RelayState" not in parse_qs(urlsplit(long).query)


def test_the_page_leads_to_the_guide(browser: Browser) -> None:
    assert 'href="/guides/"' in page(browser.sign_in(browser.answer(audiences=("x",))))
