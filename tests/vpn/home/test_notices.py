"""What is broken or planned, for whom, and the way out: the same on every page of an employee."""

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from portal.access.models import User
from sandbox import company
from tests.conftest import SignedIn
from tests.vpn.connection_log.log_lines import keep, started
from tests.vpn.endpoints_in_database import rule, save_endpoint
from vpn.endpoints.models import EgressAddressPeriod, Endpoint
from vpn.findings.models import Finding
from vpn.findings.tasks import look_for_outages
from vpn.notifications.models import Delivery, DeliveryStatus
from vpn.profiles.models import ProfileDownload

PAGES = ("/", "/egress/", "/profiles/", "/guides/windows/")
KNOWN = "We know about this. You don't need to report it."
TELL = "If this lasts for more than ten minutes, tell your helpdesk."


def report(status: DeliveryStatus = DeliveryStatus.SENT) -> None:
    """What the worker does every minute; then the messages have this status."""
    look_for_outages()
    Delivery.objects.update(status=status)


@pytest.fixture(autouse=True)
def mailbox(settings: Settings) -> None:
    settings.NOTIFY_EMAILS = ["operators@example.co.jp"]


def download(user: User, endpoint: Endpoint, *, days: int = 1) -> None:
    ProfileDownload.objects.create(
        user=user,
        endpoint=endpoint,
        configuration_hash=endpoint.configuration_hash,
        downloaded_at=timezone.now() - timedelta(days=days),
    )


def text_of(user: User, signed_in: SignedIn, path: str = "/", address: str = "198.51.100.27") -> str:
    """Card and notices as a person reads them."""
    response = signed_in(user).get(path, headers={"x-forwarded-for": address})
    page = re.sub(
        r"<template.*?</template>|<script.*?</script>", "", response.content.decode(), flags=re.DOTALL
    )
    main = page.partition('<main id="main"')[2].partition("</main>")[0]
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main)))


def notices(user: User, signed_in: SignedIn, path: str = "/", address: str = "203.0.113.10") -> list[str]:
    """As somebody who is through the VPN sees them, whose card has no outage to tell."""
    response = signed_in(user).get(path, headers={"x-forwarded-for": address})
    page = response.content.decode().partition('<main id="main"')[2].partition("</main>")[0]
    texts = re.findall(r'<p class="notice-text">(.*?)</p>', page, re.DOTALL)
    return [unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", notice))).strip() for notice in texts]


@pytest.mark.parametrize("path", PAGES)
def test_nothing_is_said_while_all_is_well(path: str, tanaka: User, signed_in: SignedIn) -> None:
    download(tanaka, save_endpoint())
    assert notices(tanaka, signed_in, path) == []


@pytest.mark.parametrize("path", PAGES)
def test_an_outage_is_said_on_every_page_with_what_helps(
    path: str, tanaka: User, signed_in: SignedIn
) -> None:
    save_endpoint("nagoya", egress_ips=["203.0.113.12"])
    broken = save_endpoint(status="pending-associate", egress_ips=[])
    download(tanaka, broken)
    report()
    (notice,) = notices(tanaka, signed_in, path, "203.0.113.12")
    assert notice.startswith("tokyo-main can't be connected to right now (since ")
    assert notice.endswith(f"Connect to nagoya instead. {KNOWN}")


def test_a_split_tunnel_is_no_help_for_who_needs_the_fixed_address(tanaka: User, signed_in: SignedIn) -> None:
    download(tanaka, save_endpoint(egress_ips=[]))
    download(tanaka, save_endpoint("osaka-dr", split_tunnel=True, egress_ips=[]))
    report()
    text = text_of(tanaka, signed_in)
    assert "tokyo-main can't provide the fixed IP address right now (since " in text
    assert KNOWN in text
    assert "instead" not in text


def test_what_is_broken_as_well_or_not_meant_for_this_is_no_help(tanaka: User, signed_in: SignedIn) -> None:
    download(tanaka, save_endpoint(egress_ips=[]))
    save_endpoint("nagoya", egress_ips=[])
    save_endpoint(
        "standby", status="pending-associate", configuration="", egress_ips=[], egress_known_at=None
    )
    save_endpoint("transit", egress_ips=[], egress_known_at=None)
    save_endpoint("closed", authorization_rules=[rule("0.0.0.0/0", group=company.ENGINEERING.id)])
    assert "instead" not in text_of(tanaka, signed_in)


def test_where_there_never_was_a_fixed_address_none_is_missing(tanaka: User, signed_in: SignedIn) -> None:
    """The internet behind a transit gateway: the address is in another account."""
    download(tanaka, save_endpoint(egress_ips=[], egress_known_at=None))
    assert notices(tanaka, signed_in) == []


@pytest.mark.parametrize("path", PAGES)
def test_a_standby_alarms_nobody(path: str, tanaka: User, signed_in: SignedIn) -> None:
    download(tanaka, save_endpoint())
    save_endpoint("tokyo-standby", status="pending-associate", configuration="", egress_ips=[])
    assert notices(tanaka, signed_in, path) == []
    assert "tokyo-standby" not in text_of(tanaka, signed_in, path)


def test_endpoints_of_others_are_no_news(tanaka: User, signed_in: SignedIn) -> None:
    download(tanaka, save_endpoint())
    foreign = [rule("0.0.0.0/0", group=company.ENGINEERING.id)]
    save_endpoint("other", status="pending-associate", authorization_rules=foreign)
    save_endpoint("gone", vanished_at=timezone.now())
    assert notices(tanaka, signed_in) == []


def test_an_endpoint_that_somebody_has_never_used_alarms_nobody(tanaka: User, signed_in: SignedIn) -> None:
    download(tanaka, save_endpoint())
    save_endpoint("nagoya", status="pending-associate")
    assert notices(tanaka, signed_in) == []


@pytest.mark.parametrize("path", PAGES)
def test_who_used_an_endpoint_that_is_gone_is_told_and_sent_to_nobody(
    path: str, tanaka: User, signed_in: SignedIn
) -> None:
    download(tanaka, save_endpoint(vanished_at=timezone.now() - timedelta(hours=1)))
    report()
    text = text_of(tanaka, signed_in, path)
    assert "tokyo-main is no longer there (since " in text
    assert KNOWN in text
    assert "group" not in text.partition("Install")[0]
    assert "helpdesk to be added" not in text


def test_having_been_connected_is_having_used_it(tanaka: User, signed_in: SignedIn) -> None:
    gone = save_endpoint(vanished_at=timezone.now() - timedelta(hours=1))
    keep([started(1, username=tanaka.username, client_vpn_endpoint_id=gone.endpoint_id)])
    assert "tokyo-main is no longer there (since " in text_of(tanaka, signed_in)


def test_what_has_been_gone_for_long_is_no_news(tanaka: User, signed_in: SignedIn) -> None:
    download(tanaka, save_endpoint("old", vanished_at=timezone.now() - timedelta(days=31)), days=90)
    download(tanaka, save_endpoint())
    assert notices(tanaka, signed_in) == []
    Endpoint.objects.filter(label="tokyo-main").update(authorization_rules=[])
    # But it is the only answer to where the profile is.
    assert "old is no longer there (since " in text_of(tanaka, signed_in)


@pytest.mark.parametrize("path", ["/", "/profiles/"])
def test_who_had_a_profile_until_yesterday_is_not_sent_for_a_group(
    path: str, tanaka: User, signed_in: SignedIn
) -> None:
    download(tanaka, save_endpoint(authorization_rules=[]))
    text = text_of(tanaka, signed_in, path)
    assert "You had tokyo-main, but your account may no longer use it." in text
    assert "to be added to the group" not in text


@pytest.mark.parametrize("path", ["/", "/profiles/"])
def test_who_never_had_one_is_told_whom_to_ask(path: str, tanaka: User, signed_in: SignedIn) -> None:
    save_endpoint(authorization_rules=[rule("0.0.0.0/0", group=company.ENGINEERING.id)])
    assert "Ask your helpdesk to be added to the group for VPN users" in text_of(tanaka, signed_in, path)


@pytest.mark.parametrize(
    ("changes", "title"),
    [
        ({"egress_ips": []}, "tokyo-main can't provide the fixed IP address right now"),
        ({"status": "pending-associate"}, "tokyo-main can't be connected to right now"),
        ({"vanished_at": timezone.now()}, "tokyo-main is no longer there"),
    ],
)
@pytest.mark.parametrize("path", ["/", "/egress/"])
def test_a_known_outage_is_the_answer_of_the_card_and_asks_for_nothing(
    path: str, changes: dict[str, Any], title: str, tanaka: User, signed_in: SignedIn
) -> None:
    download(tanaka, save_endpoint(**changes))
    report()
    text = text_of(tanaka, signed_in, path)
    # Once: what the card says is no notice beside it.
    assert text.count(title) == 1
    assert KNOWN in text
    assert "Press Connect in AWS VPN Client" not in text
    assert "send it to the helpdesk" not in text.partition("Diagnosis for the helpdesk")[0]


@pytest.mark.parametrize(
    "tell",
    [
        pytest.param(lambda: None, id="the worker has not looked yet"),
        pytest.param(lambda: report(DeliveryStatus.WAITING), id="the message has not arrived"),
        pytest.param(lambda: report(DeliveryStatus.FAILED), id="the message was given up"),
    ],
)
@pytest.mark.parametrize("path", PAGES)
def test_that_somebody_knows_is_said_only_if_somebody_was_told(
    path: str, tell: Callable[[], None], tanaka: User, signed_in: SignedIn
) -> None:
    download(tanaka, save_endpoint(status="pending-associate"))
    tell()
    text = text_of(tanaka, signed_in, path)
    assert TELL in text
    assert KNOWN not in text


def test_without_a_channel_an_administrator_who_looked_is_who_knows(
    tanaka: User, takahashi: User, signed_in: SignedIn, settings: Settings
) -> None:
    settings.NOTIFY_EMAILS = []
    download(tanaka, save_endpoint(egress_ips=[]))
    download(tanaka, save_endpoint("nagoya", status="pending-associate"))
    report()
    address, closed = Finding.objects.order_by("evidence__trouble").reverse()
    assert TELL in text_of(tanaka, signed_in)
    data = {"reason": "Mending the NAT gateway"}
    answer = signed_in(takahashi).post(f"/connections/findings/{address.pk}/", data)
    assert answer.status_code == 302
    said = " ".join(notices(tanaka, signed_in, "/profiles/"))
    assert re.search(rf"fixed IP address right now \(since [\d:]+\) {re.escape(KNOWN)}", said)
    assert re.search(rf"connected to right now \(since [\d:]+\) {re.escape(TELL)}", said)
    assert closed.acknowledged_at is None


def test_who_was_told_of_one_trouble_was_not_told_of_the_next(tanaka: User, signed_in: SignedIn) -> None:
    endpoint = save_endpoint(egress_ips=[])
    download(tanaka, endpoint)
    report()
    assert KNOWN in text_of(tanaka, signed_in)
    Endpoint.objects.update(status="pending-associate")
    assert TELL in text_of(tanaka, signed_in)
    report()
    assert KNOWN in text_of(tanaka, signed_in)
    Endpoint.objects.update(status="available", egress_ips=["203.0.113.10"])
    look_for_outages()
    assert set(Finding.objects.values_list("resolved_at", flat=True)).isdisjoint({None})
    Endpoint.objects.update(egress_ips=[])
    assert TELL in text_of(tanaka, signed_in)


def test_the_company_s_address_of_a_minute_ago_is_still_known(tanaka: User, signed_in: SignedIn) -> None:
    now = timezone.now()
    endpoint = save_endpoint(egress_ips=[])
    download(tanaka, endpoint)
    period = EgressAddressPeriod.objects.create(
        endpoint=endpoint, address="203.0.113.10", since=now - timedelta(days=9), until=now
    )
    text = text_of(tanaka, signed_in, "/egress/", "203.0.113.10")
    assert "tokyo-main can't provide the fixed IP address right now" in text
    assert "Fixed IP address until lately" in text
    assert "isn't registered" not in text
    response = signed_in(tanaka).get("/egress.json", headers={"x-forwarded-for": "203.0.113.10"})
    assert response.json()["verdict"] == "unknown"
    period.until = now - timedelta(days=2)
    period.save()
    assert "Fixed IP address until lately" not in text_of(tanaka, signed_in, "/egress/", "203.0.113.10")


def test_the_badges_of_the_profiles_say_the_same(tanaka: User, signed_in: SignedIn) -> None:
    download(tanaka, save_endpoint(egress_ips=[]))
    for path in ("/", "/profiles/"):
        text = text_of(tanaka, signed_in, path)
        assert "No fixed IP address right now" in text
        assert "Up to date" not in text


def test_without_signing_in_the_guide_knows_of_nobody_s_troubles(tanaka: User, client: object) -> None:
    save_endpoint(status="pending-associate")
    response = client.get("/guides/windows/", headers={"accept-language": "en"})  # type: ignore[attr-defined]
    assert "right now" not in response.content.decode()


def test_the_notices_of_other_pages_are_refreshed_alone(tanaka: User, signed_in: SignedIn) -> None:
    download(tanaka, save_endpoint(status="pending-associate"))
    text = signed_in(tanaka).get("/notices/", headers={"hx-request": "true"}).content.decode().strip()
    assert text.startswith('<div class="notices" id="person-notices" hx-get="/notices/"')
    assert text.endswith("</div>")
    assert "tokyo-main can&#x27;t be connected to right now" in text
