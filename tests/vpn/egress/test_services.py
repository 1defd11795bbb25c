"""What is kept of each person's newest check."""

from datetime import timedelta
from ipaddress import ip_address

import time_machine
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from portal.access.models import User
from tests.conftest import SignedIn
from tests.vpn.endpoints_in_database import save_endpoint
from vpn.egress.models import EgressCheck
from vpn.egress.services import record_result
from vpn.egress.verdict import EgressResult

HOME, VPN = ip_address("198.51.100.27"), ip_address("203.0.113.10")


def test_only_the_newest_result_is_kept(tanaka: User) -> None:
    record_result(EgressResult.OUTSIDE, user=tanaka, address=HOME)
    record_result(EgressResult.VPN, user=tanaka, address=VPN)
    (kept,) = EgressCheck.objects.all()
    assert (kept.result, kept.address) == ("vpn", "203.0.113.10")


def test_a_page_that_asks_again_and_again_writes_once_a_minute(
    tanaka: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    record_result(EgressResult.VPN, user=tanaka, address=VPN)
    with django_assert_num_queries(1):
        record_result(EgressResult.VPN, user=tanaka, address=VPN)
    later = timezone.now() + timedelta(seconds=61)
    with time_machine.travel(later):
        record_result(EgressResult.VPN, user=tanaka, address=VPN)
    assert EgressCheck.objects.get().checked_at >= later


def test_it_works_where_the_address_cannot_be_told(tanaka: User) -> None:
    record_result(EgressResult.UNKNOWN, user=tanaka, address=None)
    assert EgressCheck.objects.get().address is None


def test_what_the_browser_says_of_itself_is_not_kept(tanaka: User, signed_in: SignedIn) -> None:
    save_endpoint()
    signed_in(tanaka).get("/egress/?v6=2001:db8::1", headers={"x-forwarded-for": str(VPN)})
    kept = EgressCheck.objects.get()
    assert (kept.result, kept.address) == ("vpn_v6", str(VPN))
