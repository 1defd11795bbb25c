"""Who should upgrade, and why: pure."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from vpn.client_versions.releases import (
    Platform,
    minimum_versions,
    newest_release,
    read_platform,
    read_version,
    release_problem,
    releases,
)
from vpn.endpoints.models import Endpoint

# As AWS's release notes have it of a release, or of the next one that mended it
PROBLEMS: Final[dict[str, Promise]] = {
    "unsupported": _("AWS no longer supports this version."),
    "rolled-back": _("AWS took the changes of this version back in the next one."),
    "connections-fail": _("Connections fail in this version."),
    "sign-in-fails": _("Signing in fails at times in this version."),
    "upgrades-blocked": _("This version can't update itself, and AWS no longer supports it."),
}
FEATURES: Final[dict[str, Promise]] = {
    "device-posture": _("The endpoint checks the state of the device (device posture)."),
    "client-route-enforcement": _("The endpoint enforces its routes on the device."),
    "client-route-enforcement-ipv6": _("The endpoint enforces its IPv6 routes on the device."),
    "ipv6": _("The endpoint carries IPv6."),
}


class ClientStatus(StrEnum):
    """UNKNOWN is never CURRENT: what wasn't told or isn't listed can't be called up to date."""

    UNKNOWN = "unknown"
    UPGRADE = "upgrade"
    OLDER = "older"
    CURRENT = "current"


@dataclass(frozen=True)
class ClientUpgrade:
    """``reasons``: sentences, the gravest first. ``minimum``: what the endpoint needs, or empty.

    ``newest``: the release to install; empty if the platform isn't known, and then there is no one answer.
    """

    reasons: tuple[Promise, ...]
    minimum: str
    newest: str


def needs_upgrade(
    version: str | None, platform: str | None, endpoint: Endpoint | None
) -> ClientUpgrade | None:
    """Why somebody with this client must upgrade; None: nothing says so, which isn't the same as "up to date".

    ``version`` and ``platform`` as the connect handler logged them (``platform``: also the log's device-type).
    Without an ``endpoint`` only the release itself is judged. An unknown version never needs an upgrade.
    """
    number, system = read_version(version), read_platform(platform)
    if number is None:
        return None
    missing = [
        (feature, minimum)
        for feature, minimum in endpoint_minimums(endpoint).items()
        if number < (read_version(minimum) or ())
    ]
    # Which releases are bad differs by platform, so without one only the endpoint's needs can be judged.
    problem = release_problem(number, system) if system else ""
    if not missing and not problem:
        return None
    reasons = [FEATURES[feature] for feature, _minimum in missing]
    if problem:
        reasons.append(PROBLEMS[problem])
    return ClientUpgrade(
        reasons=tuple(reasons),
        minimum=max((minimum for _feature, minimum in missing), key=_comparable, default=""),
        newest=newest_release(system).version if system else "",
    )


def client_status(version: str | None, platform: str | None, endpoint: Endpoint | None) -> ClientStatus:
    """UNKNOWN also for a release that isn't listed, unless it is newer than all that are. Arguments as above."""
    number, system = read_version(version), read_platform(platform)
    if needs_upgrade(version, platform, endpoint):
        return ClientStatus.UPGRADE
    if number is None or system is None:
        return ClientStatus.UNKNOWN
    if number >= newest_release(system).number:
        return ClientStatus.CURRENT
    listed = {release.number for release in releases(system)}
    return ClientStatus.OLDER if number in listed else ClientStatus.UNKNOWN


def endpoint_minimums(endpoint: Endpoint | None) -> dict[str, str]:
    """What the endpoint uses that not every client can do: the lowest version that can, by feature."""
    if endpoint is None:
        return {}
    minimums = minimum_versions()
    return {feature: minimums[feature] for feature in _features(endpoint)}


def posture_minimum() -> str:
    """The lowest version of AWS VPN Client that takes part in device posture."""
    return minimum_versions()["device-posture"]


def _features(endpoint: Endpoint) -> list[str]:
    settings = endpoint.settings
    has_ipv6 = settings.get("TrafficIpAddressType") in {"ipv6", "dual-stack"}
    enforces = bool((settings.get("ClientRouteEnforcementOptions") or {}).get("Enforced"))
    used = {
        "device-posture": bool((settings.get("DevicePostureOptions") or {}).get("TrustProviders")),
        "client-route-enforcement-ipv6": enforces and has_ipv6,
        "client-route-enforcement": enforces and not has_ipv6,
        "ipv6": has_ipv6,
    }
    return [feature for feature, is_used in used.items() if is_used]


def _comparable(minimum: str) -> tuple[int, ...]:
    return read_version(minimum) or ()


def platform_label(platform: str | None) -> str:
    """The name of an operating system as people know it; what isn't known stays as it was logged."""
    system: Platform | None = read_platform(platform)
    return system.label if system else (platform or "")
