"""What the diagnosis is worth is counted without anybody's name."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from portal.access.models import User
from tests.conftest import SignedIn
from tests.vpn.endpoints_in_database import save_endpoint
from vpn.helpdesk.learning import OFTEN_WRONG, delete_old_calls, month_of_calls
from vpn.helpdesk.models import CallAnswer, DiagnosedCall
from vpn.helpdesk.opening import SESSION_KEY
from vpn.profiles.models import ProfileDownload

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent(sato: User, signed_in: SignedIn) -> Client:
    return signed_in(sato)


def call(agent: Client, user: User) -> DiagnosedCall:
    """One that was opened and looked at."""
    url = f"/helpdesk/{user.username}/"
    agent.post(url, {"reason": "INC-1"})
    assert "This was it" in agent.get(url).content.decode()
    return DiagnosedCall.objects.latest("pk")


def test_one_tap_says_that_it_was_it(agent: Client, tanaka: User) -> None:
    endpoint = save_endpoint()
    made = call(agent, tanaka)
    # Looking again is the same call, whatever the page says by then.
    agent.get(f"/helpdesk/{tanaka.username}/?sees=clock")
    assert (made.cause, made.endpoint_id) == ("no-profile", endpoint.endpoint_id)
    agent.post(f"/helpdesk/-/answer/{tanaka.username}/", {"answer": "right"})
    made.refresh_from_db()
    assert made.answer == CallAnswer.RIGHT
    assert DiagnosedCall.objects.count() == 1
    [row] = month_of_calls(timezone.localdate().replace(day=1)).by_cause
    assert (row.calls, row.right, row.unanswered) == (1, 1, 0)


def test_the_answer_counts_for_the_cause_that_the_persons_words_led_to(agent: Client, tanaka: User) -> None:
    endpoint = save_endpoint()
    values = {"configuration_hash": endpoint.configuration_hash, "downloaded_at": timezone.now()}
    ProfileDownload.objects.create(user=tanaka, endpoint=endpoint, **values)
    url = f"/helpdesk/{tanaka.username}/"
    agent.post(url, {"reason": "INC-1"})
    assert "This was it" not in agent.get(url).content.decode()
    assert "This was it" in agent.get(f"{url}?sees=tls").content.decode()
    agent.post(f"/helpdesk/-/answer/{tanaka.username}/", {"answer": "right"})
    # What is tried out after the answer isn't what was answered.
    agent.get(f"{url}?sees=clock")
    made = DiagnosedCall.objects.get()
    assert (made.cause, made.answer) == ("port-blocked", CallAnswer.RIGHT)


def test_a_rule_that_was_wrong_three_times_shows(agent: Client, tanaka: User) -> None:
    save_endpoint()
    for _time in range(OFTEN_WRONG):
        assert "wrong 3 times" not in agent.get("/helpdesk/-/causes/").content.decode()
        call(agent, tanaka)
        agent.post(
            f"/helpdesk/-/answer/{tanaka.username}/",
            {"answer": "other", "actual": "clock-wrong", "note": "the battery"},
        )
        # The page is closed again: the next opening is the next call.
        session = agent.session
        session[SESSION_KEY] = {}
        session.save()
    page = agent.get("/helpdesk/-/causes/").content.decode()
    assert "no profile: wrong 3 times; most often it was: clock wrong" in page
    assert tanaka.username not in page
    # What no call had so far may be a rule that can't fire.
    assert "large packets lost (MTU)" in page


def test_who_has_not_opened_the_page_answers_nothing(agent: Client, tanaka: User, sato: User) -> None:
    save_endpoint()
    agent.post(f"/helpdesk/-/answer/{tanaka.username}/", {"answer": "right"})
    # One's own page needs no reason, and is no call.
    agent.get(f"/helpdesk/{sato.username}/")
    agent.post(f"/helpdesk/-/answer/{sato.username}/", {"answer": "right"})
    assert not DiagnosedCall.objects.exists()


@pytest.mark.parametrize("month", ["2026-11", "nonsense", "2020-13", "1999-01"])
def test_a_month_without_calls_says_so(agent: Client, month: str) -> None:
    assert "No calls in this month" in agent.get("/helpdesk/-/causes/", {"month": month}).content.decode()


def test_calls_are_forgotten_after_a_year_and_a_month(agent: Client, tanaka: User) -> None:
    save_endpoint()
    call(agent, tanaka)
    assert delete_old_calls() == 0
    with time_machine.travel(timezone.now() + timedelta(days=401), tick=False):
        assert delete_old_calls() == 1
