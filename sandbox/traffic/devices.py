"""What people's devices bring to Client VPN: the client's version, and the tokens of device trust providers."""

from dataclasses import dataclass
from random import Random
from typing import Any, Final

from sandbox.company import PEOPLE

# User guide, "Setting up a device trust provider": CrowdStrike has no agent for Linux, Jamf only one for macOS.
CROWDSTRIKE: Final = ("win", "mac")
JAMF: Final = ("mac",)
NEWEST_CLIENT: Final = "6.2.0"
# User guide, release notes: from before device posture, which bring no token; 6.0.3 and 6.0.0 are bad.
OLDER_CLIENTS: Final = ("6.1.1", "6.0.2", "6.0.3", "6.0.0")
# Some other OpenVPN client, which tells no version of AWS's and knows nothing of device posture
OTHER_CLIENT: Final = ""
# Somebody whom the browser can sign in as has a version to read about: the portal asks that person to upgrade.
KNOWN_CLIENTS: Final = {PEOPLE[0].email: "6.0.3"}
# Chances, chosen so that each of AWS's log samples is seen every day: of a device, and of one session of it.
IS_OLDER: Final = 0.08
IS_OTHER: Final = 0.03
IS_UNHEALTHY: Final = 0.08
TOKEN_FAILS: Final = 0.08
GETS_WORSE: Final = 0.05
HEALTHY_SCORE: Final = 90
FAILURES: Final = ("token-expired", "token-malformed", "key-resolution-failed", "network-error")


@dataclass(frozen=True)
class Device:
    """One session's device. ``later``: its tokens some time after it has connected; None: as at the beginning."""

    client_version: str
    tokens: dict[str, Any]
    later: dict[str, Any] | None


def device_of_session(username: str, kind: str, key: str) -> Device:
    """The same for the same session; a device keeps its client and its health from one session to the next."""
    lasting = Random(f"{username}/{kind}")  # noqa: S311  # a game that must be the same for the same seed
    drawn = lasting.random()
    version = lasting.choice(OLDER_CLIENTS) if drawn < IS_OLDER else NEWEST_CLIENT
    if drawn > 1 - IS_OTHER:
        version = OTHER_CLIENT
    healthy = lasting.random() >= IS_UNHEALTHY
    score = lasting.randint(62, 98) if healthy else lasting.randint(15, 45)
    passing = Random(f"{key}/device")  # noqa: S311  # as above
    tokens = device_tokens(kind, score)
    if tokens and passing.random() < TOKEN_FAILS:
        tokens |= {"crowdstrike": passing.choice(FAILURES)}
    worse = device_tokens(kind, 30) if tokens and healthy and passing.random() < GETS_WORSE else None
    return Device(KNOWN_CLIENTS.get(username, version), tokens, worse)


def device_tokens(kind: str, score: int) -> dict[str, Any]:
    """Claims as AWS's admin guide lists them for each provider."""
    tokens: dict[str, Any] = {}
    if kind in CROWDSTRIKE:
        assessment = {"overall": score, "os": score, "sensor_config": score, "version": "3.8.0"}
        platform = "Windows 11" if kind == "win" else "macOS"
        tokens["crowdstrike"] = {"assessment": assessment, "cid": "sandbox-cid", "platform": platform}
    if kind in JAMF:
        tokens["jamf"] = {"risk": "SECURE" if score > 50 else "HIGH", "groups": ["12"], "osv": "15.1"}
    return tokens
