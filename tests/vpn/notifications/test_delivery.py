"""A message reaches everybody who is to hear of it, once if all goes well, and at last if it doesn't."""

import email
import email.policy
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override
from pytest_django import Settings

from portal.access.models import User
from portal.audit.models import AuditEvent
from tests.vpn.notifications.conftest import ADDRESS, SECRET, Chat, Post
from vpn.notifications import channels, services
from vpn.notifications.models import ERROR_TEXTS, Channel, Delivery, DeliveryStatus
from vpn.notifications.services import LEASE, RETRY_DELAYS, notify
from vpn.notifications.tasks import delete_old, send, send_due

pytestmark = pytest.mark.django_db


def news(**changes: str) -> list[Delivery]:
    return notify(
        **({"subject": "Operation #128 failed", "text": "tokyo-main", "url": "/operations/"} | changes)
    )


def try_all() -> None:
    for pk in services.due_deliveries(timezone.now()):
        services.deliver(pk)


def hurry() -> None:
    """As if the pause were over."""
    Delivery.objects.update(next_attempt_at=timezone.now() - timedelta(seconds=1))


def the_one() -> Delivery:
    return Delivery.objects.get()


def test_without_a_channel_nobody_is_told() -> None:
    assert news() == []
    assert not Delivery.objects.exists()


def test_a_webhook_gets_slack_s_json(chat: Chat) -> None:
    news(subject="Operation <#128> failed", text="one & two")
    try_all()
    link = f"{django_settings.SITE_URL}/operations/"
    assert chat.heard == [f"Operation &lt;#128&gt; failed\none &amp; two\n{link}"]
    assert (chat.paths, chat.types) == ([SECRET], ["application/json"])
    sent = the_one()
    assert (sent.status, sent.attempts, sent.error) == (DeliveryStatus.SENT, 1, "")
    assert sent.sent_at is not None


def test_each_address_gets_a_mail_of_its_own(post_office: Post, settings: Settings) -> None:
    settings.NOTIFY_EMAILS = [ADDRESS, "second@example.co.jp", ADDRESS]
    news(subject="操作 #128 に失敗しました", text="tokyo-main\n理由: 上限")
    try_all()
    mails = [
        email.message_from_bytes(mail.encode(), policy=email.policy.default) for mail in post_office.mails
    ]
    assert sorted(str(mail["To"]) for mail in mails) == ["second@example.co.jp", ADDRESS]
    first = mails[0]
    assert first["Subject"] == "[Genkan] 操作 #128 に失敗しました"
    assert first["Auto-Submitted"] == "auto-generated"
    assert str(first["From"]) == "Genkan <genkan@vpn.example.com>"
    body = first.get_content()
    assert "理由: 上限" in body
    assert f"{django_settings.SITE_URL}/operations/" in body


def test_a_name_with_a_line_break_adds_no_header(post_office: Post) -> None:
    news(subject="Endpoint x\r\nBcc: everybody@example.com", text="text")
    try_all()
    (mail,) = post_office.mails
    assert email.message_from_string(mail)["Bcc"] is None


def test_what_is_told_is_in_the_portal_s_language_and_not_the_person_s(chat: Chat) -> None:
    notify(subject=_("Test message"), text="")
    notify(subject=_("Test message"), text="", language="en")
    try_all()
    assert [text.splitlines()[0] for text in chat.heard] == ["テストメッセージ", "Test message"]


def test_news_with_a_key_is_told_once(chat: Chat, post_office: Post) -> None:
    for _again in range(3):
        news(key="operation:128:failed")
    assert Delivery.objects.count() == 2
    news()
    assert Delivery.objects.count() == 4


def test_what_is_rolled_back_is_not_told(chat: Chat) -> None:
    with transaction.atomic():
        news()
        transaction.set_rollback(True)
    try_all()
    assert chat.heard == []


def test_a_chat_that_is_down_is_told_when_it_is_back(chat: Chat) -> None:
    chat.status = 503
    news()
    try_all()
    waiting = the_one()
    assert (waiting.status, waiting.attempts) == (DeliveryStatus.WAITING, 1)
    assert waiting.next_attempt_at > timezone.now() + RETRY_DELAYS[0] - timedelta(seconds=5)
    try_all()
    assert the_one().attempts == 1, "not before the pause is over"
    chat.status = 200
    hurry()
    try_all()
    assert the_one().status == DeliveryStatus.SENT
    assert len(chat.heard) == 1


def test_pauses_grow_and_it_is_given_up_at_last(chat: Chat) -> None:
    chat.status = 500
    news()
    for number in range(len(RETRY_DELAYS) + 1):
        assert the_one().status == DeliveryStatus.WAITING
        hurry()
        try_all()
        assert the_one().attempts == number + 1
    given_up = the_one()
    assert (given_up.status, given_up.error, given_up.error_detail) == (
        DeliveryStatus.FAILED,
        "webhook-answered",
        "500",
    )
    hurry()
    assert services.due_deliveries(timezone.now()) == []


@pytest.mark.parametrize(
    ("status", "final"), [(404, True), (403, True), (302, False), (429, False), (408, False)]
)
def test_a_refusal_for_good_is_not_repeated(chat: Chat, status: int, final: bool) -> None:
    chat.status = status
    news()
    try_all()
    assert the_one().status == (DeliveryStatus.FAILED if final else DeliveryStatus.WAITING)
    assert "/elsewhere" not in chat.paths


def test_errors_name_the_host_and_never_the_secret(settings: Settings) -> None:
    for url in (f"http://127.0.0.1:9{SECRET}", f"ftp://example.com{SECRET}", f"https://127.0.0.1:x{SECRET}"):
        settings.NOTIFY_WEBHOOK_URL = url
        news()
    try_all()
    errors = list(Delivery.objects.values_list("error_detail", flat=True))
    assert all(errors)
    assert not any("secret" in error for error in errors)


def test_private_addresses_are_refused_unless_allowed(chat: Chat, settings: Settings) -> None:
    settings.OUTBOUND_ALLOW_PRIVATE = False
    news()
    try_all()
    assert chat.paths == []
    assert "not a public address" in the_one().error_detail


def test_http_is_refused_outside_of_the_sandbox(chat: Chat, settings: Settings) -> None:
    settings.SANDBOX = False
    news()
    try_all()
    assert chat.paths == []
    assert the_one().error_detail == "127.0.0.1: only https is used."


def test_a_channel_that_was_taken_away_ends_its_messages(
    chat: Chat, post_office: Post, settings: Settings
) -> None:
    news()
    settings.NOTIFY_WEBHOOK_URL, settings.NOTIFY_EMAILS = "", []
    try_all()
    assert set(Delivery.objects.values_list("status", flat=True)) == {DeliveryStatus.FAILED}


@pytest.mark.parametrize(
    ("refusal", "status"),
    [("550 no such user", DeliveryStatus.FAILED), ("451 later", DeliveryStatus.WAITING)],
)
def test_a_mail_server_s_refusal_is_final_or_not(
    post_office: Post, refusal: str, status: DeliveryStatus
) -> None:
    post_office.refusal = refusal
    news()
    try_all()
    mail = the_one()
    assert (mail.status, mail.error, mail.error_detail) == (status, "mail-recipient-refused", refusal[:3])


def test_a_mail_server_that_is_not_there_is_tried_again(post_office: Post, settings: Settings) -> None:
    settings.EMAIL_PORT = 9
    news()
    try_all()
    assert (the_one().error, the_one().error_detail) == ("mail-unreachable", "ConnectionRefusedError")
    assert the_one().status == DeliveryStatus.WAITING


def test_a_try_that_broke_off_is_repeated_after_its_lease(chat: Chat) -> None:
    """A worker that was killed has claimed it, and never said what became of it."""
    news()
    Delivery.objects.update(attempts=1, next_attempt_at=timezone.now() + LEASE)
    try_all()
    assert chat.heard == []
    hurry()
    try_all()
    assert len(chat.heard) == 1


def test_the_tasks_send_what_is_due(chat: Chat, settings: Settings) -> None:
    settings.CELERY_TASK_ALWAYS_EAGER = True
    (delivery,) = news()
    send(delivery.pk)
    send(delivery.pk)
    assert len(chat.heard) == 1
    assert services.due_deliveries(timezone.now()) == []
    send_due()


@pytest.mark.django_db(transaction=True)
def test_two_workers_send_it_once(chat: Chat) -> None:
    (delivery,) = news()

    def attempt(_number: int) -> None:
        services.deliver(delivery.pk)
        connection.close()

    with ThreadPoolExecutor(4) as workers:
        list(workers.map(attempt, range(8)))
    assert len(chat.heard) == 1


def test_what_was_given_up_can_be_sent_again_and_that_is_recorded(chat: Chat, takahashi: User) -> None:
    chat.status = 404
    (delivery,) = news()
    assert not services.send_again(delivery.pk, actor=takahashi, address=None, reference="R")
    try_all()
    chat.status = 200
    assert services.send_again(delivery.pk, actor=takahashi, address=None, reference="R")
    try_all()
    assert the_one().status == DeliveryStatus.SENT
    assert AuditEvent.objects.get().tag == "notification:resent"


def test_both_channels_are_told(chat: Chat, post_office: Post) -> None:
    assert {delivery.channel for delivery in news()} == {Channel.WEBHOOK, Channel.EMAIL}
    try_all()
    assert len(chat.heard) == len(post_office.mails) == 1


@pytest.mark.parametrize("problem", ERROR_TEXTS)
def test_why_it_was_not_delivered_is_said_in_both_languages(problem: str) -> None:
    delivery = Delivery(error=problem)
    with override("en"):
        english = delivery.error_text
    with override("ja"):
        assert delivery.error_text not in {english, problem}


def test_every_problem_that_can_be_raised_has_words() -> None:
    source = Path(channels.__file__).read_text(encoding="utf-8")
    assert set(re.findall(r'NotDelivered\("([a-z-]+)"', source)) == set(ERROR_TEXTS)


def test_old_messages_are_forgotten_but_not_what_still_waits(chat: Chat, settings: Settings) -> None:
    settings.LOG_RETENTION_DAYS = 30
    now = timezone.now()
    for status, days in (
        (DeliveryStatus.SENT, 31),
        (DeliveryStatus.FAILED, 31),
        (DeliveryStatus.WAITING, 31),
        (DeliveryStatus.SENT, 29),
    ):
        (row,) = news()
        Delivery.objects.filter(pk=row.pk).update(status=status, created_at=now - timedelta(days=days))
    delete_old()
    assert sorted(Delivery.objects.values_list("status", flat=True)) == [
        DeliveryStatus.SENT,
        DeliveryStatus.WAITING,
    ]
