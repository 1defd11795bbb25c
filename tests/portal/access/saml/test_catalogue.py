"""The sandbox provider's whole catalogue of good and evil messages, posted to the portal."""

import pytest
from django.test import Client

from portal.access.models import User
from portal.access.saml.models import UsedAssertion
from sandbox.idp.cases import CASES, Case, CaseGroup, Verdict
from tests.portal.access.saml.conftest import ACS, Browser, reason


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_each_message_ends_as_the_catalogue_says(browser: Browser, case: Case) -> None:
    spec = browser.answer()
    fields = case.post(spec, browser)
    for number in range(case.times):
        # Again, and in another session: a form that one browser sends twice is no replay.
        client = browser.client if number == 0 else Browser(browser.key).client
        response = client.post(ACS, fields)
        if response.status_code == 302:
            response = client.get(response["Location"])
    if case.verdict is Verdict.REFUSE:
        assert response.status_code == 403
        assert not User.objects.exists() or case.times > 1
    else:
        assert browser.signed_in


def test_a_provider_that_turns_somebody_away_is_heard(browser: Browser) -> None:
    case = next(case for case in CASES if case.id == "refused-by-provider")
    browser.client.post(ACS, case.post(browser.answer(), browser))
    assert reason() == "status"


def test_refused_messages_leave_nothing_behind(browser: Browser) -> None:
    client = Client()
    for case in CASES:
        if case.group is CaseGroup.DOCUMENT:
            client.post(ACS, case.post(browser.answer(), browser))
    assert not UsedAssertion.objects.exists()
