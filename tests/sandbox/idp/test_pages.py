"""The sign-in page over HTTP: choose a person, or type a name, and be sent back to the portal."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest

from sandbox.company import EMPLOYEES, PEOPLE, Person
from sandbox.idp.authn_request import from_url
from sandbox.idp.cases import CASES
from sandbox.idp.server import IdpServer
from sandbox.idp.texts import REFUSALS, WHAT
from tests.sandbox.idp.http import Answer, Form, get, post
from tests.sandbox.idp.messages import authn_request, deflate, encode
from tests.sandbox.idp.service import Judged, Service

Chosen = list[tuple[str, str]]


def _press(idp: IdpServer, page_url: str, chosen: Chosen) -> Answer:
    """One of the sign-in page's buttons, with what was filled in."""
    carried = Form(get(page_url).text, "/sso/answer").fields
    return post(f"{idp.url}/sso/answer", [*carried.items(), *chosen])


def _sign_in(idp: IdpServer, service: Service, chosen: Chosen) -> Judged:
    url = service.login_url()
    answer = Form(_press(idp, url, chosen).text, service.acs_url)
    return service.judge(answer.fields, from_url(url).id)


def test_the_page_shows_everybody(idp: IdpServer, service: Service) -> None:
    page = get(service.login_url(), language="ja")
    assert page.status == 200
    for person in PEOPLE:
        assert f'value="{person.email}"' in page.text
        assert WHAT[person.what].ja in page.text
    assert "O&#39;Brien" in page.text
    assert "Example 株式会社 SSO" in page.text
    assert "localhost:8000" in page.text


@pytest.mark.parametrize("person", PEOPLE, ids=lambda person: person.email)
def test_choosing_somebody_signs_them_in(idp: IdpServer, service: Service, person: Person) -> None:
    judged = _sign_in(idp, service, [("person", person.email)])
    assert (judged.error, judged.name_id) == ("", person.email)


def test_a_typed_name_can_be_anybody(idp: IdpServer, service: Service) -> None:
    typed = [
        ("name_id", " new.person@example.co.jp "),
        ("name", "新人 一郎"),
        ("group", EMPLOYEES.id),
        ("other_groups", "first-id  second-id"),
    ]
    judged = _sign_in(idp, service, typed)
    assert (judged.error, judged.name_id) == ("", "new.person@example.co.jp")
    assert judged.attributes["name"] == ["新人 一郎"]
    assert judged.attributes["memberOf"] == [EMPLOYEES.id, "first-id", "second-id"]


def test_every_case_has_a_button(idp: IdpServer, service: Service) -> None:
    page = get(service.login_url()).text
    assert re.findall(r'name="case" value="([^"]+)"', page) == [case.id for case in CASES]


def test_a_case_is_sent_as_the_chosen_person(idp: IdpServer, service: Service) -> None:
    judged = _sign_in(idp, service, [("person", PEOPLE[1].email), ("case", "wrong-audience")])
    assert "not a valid audience" in judged.error


def test_the_replay_waits_for_two_presses(idp: IdpServer, service: Service) -> None:
    page = _press(idp, service.login_url(), [("person", PEOPLE[0].email), ("case", "replay")])
    assert 'target="_blank"' in page.text
    assert "submit.js" not in page.text


def test_relay_state_comes_back_as_it_was(idp: IdpServer, service: Service) -> None:
    for relay_state in ("/guides/?a=1&b=2", '"><script>', ""):
        page = _press(idp, service.login_url(relay_state), [("person", PEOPLE[0].email)])
        fields = Form(page.text, service.acs_url).fields
        assert fields.get("RelayState", "") == relay_state
        assert "<script>" not in page.text


def test_a_request_by_post_is_answered_too(idp: IdpServer) -> None:
    page = post(f"{idp.url}/sso", {"SAMLRequest": encode(authn_request()), "RelayState": "x"})
    carried = Form(page.text, "/sso/answer").fields
    answer = post(f"{idp.url}/sso/answer", {**carried, "person": PEOPLE[0].email})
    assert Form(answer.text, "http://localhost:8000/acs/").fields["RelayState"] == "x"


@pytest.mark.parametrize(
    ("acs_url", "origin"),
    [("http://localhost:8000/acs/", "http://localhost:8000"), ("https://[::1]/acs/", "https://[::1]")],
)
def test_only_the_way_back_to_the_portal_is_open(idp: IdpServer, acs_url: str, origin: str) -> None:
    message = deflate(authn_request(acs_url))
    fields = {"SAMLRequest": message, "deflated": "yes", "person": PEOPLE[0].email}
    policy = post(f"{idp.url}/sso/answer", fields).headers["Content-Security-Policy"]
    assert policy.split("; ")[-1] == f"form-action 'self' {origin}"
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_other_pages_lead_nowhere_else(idp: IdpServer, service: Service) -> None:
    for url in (service.login_url(), f"{idp.url}/keys", f"{idp.url}/nothing"):
        assert get(url).headers["Content-Security-Policy"].endswith("form-action 'self'")
        assert get(url).headers["Cache-Control"] == "no-store"
        assert get(url).headers["X-Content-Type-Options"] == "nosniff"


def test_there_is_no_inline_script_or_style(idp: IdpServer, service: Service) -> None:
    pages = [get(service.login_url()), get(f"{idp.url}/keys")]
    pages.append(_press(idp, service.login_url(), [("person", PEOPLE[0].email)]))
    for page in pages:
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script>", page.text)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({}, "nothing_asked"),
        ({"SAMLRequest": "***"}, "not_encoded"),
        ({"SAMLRequest": encode(authn_request(before="<!DOCTYPE a>"))}, "document_type"),
        ({"SAMLRequest": encode(authn_request("https://vpn.example.com/acs/"))}, "foreign_acs"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_request_is_refused_with_words(idp: IdpServer, fields: dict[str, str], reason: str) -> None:
    for language, words in (("ja", REFUSALS[reason].ja), ("en", REFUSALS[reason].en)):
        page = post(f"{idp.url}/sso", fields, language=language)
        assert page.status == 400
        assert words.replace("'", "&#39;") in page.text


@pytest.mark.parametrize(
    ("chosen", "reason"),
    [
        ({"person": "nobody@example.co.jp"}, "unknown_person"),
        ({"name_id": "  "}, "no_name_id"),
        ({"person": PEOPLE[0].email, "case": "no-such-case"}, "unknown_case"),
    ],
)
def test_a_choice_that_is_none_is_refused(
    idp: IdpServer, service: Service, chosen: dict[str, str], reason: str
) -> None:
    page = _press(idp, service.login_url(), list(chosen.items()))
    assert page.status == 400
    assert REFUSALS[reason].en in page.text


def test_a_form_that_is_far_too_large_is_refused(idp: IdpServer) -> None:
    assert post(f"{idp.url}/sso", {"SAMLRequest": "A" * 1_000_000}).status == 413


def test_what_is_not_there_says_so(idp: IdpServer) -> None:
    assert get(f"{idp.url}/nothing").status == 404
    assert get(f"{idp.url}/static/nothing.css").status == 404
    assert get(f"{idp.url}/static/..%2fpages.py").status == 404
    assert post(f"{idp.url}/metadata", {}).status == 405


def test_the_language_is_the_browsers_until_somebody_chooses(idp: IdpServer, service: Service) -> None:
    url = service.login_url()
    assert '<html lang="ja">' in get(url, language="ja-JP,en;q=0.5").text
    assert '<html lang="en">' in get(url, language="en-GB").text
    assert '<html lang="ja">' in get(url, language="fr").text
    chosen = get(f"{url}&lang=en", language="ja")
    assert '<html lang="en">' in chosen.text
    cookie = chosen.headers["Set-Cookie"].partition(";")[0]
    assert '<html lang="en">' in get(url, language="ja", cookie=cookie).text


def test_the_other_language_shows_the_same_request(idp: IdpServer, service: Service) -> None:
    url = service.login_url("/somewhere")
    switch = Form(get(url).text, "/sso")
    assert switch.method == "get"
    assert parse_qs(urlsplit(url).query) == {name: [value] for name, value in switch.fields.items()}
