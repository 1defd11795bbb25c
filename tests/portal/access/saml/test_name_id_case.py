"""A NameID that is an e-mail address is one person in any case, wherever people are told apart."""

import base64
import zlib
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.socialaccount.models import SocialAccount
from django.core.management import call_command
from django.test import Client
from lxml import etree

from portal.access.models import User
from portal.audit.models import AuditEvent
from sandbox.idp.keys import SigningKey
from tests.portal.access.saml.conftest import Browser, reason
from tests.portal.access.saml.test_logout import logout_request, query, send

NAME_IDS = ["m.tanaka@example.co.jp", "M.Tanaka@example.co.jp", "M.TANAKA@EXAMPLE.CO.JP"]


def signed_in_as(key: SigningKey, name_id: str) -> Browser:
    browser = Browser(key)
    browser.sign_in(browser.answer(name_id=name_id))
    return browser


def test_there_is_one_account_whichever_signs_in(key: SigningKey) -> None:
    browsers = [signed_in_as(key, name_id) for name_id in NAME_IDS]
    assert [browser.signed_in for browser in browsers] == [True] * 3
    assert User.objects.get().username == NAME_IDS[0]
    assert SocialAccount.objects.count() == 1
    events = AuditEvent.objects.filter(tag="sign-in:succeeded")
    assert {(event.actor, event.target_id) for event in events} == {(NAME_IDS[0], NAME_IDS[0])}


@pytest.mark.parametrize("first", NAME_IDS)
def test_a_switched_off_account_lets_none_of_them_in(key: SigningKey, first: str) -> None:
    signed_in_as(key, first)
    User.objects.update(is_active=False)
    for name_id in NAME_IDS:
        assert (signed_in_as(key, name_id).signed_in, reason()) == (False, "deactivated")
    assert User.objects.count() == 1


def test_who_is_turned_away_is_recorded_as_the_account_that_is_there(key: SigningKey) -> None:
    signed_in_as(key, NAME_IDS[0])
    browser = Browser(key)
    browser.sign_in(browser.answer(name_id=NAME_IDS[2], attributes=()))
    event = AuditEvent.objects.get(tag="sign-in:no-entry")
    assert (event.actor, event.people) == (NAME_IDS[0], [NAME_IDS[0]])


def test_other_name_ids_are_told_apart_by_case(key: SigningKey) -> None:
    for name_id in ("c2FtbA==", "C2FtbA=="):
        assert signed_in_as(key, name_id).signed_in
    assert User.objects.count() == 2


def status_codes(location: str) -> list[str]:
    """Of the LogoutResponse in a redirect, the outer one first."""
    sent = parse_qs(urlsplit(location).query)["SAMLResponse"][0]
    response = etree.fromstring(zlib.decompress(base64.b64decode(sent), -15))
    codes = response.iter("{urn:oasis:names:tc:SAML:2.0:protocol}StatusCode")
    return [code.get("Value", "").rpartition(":")[2] for code in codes]


@pytest.mark.parametrize("named", NAME_IDS)
def test_a_logout_request_ends_the_session_in_any_case(key: SigningKey, named: str) -> None:
    browser = signed_in_as(key, NAME_IDS[0])
    response = send(browser, query(logout_request(name_id=named), key))
    assert (browser.signed_in, status_codes(response["Location"])) == (False, ["Success"])


@pytest.mark.parametrize("named", ["somebody@example.co.jp", ""])
def test_a_logout_request_for_somebody_else_is_not_answered_with_success(key: SigningKey, named: str) -> None:
    browser = signed_in_as(key, NAME_IDS[0])
    response = send(browser, query(logout_request(name_id=named), key))
    assert browser.signed_in
    assert status_codes(response["Location"]) == ["Responder", "UnknownPrincipal"]


def test_a_logout_request_where_nobody_is_signed_in_is_a_success(key: SigningKey) -> None:
    response = send(Browser(key), query(logout_request(), key))
    assert status_codes(response["Location"]) == ["Success"]


def test_a_break_glass_link_is_made_for_the_name_in_any_case(
    takahashi: User, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("breakglass", takahashi.username.upper(), reason="the identity provider is down")
    link = capsys.readouterr().out.strip().removeprefix("https://vpn.example.com")
    client = Client()
    assert client.post(link).status_code == 302
    assert int(client.session["_auth_user_id"]) == takahashi.pk
    assert set(AuditEvent.objects.values_list("target_id", flat=True)) == {takahashi.username}
