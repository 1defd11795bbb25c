"""Declared addresses, and what people's connection checks say of them."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.translation import override
from pytest_django import Settings

from portal.access.models import User
from tests.conftest import SignedIn
from tests.vpn.endpoints_in_database import save_connection, save_endpoint
from vpn.declared_egress.observed import observe_egress
from vpn.egress.models import EgressCheck
from vpn.endpoints.models import Endpoint
from vpn.findings import egress_contradicted
from vpn.findings.models import Finding

pytestmark = pytest.mark.django_db

DECLARED = "203.0.113.77"
OTHER = "93.184.216.34"


@pytest.fixture
def english() -> Iterator[None]:
    with override("en"):
        yield


@pytest.fixture
def endpoint() -> Endpoint:
    return save_endpoint(egress_ips=[DECLARED])


def check(
    endpoint: Endpoint, username: str, address: str, *, connected: bool = True, minutes: int = 1
) -> None:
    """Somebody who has been connected for 14 minutes, and whose newest check is ``minutes`` old."""
    user = User.objects.create(username=username)
    if connected:
        save_connection(endpoint, username.upper())
    at = timezone.now() - timedelta(minutes=minutes)
    EgressCheck.objects.create(user=user, result="vpn", address=address, checked_at=at)


def test_checks_of_people_who_are_connected_confirm_or_contradict_it(endpoint: Endpoint) -> None:
    assert observe_egress(endpoint, [DECLARED]).tone == "unknown"
    check(endpoint, "a@example.co.jp", DECLARED)
    assert observe_egress(endpoint, [DECLARED]).tone == "ok"
    check(endpoint, "b@example.co.jp", OTHER)
    observed = observe_egress(endpoint, [DECLARED])
    assert (observed.confirmed, observed.others, observed.tone) == (1, {OTHER: 1}, "warn")


def test_what_says_nothing_about_the_endpoint_does_not_count(endpoint: Endpoint) -> None:
    check(endpoint, "away@example.co.jp", OTHER, connected=False)
    check(endpoint, "before@example.co.jp", OTHER, minutes=60)
    check(endpoint, "inside@example.co.jp", "10.0.0.7")
    observed = observe_egress(endpoint, [DECLARED])
    assert (observed.confirmed, observed.others) == (0, {})
    endpoint.split_tunnel = True
    check(endpoint, "split@example.co.jp", OTHER)
    assert observe_egress(endpoint, [DECLARED]).others == {}


def test_a_connection_of_somebody_whose_name_differs_in_case_only_tells_nothing(endpoint: Endpoint) -> None:
    check(endpoint, "u-abc", OTHER, connected=False)
    check(endpoint, "u-ABC", DECLARED, connected=False)
    save_connection(endpoint, "u-ABC")
    observed = observe_egress(endpoint, [DECLARED])
    assert (observed.confirmed, observed.others) == (1, {})


def test_an_address_of_another_ip_version_contradicts_nothing(endpoint: Endpoint) -> None:
    """IPv6 goes past a tunnel that carries IPv4 only."""
    check(endpoint, "v6@example.co.jp", "2a01:4f8::7")
    assert observe_egress(endpoint, [DECLARED]).others == {}
    assert observe_egress(endpoint, ["2a01:4f8::1"]).others == {"2a01:4f8::7": 1}


def test_a_contradiction_is_a_finding_with_who_when_and_of_how_many(
    endpoint: Endpoint, settings: Settings, english: None
) -> None:
    settings.VPN_DECLARED_EGRESS = {endpoint.endpoint_id: [DECLARED]}
    check(endpoint, "a@example.co.jp", DECLARED)
    check(endpoint, "b@example.co.jp", OTHER)
    now = timezone.now()
    # Where AWS shows an address, what was declared doesn't count.
    assert egress_contradicted.detect(now) == []
    endpoint.egress = [
        {"subnet_id": "a", "via": "tgw-0", "addresses": [DECLARED], "reasons": ["addresses-declared"]}
    ]
    endpoint.save()
    [detected] = egress_contradicted.detect(now)
    finding = Finding(kind="egress-contradicted", subject=detected.subject, evidence=detected.evidence)
    text = egress_contradicted.describe(finding, {"b@example.co.jp": "Bianca"}).text
    assert f"declared is {DECLARED}, but 1 of 2 people" in text
    assert f"seen with {OTHER}" in text
    assert "(Bianca)" in text
    EgressCheck.objects.filter(address=OTHER).update(address=DECLARED)
    assert egress_contradicted.detect(now) == []


def test_the_endpoint_s_page_shows_it_as_declared(
    endpoint: Endpoint, settings: Settings, takahashi: User, signed_in: SignedIn
) -> None:
    client: Client = signed_in(takahashi)
    assert "Declared:" not in client.get(f"/endpoints/{endpoint.endpoint_id}/").content.decode()
    settings.VPN_DECLARED_EGRESS = {endpoint.endpoint_id: [DECLARED]}
    check(endpoint, "a@example.co.jp", DECLARED)
    page = client.get(f"/endpoints/{endpoint.endpoint_id}/").content.decode()
    assert f"Declared: {DECLARED}" in page
    assert "1 person who was connected was seen with it" in page
