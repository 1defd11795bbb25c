"""The helpdesk, in the reader's language and as a link."""

import pytest
from django.test import Client, RequestFactory
from pytest_django import Settings

from portal.errors import bad_request, server_error

JAPANESE, ENGLISH = {"accept-language": "ja"}, {"accept-language": "en"}


def footer(client: Client, headers: dict[str, str]) -> str:
    page = client.get("/accounts/login/", headers=headers).content.decode()
    return page.partition("<footer")[2].partition("</footer>")[0]


@pytest.mark.django_db
def test_each_language_has_its_own_words_and_both_lead_to_the_same_place(
    client: Client, settings: Settings
) -> None:
    settings.HELPDESK_CONTACT = "ヘルプデスク 内線 4500"
    settings.HELPDESK_CONTACT_EN = "Helpdesk, extension 4500"
    settings.HELPDESK_URL = "tel:+81-3-1234-5678"
    assert '<a href="tel:+81-3-1234-5678">ヘルプデスク 内線 4500</a>' in footer(client, JAPANESE)
    english = footer(client, ENGLISH)
    assert '<a href="tel:+81-3-1234-5678">Helpdesk, extension 4500</a>' in english
    assert "ヘルプデスク" not in english


@pytest.mark.django_db
def test_one_text_alone_is_for_everybody_and_no_link(client: Client, settings: Settings) -> None:
    settings.HELPDESK_CONTACT, settings.HELPDESK_CONTACT_EN, settings.HELPDESK_URL = "内線 4500 <VPN>", "", ""
    for headers in (JAPANESE, ENGLISH):
        assert "内線 4500 &lt;VPN&gt;" in footer(client, headers)
        assert "<a " not in footer(client, headers).partition("内線")[2]
        assert ">内線" not in footer(client, headers)


@pytest.mark.django_db
def test_without_any_the_footer_still_says_whom_to_ask(client: Client, settings: Settings) -> None:
    settings.HELPDESK_CONTACT = settings.HELPDESK_CONTACT_EN = ""
    assert "Ask your helpdesk." in footer(client, ENGLISH)


@pytest.mark.parametrize("page", [server_error, lambda request: bad_request(request, ValueError())])
def test_a_page_that_asks_to_tell_the_helpdesk_says_how(page: object, settings: Settings) -> None:
    request = RequestFactory().get("/")
    request.reference = "K7QW-2MRTA9"  # type: ignore[attr-defined]
    text = page(request).content.decode()  # type: ignore[operator]
    assert f'<a href="{settings.HELPDESK_URL}">{settings.HELPDESK_CONTACT}</a>' in text
    assert settings.HELPDESK_CONTACT_EN in text
    assert 'data-copy="K7QW-2MRTA9"' in text
