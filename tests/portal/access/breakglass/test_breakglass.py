"""A named admin gets in while the identity provider is down: once, briefly, and everybody is told."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from portal.access.breakglass.models import BreakGlassLink
from portal.access.models import User
from portal.audit.models import AuditEvent

REASON = "SSO has been down since 09:00, INC-4711"


def path(capsys: pytest.CaptureFixture[str], user: User) -> str:
    call_command("breakglass", user.username, reason=REASON)
    url = capsys.readouterr().out.strip()
    assert url.startswith("https://vpn.example.com/accounts/breakglass/")
    return url.removeprefix("https://vpn.example.com")


def test_the_link_signs_the_admin_in_once(takahashi: User, capsys: pytest.CaptureFixture[str]) -> None:
    link, client = path(capsys, takahashi), Client(headers={"accept-language": "en"})
    page = client.get(link)
    assert REASON in page.content.decode()
    assert "_auth_user_id" not in client.session
    assert client.post(link).status_code == 302
    assert int(client.session["_auth_user_id"]) == takahashi.pk
    assert client.session.get_expiry_date() < timezone.now() + timedelta(minutes=61)
    assert Client().post(link).status_code == 404


def test_looking_at_the_link_does_not_use_it_up(takahashi: User, capsys: pytest.CaptureFixture[str]) -> None:
    link = path(capsys, takahashi)
    assert [Client().get(link).status_code for _ in range(3)] == [200] * 3
    assert Client().post(link).status_code == 302


def test_the_link_is_good_for_ten_minutes(takahashi: User, capsys: pytest.CaptureFixture[str]) -> None:
    link = path(capsys, takahashi)
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=10, seconds=1)):
        assert Client().post(link).status_code == 404


def test_the_token_is_not_kept(takahashi: User, capsys: pytest.CaptureFixture[str]) -> None:
    token = path(capsys, takahashi).rstrip("/").rsplit("/", 1)[1]
    assert token not in str(BreakGlassLink.objects.values().get())


def test_making_and_using_are_recorded_with_the_reason(
    takahashi: User, capsys: pytest.CaptureFixture[str]
) -> None:
    Client().post(path(capsys, takahashi))
    events = AuditEvent.objects.filter(tag__startswith="breakglass:").order_by("sequence")
    assert [event.tag for event in events] == ["breakglass:created", "breakglass:used"]
    assert all(event.details["reason"] == REASON for event in events)


@pytest.mark.parametrize("reason", ["", "   ", "because"])
def test_a_reason_is_required(takahashi: User, reason: str) -> None:
    with pytest.raises(CommandError, match="reason"):
        call_command("breakglass", takahashi.username, reason=reason)


def test_only_administrators_get_one(tanaka: User, takahashi: User) -> None:
    for username in (tanaka.username, "nobody@example.co.jp"):
        with pytest.raises(CommandError, match="no administrator"):
            call_command("breakglass", username, reason=REASON)


def test_three_links_an_hour_are_enough(takahashi: User) -> None:
    for _ in range(3):
        call_command("breakglass", takahashi.username, reason=REASON)
    with pytest.raises(CommandError, match="last hour"):
        call_command("breakglass", takahashi.username, reason=REASON)


def test_guessing_is_slowed_down(db: None) -> None:
    client = Client()
    statuses = [client.get(f"/accounts/breakglass/guess{number}/").status_code for number in range(11)]
    assert statuses == [404] * 10 + [429]
