"""What the helpdesk may do for a person: for the opened one only, with a reason, recorded, and nothing else."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from portal.access.models import User
from portal.audit.models import AuditEvent
from portal.audit.tags import Tag
from tests.conftest import SignedIn
from tests.vpn.connection_log.log_lines import keep, started
from tests.vpn.endpoints_in_database import save_connection, save_endpoint
from vpn.diagnosis.base.facts import person_facts
from vpn.diagnosis.base.layer import LayerId, LayerResult, LayerState
from vpn.diagnosis.diagnose import Diagnosis
from vpn.directory.models import Directory, DirectoryUser
from vpn.endpoints.models import LiveConnection
from vpn.helpdesk.models import HelpdeskWatch
from vpn.helpdesk.watches import MOST_PEOPLE, find_outcome, settle_watches
from vpn.notifications.models import Delivery
from vpn.operation_kinds import get_kind
from vpn.operations.models import Operation
from vpn.operations.requests import services
from vpn.profiles.models import ProfileDownload

pytestmark = pytest.mark.django_db

ID = "cvpn-connection-0a1b2c3d4e5f60718"
OTHERS = "cvpn-connection-0a1b2c3d4e5f60719"


@pytest.fixture
def agent(sato: User, signed_in: SignedIn) -> Client:
    return signed_in(sato)


@pytest.fixture
def connection(tanaka: User) -> LiveConnection:
    endpoint = save_endpoint()
    save_connection(endpoint, "somebody.else@example.co.jp", connection_id=OTHERS)
    return save_connection(endpoint, tanaka.username, connection_id=ID)


def open_page(agent: Client, person: User) -> str:
    url = f"/helpdesk/{person.username}/"
    agent.post(url, {"reason": "INC-4711"})
    return agent.get(url).content.decode()


def end(agent: Client, person: User, **given: str) -> Any:
    data = {"connection": ID, "reason": "INC-4711: hangs", **given}
    return agent.post(f"/helpdesk/-/end/{person.username}/", data, follow=True)


def test_the_connection_of_the_opened_person_is_ended_with_a_reason(
    agent: Client, connection: LiveConnection, tanaka: User, sato: User
) -> None:
    assert "End the connection tokyo-main" in open_page(agent, tanaka)
    page = end(agent, tanaka).content.decode()
    operation = Operation.objects.get()
    assert (operation.kind, operation.parameters["connection_id"], operation.requested_by) == (
        "terminate-connection",
        ID,
        sato,
    )
    event = AuditEvent.objects.get(tag=Tag.OPERATION_REQUESTED)
    assert (event.actor, event.details["reason"]) == (sato.username, "INC-4711: hangs")
    # It is under way, so it isn't offered again; and nothing leads to the page of the operation.
    assert "It is being ended." in page
    assert f"/operations/{operation.pk}/" not in page
    end(agent, tanaka)
    assert Operation.objects.count() == 1


def test_nothing_is_ended_without_an_opened_page_or_a_reason_or_of_somebody_else(
    agent: Client, connection: LiveConnection, tanaka: User
) -> None:
    end(agent, tanaka)
    open_page(agent, tanaka)
    end(agent, tanaka, reason=" ")
    end(agent, tanaka, connection=OTHERS)
    end(agent, tanaka, connection="cvpn-connection-00000000000000000")
    assert not Operation.objects.exists()


def test_the_helpdesk_may_ask_for_that_kind_alone(
    agent: Client, connection: LiveConnection, sato: User, suzuki: User, tanaka: User
) -> None:
    for path in ("/operations/", "/operations/new/", "/operations/new/terminate-connection/"):
        assert agent.get(path).status_code == 403
    draft = services.make_draft(
        kind=get_kind("terminate-person"), endpoint=None, data={"usernames": tanaka.username}
    )
    with pytest.raises(PermissionDenied):
        services.request(draft=draft, actor=sato, reason="x", digest=draft.digest)
    draft = services.make_draft(
        kind=get_kind("terminate-connection"), endpoint=connection.endpoint, data={"connection": ID}
    )
    with pytest.raises(PermissionDenied):
        services.request(draft=draft, actor=suzuki, reason="x", digest=draft.digest)


def press(agent: Client, action: str, person: User) -> str:
    return agent.post(f"/helpdesk/-/{action}/{person.username}/", follow=True).content.decode()


def test_the_guides_link_goes_to_the_address_of_the_account_once_an_hour(
    agent: Client, tanaka: User, settings: Settings
) -> None:
    save_endpoint()
    settings.EMAIL_HOST = "mail.example.co.jp"
    press(agent, "guide", tanaka)
    assert not Delivery.objects.exists()
    assert "E-mail the guide" in open_page(agent, tanaka)
    for _time in range(2):
        press(agent, "guide", tanaka)
    delivery = Delivery.objects.get()
    assert (delivery.recipient, delivery.personal) == (tanaka.email, True)
    assert delivery.url.endswith("/guides/")
    assert AuditEvent.objects.get(tag=Tag.HELPDESK_GUIDE_SENT).people == [tanaka.username]


def test_who_never_signed_in_gets_it_at_the_directorys_address(agent: Client, settings: Settings) -> None:
    save_endpoint()
    settings.EMAIL_HOST = "mail.example.co.jp"
    directory = Directory.objects.create(identity_store_id="d-1")
    for number, (username, address) in enumerate({"hana": "h.kato@example.co.jp", "HANA": "x@y.jp"}.items()):
        DirectoryUser.objects.create(
            directory=directory, user_id=str(number), username=username, email=address, name="加藤 花"
        )
    stranger = User(username="hana")
    open_page(agent, stranger)
    press(agent, "guide", stranger)
    assert Delivery.objects.get().recipient == "h.kato@example.co.jp"


def test_without_a_mail_server_no_mail_is_offered(agent: Client, tanaka: User, settings: Settings) -> None:
    save_endpoint()
    settings.EMAIL_HOST = ""
    assert "E-mail the guide" not in open_page(agent, tanaka)
    press(agent, "guide", tanaka)
    assert not Delivery.objects.exists()


@pytest.fixture
def watch(agent: Client, tanaka: User, settings: Settings) -> HelpdeskWatch:
    """Of somebody who never took the profile."""
    save_endpoint()
    settings.EMAIL_HOST = "mail.example.co.jp"
    open_page(agent, tanaka)
    assert "You will be told when it is over." in press(agent, "watch", tanaka)
    press(agent, "watch", tanaka)
    return HelpdeskWatch.objects.get()


def connect(tanaka: User) -> None:
    at = f"{timezone.now() + timedelta(seconds=30):%Y-%m-%d %H:%M:%S}"
    times = {"connection_start_time": at, "connection_last_update_time": at}
    keep([started(1, username=tanaka.username, **times)])


def test_the_agent_is_told_once_when_the_person_has_connected(
    agent: Client, watch: HelpdeskWatch, tanaka: User, sato: User
) -> None:
    assert AuditEvent.objects.get(tag=Tag.HELPDESK_WATCH_STARTED).people == [tanaka.username]
    assert settle_watches() == 0
    connect(tanaka)
    assert (settle_watches(), settle_watches()) == (1, 0)
    delivery = Delivery.objects.get()
    assert (delivery.recipient, delivery.personal) == (sato.email, True)
    assert tanaka.name in delivery.subject
    assert "the person has connected" in agent.get("/helpdesk/").content.decode()


def test_the_agent_is_told_when_the_layer_that_failed_holds(watch: HelpdeskWatch, tanaka: User) -> None:
    facts = person_facts(tanaka.username)
    states = {LayerState.HOLDS: "cause-gone", LayerState.UNKNOWN: "waiting", LayerState.UNTESTED: "waiting"}
    for state, outcome in states.items():
        diagnosis = Diagnosis([LayerResult(LayerId(watch.layer), state)])
        assert find_outcome(watch, facts, diagnosis) == outcome, state


def test_it_ends_after_a_day_without_a_word(watch: HelpdeskWatch) -> None:
    HelpdeskWatch.objects.update(expires_at=timezone.now())
    settle_watches()
    watch.refresh_from_db()
    assert watch.outcome == "expired"
    assert not Delivery.objects.exists()


def test_who_left_the_helpdesk_is_told_nothing(watch: HelpdeskWatch, tanaka: User, sato: User) -> None:
    sato.roles = ["employee"]
    sato.save(update_fields=["roles"])
    connect(tanaka)
    settle_watches()
    assert not Delivery.objects.exists()


def test_what_only_the_person_can_see_is_nothing_to_wait_for(
    agent: Client, connection: LiveConnection, tanaka: User
) -> None:
    endpoint = connection.endpoint
    values = {"configuration_hash": endpoint.configuration_hash, "downloaded_at": timezone.now()}
    ProfileDownload.objects.create(user=tanaka, endpoint=endpoint, **values)
    open_page(agent, tanaka)
    url = f"/helpdesk/{tanaka.username}/?sees=dns"
    page = agent.get(url).content.decode()
    assert "This was it" in page
    assert "Tell me when it is over" not in page
    # The button of a page that was shown before the person connected
    assert "The portal sees nothing that it could wait for." in press(agent, "watch", tanaka)
    assert not HelpdeskWatch.objects.exists()
    LiveConnection.objects.all().delete()
    assert "Tell me when it is over" in agent.get(url).content.decode()
    assert "If it is over within 24 hours" in press(agent, "watch", tanaka)


def test_each_of_many_people_has_a_turn(sato: User) -> None:
    """Of those in front, nobody's trouble ends; the one behind them is told of all the same."""
    now = timezone.now()
    save_endpoint()
    HelpdeskWatch.objects.bulk_create(
        HelpdeskWatch(
            agent=sato,
            username=f"p{number:03}",
            name="",
            layer=LayerId.TUNNEL,
            created_at=now + timedelta(seconds=number),
            expires_at=now + timedelta(days=number < MOST_PEOPLE),
        )
        for number in range(MOST_PEOPLE + 1)
    )
    settled = []
    for minute in range(2):
        with time_machine.travel(now + timedelta(minutes=minute), tick=False):
            settled.append(settle_watches())
    assert HelpdeskWatch.objects.get(username=f"p{MOST_PEOPLE:03}").outcome == "expired"
    assert sorted(settled) == [0, 1]
