"""A named admin gets in while the identity provider is down: once, briefly, and everybody is told."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from portal.access.breakglass.models import BreakGlassLink
from portal.access.models import ApiToken, User
from portal.access.tokens.queries import is_absent
from portal.audit.models import AuditEvent
from tests.conftest import SignedIn

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


def inside(user: User, capsys: pytest.CaptureFixture[str]) -> Client:
    client = Client(headers={"accept-language": "en"})
    assert client.post(path(capsys, user)).status_code == 302
    return client


NEW_TOKEN = {
    "name": "nightly",
    "scopes": ["endpoint:read"],
    "last_day": f"{timezone.localdate() + timedelta(days=300)}",
}


def test_no_token_that_outlives_the_session_can_be_made_in_it(
    takahashi: User, capsys: pytest.CaptureFixture[str]
) -> None:
    client = inside(takahashi, capsys)
    page = client.get("/tokens/").content.decode()
    assert "You came by an emergency link" in page
    assert 'name="last_day"' not in page
    assert client.post("/tokens/", NEW_TOKEN).status_code == 403
    assert not ApiToken.objects.exists()


def test_tokens_can_be_revoked_in_it(takahashi: User, capsys: pytest.CaptureFixture[str]) -> None:
    now = timezone.now()
    token = ApiToken.objects.create(
        owner=takahashi,
        name="x",
        token_hash="x",
        scopes=["endpoint:read"],
        created_at=now,
        expires_at=now + timedelta(1),
    )
    assert inside(takahashi, capsys).post(f"/tokens/{token.pk}/revoke/").status_code == 302
    token.refresh_from_db()
    assert token.revoked_at


def test_it_wakes_no_token_whose_owner_has_long_been_away(
    takahashi: User, capsys: pytest.CaptureFixture[str]
) -> None:
    long_ago = timezone.now() - timedelta(days=100)
    User.objects.update(last_login=long_ago)
    inside(takahashi, capsys)
    takahashi.refresh_from_db()
    assert takahashi.last_login == long_ago
    assert is_absent(takahashi)


def test_signing_in_at_the_identity_provider_is_an_ordinary_session_again(
    takahashi: User, signed_in: SignedIn, capsys: pytest.CaptureFixture[str]
) -> None:
    client = inside(takahashi, capsys)
    client.post("/accounts/logout/")
    assert client.get("/tokens/").status_code == 302
    assert signed_in(takahashi).post("/tokens/", NEW_TOKEN).status_code == 200
    assert ApiToken.objects.exists()
