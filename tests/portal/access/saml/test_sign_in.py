"""The good case, end to end, with really signed messages."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client
from pytest_django import Settings

from portal.access.models import User
from portal.audit.models import AuditEvent
from sandbox import company
from sandbox.idp.keys import SigningKey
from tests.portal.access.saml.conftest import ACS, SITE, SP, Browser, metadata_document, reason

TANAKA, OBRIEN, SATO, SUZUKI, TAKAHASHI, MULLER = company.PEOPLE


def test_a_person_of_the_company_is_signed_in(browser: Browser) -> None:
    response = browser.sign_in(browser.answer(TANAKA))
    assert (response.status_code, response["Location"]) == (302, "/")
    assert browser.signed_in
    user = User.objects.get()
    assert (user.username, user.email, user.name) == (TANAKA.email, TANAKA.email, "田中 美咲")
    assert user.groups == [company.EMPLOYEES.id]
    assert user.roles == ["employee"]
    assert user.language == "en"  # as the browser asked


def test_a_person_comes_back_to_the_page_that_was_asked_for(browser: Browser) -> None:
    response = browser.sign_in(browser.answer(in_response_to=browser.ask(next="/profiles/")))
    assert response["Location"] == "/profiles/"


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example/", "https://testserver/", "/\\evil"]
)
def test_nobody_is_sent_to_another_site(browser: Browser, elsewhere: str) -> None:
    response = browser.sign_in(browser.answer(in_response_to=browser.ask(next=elsewhere)))
    assert response["Location"] == "/"


@pytest.mark.parametrize(
    ("person", "roles"),
    [
        (OBRIEN, ["employee"]),
        (SATO, ["employee", "helpdesk"]),
        (SUZUKI, ["employee", "auditor"]),
        (TAKAHASHI, ["employee", "admin"]),
    ],
)
def test_groups_decide_the_roles(browser: Browser, person: company.Person, roles: list[str]) -> None:
    browser.sign_in(browser.answer(person))
    assert User.objects.get().roles == roles


def test_roles_shrink_at_the_next_sign_in(browser: Browser) -> None:
    browser.sign_in(browser.answer(TAKAHASHI))
    demoted = replace(TAKAHASHI, groups=(company.EMPLOYEES,))
    browser.sign_in(browser.answer(demoted))
    assert User.objects.get().roles == ["employee"]
    change = AuditEvent.objects.filter(tag="roles:changed").latest("sequence")
    assert change.details == {"before": ["employee", "admin"], "after": ["employee"]}


def test_somebody_in_no_group_is_turned_away_with_words(browser: Browser) -> None:
    response = browser.sign_in(browser.answer(MULLER))
    assert response.status_code == 403
    assert MULLER.email in response.content.decode()
    assert not browser.signed_in
    assert not User.objects.exists()
    event = AuditEvent.objects.get(tag="sign-in:no-entry")
    assert event.actor == MULLER.email
    assert event.reference in response.content.decode()


def test_somebody_who_left_every_group_has_no_roles_any_more(browser: Browser) -> None:
    browser.sign_in(browser.answer(TANAKA))
    other = Browser(browser.key)
    other.sign_in(other.answer(replace(TANAKA, groups=())))
    assert not other.signed_in
    assert User.objects.get().roles == []
    assert browser.client.get("/").status_code == 403


def test_a_deactivated_person_stays_out(browser: Browser) -> None:
    User.objects.create(username=TANAKA.email, is_active=False)
    response = browser.sign_in(browser.answer(TANAKA))
    assert (response.status_code, reason(), browser.signed_in) == (403, "deactivated", False)


def test_nobody_is_found_by_an_email_address(browser: Browser, tanaka: User) -> None:
    browser.sign_in(
        browser.answer(
            replace(OBRIEN, name="Imposter"),
            attributes=(
                ("email", (TANAKA.email,)),
                ("name", ("Imposter",)),
                ("memberOf", (company.EMPLOYEES.id,)),
            ),
        )
    )
    tanaka.refresh_from_db()
    assert tanaka.name == "田中 美咲"
    assert User.objects.get(username=OBRIEN.email).name == "Imposter"


def test_a_name_may_be_put_together_from_several_attributes(browser: Browser, settings: Settings) -> None:
    settings.SAML_ATTRIBUTE_NAME = ["LastName", "FirstName"]
    browser.sign_in(
        browser.answer(
            attributes=(
                ("LastName", ("田中",)),
                ("FirstName", ("美咲",)),
                ("memberOf", (company.EMPLOYEES.id,)),
            )
        )
    )
    assert User.objects.get().name == "田中 美咲"


def test_every_sign_in_is_recorded_with_where_it_came_from(browser: Browser) -> None:
    browser.client.defaults["HTTP_X_FORWARDED_FOR"] = "198.51.100.27"
    browser.sign_in(browser.answer(TANAKA))
    event = AuditEvent.objects.get(tag="sign-in:succeeded")
    assert (event.actor, event.address) == (TANAKA.email, "198.51.100.27")
    assert event.details == {"method": "saml", "roles": ["employee"]}


def test_the_session_id_changes_at_sign_in_and_the_session_ends(browser: Browser, settings: Settings) -> None:
    spec = browser.answer()
    before = browser.client.session.session_key
    browser.sign_in(spec)
    session = browser.client.session
    assert session.session_key != before
    hours = (session.get_expiry_date() - datetime.now(UTC)) / timedelta(hours=1)
    assert hours == pytest.approx(settings.SESSION_HOURS, abs=0.01)


def test_the_session_does_not_outlive_the_identity_providers(browser: Browser) -> None:
    end = datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=30)
    browser.sign_in(browser.answer(session_not_on_or_after=end))
    assert browser.client.session.get_expiry_date() == end


def test_cookies_are_kept_to_this_site(browser: Browser) -> None:
    browser.sign_in(browser.answer())
    cookie = browser.client.cookies["__Host-session"]
    assert cookie["secure"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_cookies_of_a_sign_in_are_kept_to_this_site(browser: Browser) -> None:
    browser.post(browser.answer())
    request, response = sorted(browser.client.cookies.values(), key=lambda cookie: cookie.key)
    for cookie in (request, response):
        assert (cookie["secure"], cookie["httponly"], cookie["samesite"]) == (True, True, "Lax")
        assert not cookie["domain"]
    # Another host of the domain can't set it.
    assert request.key.startswith("__Host-saml-request-")
    assert (request["path"], response["path"]) == ("/", f"{ACS}finish/")


def test_two_tabs_may_sign_in_at_the_same_time(browser: Browser) -> None:
    first, second = browser.answer(), browser.answer()
    assert browser.sign_in(first).status_code == 302
    assert browser.sign_in(second)["Location"] == "/"


def test_a_clock_that_is_a_minute_behind_is_forgiven(browser: Browser) -> None:
    past = datetime.now(UTC) - timedelta(minutes=6)
    browser.sign_in(browser.answer(now=past))
    assert browser.signed_in


def test_only_the_assertion_needs_a_signature(browser: Browser) -> None:
    browser.sign_in(browser.answer(sign_response=False))
    assert browser.signed_in


def test_any_of_several_certificates_may_have_signed(
    browser: Browser, key: SigningKey, other_key: SigningKey, metadata_file: Path
) -> None:
    metadata_file.write_text(metadata_document(other_key, key), encoding="utf-8")
    browser.sign_in(browser.answer())
    assert browser.signed_in


def test_a_changed_metadata_file_counts_at_the_next_sign_in(
    other_key: SigningKey, metadata_file: Path
) -> None:
    metadata_file.write_text(metadata_document(other_key), encoding="utf-8")
    browser = Browser(other_key)
    browser.sign_in(browser.answer())
    assert browser.signed_in


def test_the_last_good_copy_serves_when_the_file_is_gone(browser: Browser, metadata_file: Path) -> None:
    browser.sign_in(browser.answer())
    metadata_file.unlink()
    again = Browser(browser.key)
    again.sign_in(again.answer())
    assert again.signed_in


def test_without_any_metadata_the_page_says_what_to_do(metadata_file: Path) -> None:
    metadata_file.unlink()
    response = Client(headers={"accept-language": "en"}).get("/accounts/saml/sso/login/")
    assert (response.status_code, reason()) == (503, "no_metadata")


def test_our_own_metadata_needs_none_of_the_identity_providers(metadata_file: Path) -> None:
    metadata_file.unlink()
    response = Client().get("/accounts/saml/sso/metadata/")
    assert response.status_code == 200
    text = response.content.decode()
    assert f'entityID="{SP}"' in text
    assert f'Location="{SITE}{ACS}"' in text
    assert 'WantAssertionsSigned="true"' in text
    until = re.findall(r'validUntil="(\d{4})-', text)[0]
    assert int(until) >= datetime.now(UTC).year + 9


def test_a_forged_host_changes_no_address(browser: Browser) -> None:
    browser.client.defaults |= {
        "HTTP_HOST": "localhost",
        "HTTP_X_FORWARDED_PROTO": "http",
        "HTTP_X_FORWARDED_HOST": "evil",
    }
    text = browser.client.get("/accounts/saml/sso/metadata/").content.decode()
    assert f'Location="{SITE}{ACS}"' in text
    browser.sign_in(browser.answer())
    assert browser.signed_in


def test_other_organizations_are_not_there() -> None:
    for page in ("login", "acs", "sls", "metadata"):
        assert Client().get(f"/accounts/saml/other/{page}/").status_code in {404, 405}


def test_idp_initiated_sign_in_is_possible_only_where_it_is_switched_on(
    browser: Browser, settings: Settings
) -> None:
    spec = replace(browser.answer(), in_response_to=None)
    assert browser.sign_in(spec).status_code == 403
    assert reason() == "unsolicited"
    settings.SAML_ALLOW_IDP_INITIATED = True
    assert browser.sign_in(spec).status_code == 302
    assert browser.signed_in
    assert Browser(browser.key).sign_in(spec).status_code == 403
    assert reason() == "replay"


def test_group_ids_that_no_group_can_have_are_left_out(browser: Browser) -> None:
    groups = (company.EMPLOYEES.id, "g" * 256)
    browser.sign_in(browser.answer(attributes=(("memberOf", groups),)))
    assert User.objects.get().groups == [company.EMPLOYEES.id]


@pytest.mark.parametrize("letter", ["a", "あ", "𠮟"])
@pytest.mark.parametrize("length", [191, 192, 255])
def test_a_name_may_have_255_letters_of_any_script(browser: Browser, letter: str, length: int) -> None:
    browser.sign_in(browser.answer(name_id=letter * length))
    assert browser.signed_in
    again = Browser(browser.key)
    again.sign_in(again.answer(name_id=letter * length))
    assert again.signed_in
    assert [len(username) for username in User.objects.values_list("username", flat=True)] == [length]


@pytest.mark.parametrize("process", ["connect", "redirect", "nonsense"])
def test_a_sign_in_is_a_sign_in_whatever_process_the_address_names(browser: Browser, process: str) -> None:
    response = browser.sign_in(browser.answer(in_response_to=browser.ask(process=process)))
    assert (response.status_code, response["Location"]) == (302, "/")
    assert browser.signed_in


NO_PATHS = ["foo", "audit", "?x=1", "#x", "%25", "-1", "a/b", "mailto:x"]


@pytest.mark.parametrize("text", NO_PATHS)
def test_what_is_no_path_leads_home(browser: Browser, text: str) -> None:
    response = browser.sign_in(browser.answer(in_response_to=browser.ask(next=text)))
    assert response["Location"] == "/"
    again = browser.client.get("/accounts/login/", {"next": text})
    assert (again.status_code, again["Location"]) == (302, "/")


@pytest.mark.parametrize("path", ["/audit/?q=%25&page=2", f"{SITE}/profiles/"])
def test_who_is_signed_in_is_sent_on(browser: Browser, path: str) -> None:
    browser.sign_in(browser.answer())
    assert browser.client.get("/accounts/login/", {"next": path})["Location"] == path


def test_a_sign_in_in_a_browser_with_a_break_glass_session_is_an_ordinary_one(
    browser: Browser, takahashi: User, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("breakglass", takahashi.username, reason="the identity provider is down")
    browser.client.post(capsys.readouterr().out.strip().removeprefix(SITE))
    assert "You came by an emergency link" in browser.client.get("/tokens/").content.decode()
    browser.sign_in(browser.answer(TAKAHASHI))
    assert "You came by an emergency link" not in browser.client.get("/tokens/").content.decode()
    takahashi.refresh_from_db()
    assert takahashi.last_login is not None
