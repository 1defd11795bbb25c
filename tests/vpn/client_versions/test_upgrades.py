"""Who should upgrade: by AWS's release notes, and by what the endpoint uses."""

from datetime import date
from itertools import pairwise

import pytest
from django.utils import translation

from vpn.client_versions.releases import Platform, newest_release, releases
from vpn.client_versions.upgrades import (
    FEATURES,
    PROBLEMS,
    ClientStatus,
    client_status,
    endpoint_minimums,
    needs_upgrade,
)
from vpn.endpoints.models import Endpoint

POSTURE = {"DevicePostureOptions": {"TrustProviders": [{"TrustProviderType": "jamf"}]}}
ENFORCED = {"ClientRouteEnforcementOptions": {"Enforced": True}}
DUAL_STACK = {"TrafficIpAddressType": "dual-stack"}


@pytest.mark.parametrize(
    ("version", "platform", "status"),
    [
        # Bad on one system, and good on another.
        ("6.0.3", "win", "upgrade"),
        ("6.0.3", "mac", "upgrade"),
        ("6.1.0", "Windows", "upgrade"),
        ("6.0.0", "mac", "upgrade"),
        ("5.3.5", "win", "upgrade"),
        ("5.3.5", "mac", "older"),
        ("5.3.2", "win", "upgrade"),
        # Between good ones, AWS took away the support of some.
        ("5.2.1", "win", "upgrade"),
        ("5.2.2", "win", "older"),
        # Older than anything that is still supported
        ("3.8.0", "win", "upgrade"),
        ("5.3.2", "linux", "upgrade"),
        ("1.0.0", "macOS 15", "upgrade"),
        ("6.0.2", "linux", "older"),
        ("6.2.0", "win", "current"),
        ("6.2", "win", "current"),
        ("6.2.0.1", "win", "current"),
        ("7.0.0", "linux", "current"),
        # Not listed, and not told: nobody knows.
        ("6.0.9", "win", "unknown"),
        ("6.0.3", "solaris", "unknown"),
        ("6.0.3", None, "unknown"),
        *[(text, "win", "unknown") for text in ("", None, "NA", "-", "6", "v6.2.0", "6.2.0-beta", "six")],
    ],
)
def test_a_release_is_judged_by_its_system(version: str | None, platform: str | None, status: str) -> None:
    assert client_status(version, platform, None) == status
    assert (needs_upgrade(version, platform, None) is not None) == (status == ClientStatus.UPGRADE)


def test_what_the_endpoint_uses_asks_for_more_of_a_good_release() -> None:
    assert needs_upgrade("6.1.1", "win", Endpoint()) is None
    upgrade = needs_upgrade("6.1.1", "win", Endpoint(settings=POSTURE))
    assert upgrade is not None
    assert (upgrade.minimum, upgrade.newest) == ("6.2.0", "6.2.0")
    assert upgrade.reasons == (FEATURES["device-posture"],)
    assert needs_upgrade("6.2.0", "win", Endpoint(settings=POSTURE)) is None
    # The endpoint's needs are the same on every system, so that they can be judged without one.
    assert needs_upgrade("6.1.1", None, Endpoint(settings=POSTURE)) is not None
    assert needs_upgrade(None, "win", Endpoint(settings=POSTURE)) is None
    both = needs_upgrade("5.2.0", "win", Endpoint(settings=POSTURE | DUAL_STACK))
    assert both is not None
    assert both.minimum == "6.2.0"
    assert both.reasons == (FEATURES["device-posture"], FEATURES["ipv6"], PROBLEMS["unsupported"])


def test_an_endpoint_needs_what_its_settings_use() -> None:
    assert endpoint_minimums(None) == endpoint_minimums(Endpoint()) == {}
    assert endpoint_minimums(Endpoint(settings=ENFORCED)) == {"client-route-enforcement": "5.2.0"}
    assert endpoint_minimums(Endpoint(settings=ENFORCED | DUAL_STACK)) == {
        "client-route-enforcement-ipv6": "5.3.0",
        "ipv6": "5.3.0",
    }
    # AWS leaves the members out or sends them empty where nothing is set.
    empty: dict[str, object] = {
        "DevicePostureOptions": None,
        "ClientRouteEnforcementOptions": {},
        "TrafficIpAddressType": "ipv4",
    }
    assert endpoint_minimums(Endpoint(settings=empty)) == {}


def test_the_list_is_whole() -> None:
    for platform in Platform:
        listed = releases(platform)
        assert all(newer.number > older.number for newer, older in pairwise(listed))
        assert {release.problem for release in listed} - {""} <= set(PROBLEMS)
        assert all(release.released <= date(2100, 1, 1) for release in listed)
        assert not newest_release(platform).problem
    with translation.override("ja"):
        assert all("バージョン" in str(text) for text in PROBLEMS.values())
