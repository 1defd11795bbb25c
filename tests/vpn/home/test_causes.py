"""Why it has just failed, on the home page: by the helpdesk's diagnosis, without what is the helpdesk's alone."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.utils import timezone

from portal.access.models import User
from tests.conftest import SignedIn
from tests.vpn.connection_log.log_lines import connection_id, failed, keep
from tests.vpn.endpoints_in_database import CONFIGURATION, save_endpoint
from vpn.connect_attempts.models import ConnectAttempt
from vpn.endpoints.models import Endpoint
from vpn.profiles.models import ProfileDownload

pytestmark = pytest.mark.django_db
OUTSIDE = "198.51.100.27"


@pytest.fixture
def endpoint(tanaka: User) -> Endpoint:
    """Its newest profile was taken two days ago, and changed yesterday."""
    endpoint = save_endpoint()
    ProfileDownload.objects.create(
        user=tanaka,
        endpoint=endpoint,
        configuration_hash=endpoint.configuration_hash,
        downloaded_at=timezone.now() - timedelta(days=2),
    )
    return endpoint


def fail(user: User, endpoint: Endpoint, *, number: int = 1, **changes: Any) -> None:
    at = timezone.now() - timedelta(minutes=1)
    values = {"client_vpn_endpoint_id": endpoint.endpoint_id, "username": user.username}
    keep([failed(number, at=f"{at:%Y-%m-%d %H:%M:%S}", **(values | changes))])


def home(user: User, signed_in: SignedIn) -> str:
    page = signed_in(user).get("/", headers={"x-forwarded-for": OUTSIDE}).content.decode()
    return unescape(page.partition('<main id="main"')[2].partition("</main>")[0])


def test_what_only_others_can_mend_is_said_without_who_or_why(
    endpoint: Endpoint, tanaka: User, signed_in: SignedIn
) -> None:
    fail(tanaka, endpoint, reason="client-connect-failed")
    ConnectAttempt.objects.create(
        connection_id=connection_id(1),
        at=timezone.now() - timedelta(minutes=1),
        endpoint_id=endpoint.endpoint_id,
        username=tanaka.username,
        decision="deny",
        reason="on-deny-list",
    )
    page = home(tanaka, signed_in)
    assert "Your account is blocked from the VPN at the moment." in page
    # What an agent would promise, and what the evidence names
    assert "pass it on" not in page
    assert "deny list" not in page
    assert "Copy diagnosis" in page
    assert "How to fix this" not in page


def test_what_the_person_can_mend_comes_with_the_cure(
    endpoint: Endpoint, tanaka: User, signed_in: SignedIn
) -> None:
    # The file is from before the check of devices was in it.
    configuration = f"{CONFIGURATION}\naws-auth-device-posture"
    Endpoint.objects.update(configuration=configuration, configuration_hash="0" * 64)
    fail(tanaka, endpoint)
    page = home(tanaka, signed_in)
    assert "have changed since you downloaded" in page
    assert re.search(r'button-primary" href="/profiles/"', page)


def test_after_a_success_nothing_is_diagnosed(endpoint: Endpoint, tanaka: User, signed_in: SignedIn) -> None:
    assert "The attempt to connect" not in home(tanaka, signed_in)
