"""The home page."""

import re

from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from portal.access.breakglass.models import BreakGlassLink
from portal.access.models import User
from tests.conftest import SignedIn
from tests.vpn.connection_log.log_lines import failed, keep, started
from tests.vpn.endpoints_in_database import save_endpoint


def test_it_has_the_verdict_and_my_profiles(tanaka: User, signed_in: SignedIn) -> None:
    endpoint = save_endpoint()
    text = signed_in(tanaka).get("/", headers={"x-forwarded-for": "203.0.113.10"}).content.decode()
    assert 'data-result="vpn"' in text
    assert f"/profiles/{endpoint.endpoint_id}/download" in text


def test_it_works_before_anything_was_seen(tanaka: User, signed_in: SignedIn) -> None:
    text = signed_in(tanaka).get("/").content.decode()
    assert "No endpoint has been read from AWS yet" in text


def test_administrators_are_told_of_break_glass_and_nobody_else(
    tanaka: User, takahashi: User, signed_in: SignedIn
) -> None:
    now = timezone.now()
    BreakGlassLink.objects.create(
        token_hash="x", user=takahashi, reason="SSO is down", created_at=now, expires_at=now, used_at=now
    )
    assert "SSO is down" in signed_in(takahashi).get("/").content.decode()
    assert "SSO is down" not in signed_in(tanaka).get("/").content.decode()


def test_it_asks_the_database_little(
    tanaka: User, signed_in: SignedIn, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(5):
        save_endpoint(f"endpoint-{number}")
    client = signed_in(tanaka)
    client.get("/")
    # session, user, endpoints, downloads, log entries, presence, addresses until lately, newest check, checklist,
    # clients, incidents
    with django_assert_num_queries(11):
        client.get("/")
    with django_assert_num_queries(11):
        client.get("/", headers={"hx-request": "true"})


def test_what_an_open_page_asks_every_ten_seconds_costs_the_database_nothing(
    tanaka: User, signed_in: SignedIn, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    save_endpoint()
    client = signed_in(tanaka)
    client.get("/egress.json")
    with django_assert_num_queries(0):
        client.get("/egress.json")


def test_personal_pages_are_never_kept(tanaka: User, signed_in: SignedIn) -> None:
    response = signed_in(tanaka).get("/")
    assert response["Cache-Control"] == "no-store"
    assert "frame-ancestors 'none'" in response["Content-Security-Policy"]
    assert "unsafe" not in response["Content-Security-Policy"]
    assert "camera=()" in response["Permissions-Policy"]
    assert "includeSubDomains" in response["Strict-Transport-Security"]


def test_the_newest_connections_and_why_one_failed_are_there(tanaka: User, signed_in: SignedIn) -> None:
    assert "Recent connections" not in signed_in(tanaka).get("/").content.decode()
    mine = {"username": tanaka.username.upper()}
    keep(
        [
            *[started(number, **mine) for number in range(1, 5)],
            failed(9, at="2026-11-20 04:00:00", **mine),
            started(8, username="other@example.co.jp", connection_start_time="2026-11-20 05:00:00"),
        ]
    )
    text = signed_in(tanaka).get("/").content.decode()
    assert re.findall(r"/connections/mine/cvpn-connection-0+(\d)/", text) == ["9", "4", "3"]
    assert "This computer or account is not allowed to connect" in text
