"""Making tokens, being shown them once, and revoking them."""

import re
from datetime import timedelta
from html import unescape
from ipaddress import ip_address
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from portal.access.models import ApiToken, User
from portal.access.permissions import Permission
from portal.access.requests import RequestOrigin
from portal.access.tokens import services
from portal.audit.models import AuditEvent
from tests.conftest import SignedIn

HERE = RequestOrigin(address=ip_address("198.51.100.27"), reference="AAAA-222222")


def make(client: Client, **changes: Any) -> str:
    """The page after a token was asked for."""
    fields = {
        "name": "夜間レポート",
        "scopes": ["connection:read"],
        "last_day": (timezone.localdate() + timedelta(days=30)).isoformat(),
    }
    return unescape(client.post("/tokens/", fields | changes).content.decode())


def shown(page: str) -> str:
    match = re.search(r"gk_[\w-]{43}", page)
    assert match
    return match[0]


def test_it_shows_a_new_token_once_and_keeps_only_its_hash(suzuki: User, signed_in: SignedIn) -> None:
    client = signed_in(suzuki)
    secret = shown(make(client))
    kept = ApiToken.objects.get()
    assert secret not in client.get("/tokens/").content.decode()
    assert secret not in str(ApiToken.objects.values())
    assert (kept.hint, len(kept.token_hash)) == (secret[-4:], 64)


def test_a_new_token_is_in_the_audit_record_without_itself(suzuki: User, signed_in: SignedIn) -> None:
    secret = shown(make(signed_in(suzuki)))
    event = AuditEvent.objects.get()
    assert (event.tag, event.actor, event.target) == ("token:created", suzuki.username, "夜間レポート")
    assert event.details["scopes"] == ["connection:read"]
    assert secret not in str(event.details)


def test_it_lasts_until_the_end_of_its_last_day(suzuki: User, signed_in: SignedIn) -> None:
    today = timezone.localdate()
    make(signed_in(suzuki), last_day=today.isoformat())
    ends = timezone.localtime(ApiToken.objects.get().expires_at)
    assert (ends.date(), ends.hour, ends.minute) == (today + timedelta(days=1), 0, 0)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": ""}, "Enter a value."),
        ({"scopes": []}, "Choose at least one."),
        ({"scopes": ["endpoint:read"]}, "“endpoint:read” isn't among the choices"),
        ({"scopes": ["token:manage"]}, "among the choices"),
        ({"last_day": "2020-01-01"}, "at most 365 days ahead"),
        ({"last_day": (timezone.localdate() + timedelta(days=366)).isoformat()}, "at most 365 days ahead"),
        ({"last_day": "tomorrow"}, "Enter a date, like"),
    ],
)
def test_it_says_what_is_wrong_and_keeps_what_was_typed(
    suzuki: User, signed_in: SignedIn, changes: dict[str, Any], words: str
) -> None:
    page = make(signed_in(suzuki), **changes)
    assert words in page
    assert "There is a problem" in page
    assert changes.get("name", "夜間レポート") in page
    assert not ApiToken.objects.exists()


def test_a_service_gives_nothing_that_its_caller_does_not_hold(suzuki: User) -> None:
    ends = timezone.now() + timedelta(days=1)
    with pytest.raises(ValueError, match="that the actor may give"):
        services.create(
            actor=suzuki, name="x", scopes=[Permission.ENDPOINT_READ], expires_at=ends, origin=HERE
        )
    with pytest.raises(ValueError, match="at most 365 days"):
        services.create(
            actor=suzuki,
            name="x",
            scopes=[Permission.CONNECTION_READ],
            expires_at=timezone.now() + timedelta(days=367),
            origin=HERE,
        )


def test_the_helpdesk_gives_scripts_the_diagnosis_alone(sato: User, signed_in: SignedIn) -> None:
    client = signed_in(sato)
    offered = re.findall(r'name="scopes" value="([^"]*)"', client.get("/tokens/").content.decode())
    assert offered == ["helpdesk:use", "reachability:read"]
    make(client, scopes=["endpoint:read"])
    assert not ApiToken.objects.exists()
    shown(make(client, scopes=offered))


def test_nobody_has_more_than_twenty(suzuki: User, signed_in: SignedIn) -> None:
    client = signed_in(suzuki)
    for _ in range(20):
        shown(make(client))
    assert "Revoke one first" in make(client)
    client.post(f"/tokens/{ApiToken.objects.values_list('pk', flat=True)[0]}/revoke/")
    assert shown(make(client))


def test_a_person_sees_and_revokes_their_own_only(suzuki: User, takahashi: User, signed_in: SignedIn) -> None:
    make(signed_in(takahashi), name="admin's")
    token = ApiToken.objects.get()
    auditor = signed_in(suzuki)
    assert "admin's" not in unescape(auditor.get("/tokens/").content.decode())
    assert auditor.post(f"/tokens/{token.pk}/revoke/").status_code == 404
    token.refresh_from_db()
    assert token.revoked_at is None


def test_an_administrator_revokes_anybodys(suzuki: User, takahashi: User, signed_in: SignedIn) -> None:
    make(signed_in(suzuki), name="leaked")
    token = ApiToken.objects.get()
    page = signed_in(takahashi).post(f"/tokens/{token.pk}/revoke/", follow=True).content.decode()
    assert "“leaked” has been revoked." in page
    token.refresh_from_db()
    assert token.revoked_at is not None
    event = AuditEvent.objects.get(tag="token:revoked")
    assert (event.tag, event.actor, event.details["owner"]) == (
        "token:revoked",
        takahashi.username,
        suzuki.username,
    )


def test_revoking_twice_is_recorded_once(suzuki: User, signed_in: SignedIn) -> None:
    client = signed_in(suzuki)
    make(client)
    for _ in range(2):
        client.post(f"/tokens/{ApiToken.objects.get().pk}/revoke/")
    assert AuditEvent.objects.filter(tag="token:revoked").count() == 1


def test_the_page_says_which_tokens_still_work(suzuki: User, signed_in: SignedIn) -> None:
    client = signed_in(suzuki)
    make(client, name="works")
    make(client, name="old")
    ApiToken.objects.filter(name="old").update(expires_at=timezone.now() - timedelta(days=1))
    page = client.get("/tokens/").content.decode()
    assert page.index("works") < page.index("old")
    assert "Expired" in page


def test_the_page_is_in_japanese_too(suzuki: User, signed_in: SignedIn) -> None:
    page = signed_in(suzuki, "ja").get("/tokens/").content.decode()
    assert "APIトークン" in page
    assert "365日以内" in page
