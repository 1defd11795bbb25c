"""Hearing of incidents by e-mail: one's own address, one message a post, and an end to it by a link."""

import re

from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from portal.access.models import User
from portal.audit.models import AuditEvent
from tests.conftest import SignedIn
from tests.vpn.endpoints_in_database import rule, save_endpoint
from tests.vpn.incidents.test_incidents import publish
from tests.vpn.notifications.conftest import Post, post_office
from vpn.notifications import services as notifications
from vpn.notifications.models import Delivery, DeliveryStatus, StatusSubscription

__all__ = ["post_office"]


def subscribe(user: User, signed_in: SignedIn, *, language: str = "en") -> Client:
    User.objects.filter(pk=user.pk).update(language=language)
    client = signed_in(user, language)
    client.post("/status/subscription/", {"on": "true"})
    return client


def deliver() -> None:
    for pk in notifications.due_deliveries(timezone.now()):
        notifications.deliver(pk)


def test_a_post_is_mailed_once_in_the_readers_language_with_a_link_that_stops_it(
    tanaka: User, suzuki: User, sato: User, signed_in: SignedIn, post_office: Post, settings: Settings
) -> None:
    settings.NOTIFY_EMAILS = []
    client = subscribe(tanaka, signed_in)
    subscribe(suzuki, signed_in, language="ja")
    assert "You hear of incidents by e-mail at" in client.get("/status/").content.decode()
    publish(signed_in(sato))
    deliver()
    mails = {re.search(r"^To: (.*)$", mail, re.M)[1]: mail for mail in post_office.mails}  # type: ignore[index]
    assert set(mails) == {tanaka.email, suzuki.email}
    english = mails[tanaka.email]
    assert "Subject: [Genkan] Investigating: Internal systems can't be reached" in english
    assert "We are looking for the cause." in english
    assert "List-Unsubscribe-Post: List-Unsubscribe=One-Click" in english
    link = Delivery.objects.get(recipient=tanaka.email)
    assert str(Delivery.objects.get(recipient=suzuki.email).text) == "原因を調査しています。"
    path = re.search(r"/status/unsubscribe/[^>\s]+/", english.replace("=\n", "").replace("\n ", ""))
    assert path is not None
    # Whoever scans the mail opens the link, and changes nothing by it.
    reader = Client(headers={"accept-language": "en"})
    assert "Stop these e-mails" in reader.get(path[0]).content.decode()
    assert StatusSubscription.objects.filter(ended_at=None).count() == 2
    answer = Client(enforce_csrf_checks=True, headers={"accept-language": "en"}).post(
        path[0], {"List-Unsubscribe": "One-Click"}
    )
    assert "get these e-mails any more" in answer.content.decode()
    assert link.subscription is not None
    assert AuditEvent.objects.latest("sequence").tag == "status:unsubscribed"
    publish(signed_in(sato), title_en="Another one")
    deliver()
    assert len(post_office.mails) == 3


def test_a_message_that_waits_is_dropped_when_the_person_stops_or_may_not_sign_in(
    tanaka: User, suzuki: User, sato: User, signed_in: SignedIn, post_office: Post, settings: Settings
) -> None:
    settings.NOTIFY_EMAILS = []
    client = subscribe(tanaka, signed_in)
    subscribe(suzuki, signed_in)
    publish(signed_in(sato))
    client.post("/status/subscription/", {"on": "false"})
    User.objects.filter(pk=suzuki.pk).update(is_active=False)
    deliver()
    assert post_office.mails == []
    assert set(Delivery.objects.values_list("status", "error")) == {
        (DeliveryStatus.FAILED.value, "mail-unsubscribed")
    }


def test_an_incident_of_an_endpoint_is_mailed_to_those_whom_it_concerns(
    tanaka: User, sato: User, signed_in: SignedIn, post_office: Post
) -> None:
    subscribe(tanaka, signed_in)
    others = save_endpoint("osaka-dr", authorization_rules=[rule("0.0.0.0/0", group="somebody-else")])
    mine = save_endpoint()
    publish(signed_in(sato), endpoint_ids=[others.endpoint_id])
    assert not Delivery.objects.filter(recipient=tanaka.email).exists()
    publish(signed_in(sato), endpoint_ids=[mine.endpoint_id, others.endpoint_id])
    assert Delivery.objects.filter(recipient=tanaka.email).count() == 1


def test_nothing_is_offered_without_a_mail_server_or_an_address(
    tanaka: User, signed_in: SignedIn, settings: Settings
) -> None:
    settings.EMAIL_HOST = ""
    assert "Get e-mails" not in subscribe(tanaka, signed_in).get("/status/").content.decode()
    settings.EMAIL_HOST = "mail.example.com"
    assert "Get e-mails" in signed_in(tanaka).get("/status/").content.decode()
    User.objects.filter(pk=tanaka.pk).update(email="no address")
    assert "Get e-mails" not in subscribe(tanaka, signed_in).get("/status/").content.decode()
    assert not StatusSubscription.objects.exists()


def test_a_link_that_the_portal_never_made_ends_nothing(
    tanaka: User, signed_in: SignedIn, post_office: Post
) -> None:
    subscribe(tanaka, signed_in)
    number = StatusSubscription.objects.get().pk
    for token in (str(number), f"{number}:x"):
        assert Client().post(f"/status/unsubscribe/{token}/").status_code == 404
    assert StatusSubscription.objects.get().ended_at is None
