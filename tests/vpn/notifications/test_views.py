"""`/notifications/`: who is told, and what became of each message."""

from django.utils import timezone
from pytest_django import Settings

from portal.access.models import User
from portal.audit.models import AuditEvent
from tests.conftest import SignedIn
from tests.vpn.notifications.conftest import ADDRESS, SECRET, Chat, Post
from vpn.notifications import services
from vpn.notifications.models import Delivery, DeliveryStatus
from vpn.notifications.services import notify


def text(user: User, signed_in: SignedIn, query: str = "", language: str = "en") -> str:
    return signed_in(user, language).get(f"/notifications/{query}").content.decode()


def test_it_says_how_to_tell_somebody(takahashi: User, signed_in: SignedIn) -> None:
    page = text(takahashi, signed_in)
    assert "Nobody is told" in page
    assert "NOTIFY_WEBHOOK_URL" in page
    assert "Send a test message" not in page
    assert "誰にも通知されません" in text(takahashi, signed_in, language="ja")


def test_it_names_who_is_told_and_keeps_the_secret(
    takahashi: User, signed_in: SignedIn, chat: Chat, post_office: Post
) -> None:
    page = text(takahashi, signed_in)
    assert ADDRESS in page
    assert "127.0.0.1" in page
    assert SECRET not in page
    assert "Nothing has been told yet" in page


def test_a_test_message_is_sent_listed_and_recorded(takahashi: User, signed_in: SignedIn, chat: Chat) -> None:
    client = signed_in(takahashi)
    answer = client.post("/notifications/test/", follow=True).content.decode()
    assert "A test message is on its way" in answer
    assert "Waiting" in answer
    for pk in services.due_deliveries(timezone.now()):
        services.deliver(pk)
    assert chat.heard[0].startswith("テストメッセージ")
    assert "Delivered" in text(takahashi, signed_in)
    assert AuditEvent.objects.get().tag == "notification:tested"


def test_without_a_channel_a_test_says_so(takahashi: User, signed_in: SignedIn) -> None:
    answer = signed_in(takahashi).post("/notifications/test/", follow=True).content.decode()
    assert "There is nobody to tell" in answer


def test_what_failed_stands_out_and_can_be_sent_again(
    takahashi: User, signed_in: SignedIn, chat: Chat
) -> None:
    chat.status = 404
    (delivery,) = notify(subject="<b>tokyo-main</b>", text="")
    services.deliver(delivery.pk)
    page = text(takahashi, signed_in)
    assert "1 message was given up" in page
    assert "The other side refused it. <code>404</code>" in page
    assert "<b>tokyo-main" not in page
    client = signed_in(takahashi)
    path = f"/notifications/{delivery.pk}/again/"
    assert "sent again in a moment" in client.post(path, follow=True).content.decode()
    assert Delivery.objects.get().status == DeliveryStatus.WAITING
    assert client.post(path).status_code == 404


def test_the_list_can_be_narrowed_and_paged(takahashi: User, signed_in: SignedIn, chat: Chat) -> None:
    for number in range(60):
        notify(subject=f"Message {number:02}", text="")
    Delivery.objects.filter(subject="Message 00").update(status=DeliveryStatus.FAILED)
    first = text(takahashi, signed_in)
    assert "Message 59" in first
    assert "Message 05" not in first
    oldest_shown = Delivery.objects.order_by("-pk")[49].pk
    assert "Message 05" in text(takahashi, signed_in, f"?before={oldest_shown}")
    assert f"after={Delivery.objects.order_by('pk')[9].pk}" in text(
        takahashi, signed_in, f"?before={oldest_shown}"
    )
    failed = text(takahashi, signed_in, "?status=failed")
    assert "Message 00" in failed
    assert "Message 59" not in failed
    assert "No message with this status" in text(takahashi, signed_in, "?status=sent")
    assert "Message 59" in text(takahashi, signed_in, "?status=nonsense&before=x")


def test_the_newer_end_is_found_again(takahashi: User, signed_in: SignedIn, chat: Chat) -> None:
    for number in range(120):
        notify(subject=f"Message {number:03}", text="")
    middle = Delivery.objects.order_by("pk")[30].pk
    page = text(takahashi, signed_in, f"?after={middle}")
    assert "Message 080" in page
    assert "Message 081" not in page
    assert "after=" in page


def test_only_administrators_see_it_in_their_menu(
    takahashi: User, suzuki: User, signed_in: SignedIn, settings: Settings
) -> None:
    assert 'href="/notifications/"' in signed_in(takahashi).get("/").content.decode()
    assert 'href="/notifications/"' not in signed_in(suzuki).get("/").content.decode()
