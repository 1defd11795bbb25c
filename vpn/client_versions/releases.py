"""The list of releases (releases.json), read once: pure. Source: AWS Client VPN User Guide, release notes."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, Final

Version = tuple[int, ...]

LIST: Final = Path(__file__).with_name("releases.json")
VERSION: Final = re.compile(r"\d{1,4}(?:\.\d{1,5}){1,3}", re.ASCII)


class Platform(StrEnum):
    """The operating systems that there is an AWS VPN Client for. The same release may be bad on one of them only."""

    WINDOWS = "windows"
    MACOS = "macos"
    LINUX = "linux"

    @property
    def label(self) -> str:
        """Its name, the same in every language."""
        return _LABELS[self]


_LABELS: Final = {Platform.WINDOWS: "Windows", Platform.MACOS: "macOS", Platform.LINUX: "Linux"}
# AWS documents no list of what a handler's ``platform`` or the log's ``device-type`` can be. In samples of the log are
# mac, win and linux, which are OpenVPN's own (IV_PLAT); the others are what else a client could reasonably send.
_BEGINNINGS: Final = (
    ("win", Platform.WINDOWS),
    ("mac", Platform.MACOS),
    ("osx", Platform.MACOS),
    ("darwin", Platform.MACOS),
    ("linux", Platform.LINUX),
    ("ubuntu", Platform.LINUX),
)


@dataclass(frozen=True)
class ClientRelease:
    """``problem``: a key of vpn.client_versions.upgrades.PROBLEMS; empty: AWS knows of none."""

    platform: Platform
    version: str
    released: date
    problem: str

    @property
    def number(self) -> Version:
        return _parts(self.version)


def read_version(text: str | None) -> Version | None:
    """``6.0.3`` as numbers that compare; None for what is no version, such as an empty text or ``NA``."""
    text = (text or "").strip()
    return _parts(text) if VERSION.fullmatch(text) else None


def read_platform(text: str | None) -> Platform | None:
    """What a handler's ``platform`` or the log's ``device-type`` means; None for anything else."""
    text = (text or "").strip().lower()
    return next((platform for beginning, platform in _BEGINNINGS if text.startswith(beginning)), None)


@cache
def releases(platform: Platform) -> list[ClientRelease]:
    """The listed releases of a platform, newest first."""
    rows = [
        ClientRelease(
            platform, row["version"], date.fromisoformat(row["released"]), str(row.get("problem", ""))
        )
        for row in _read()["releases"]
        if row["platform"] == platform
    ]
    return sorted(rows, key=lambda release: release.number, reverse=True)


def newest_release(platform: Platform) -> ClientRelease:
    """The newest that has no known problem: what somebody who must upgrade should install."""
    return next(release for release in releases(platform) if not release.problem)


def release_problem(number: Version, platform: Platform) -> str:
    """Why this release is bad, as in ClientRelease; empty if nothing is known against it.

    Not listed and newer than the oldest that is: nothing is known of it, so nothing is said against it.
    """
    listed = releases(platform)
    for release in listed:
        if release.number == number:
            return release.problem
    # AWS's tables say "No longer supported" of every release that is older than the oldest one listed here.
    return "unsupported" if number < listed[-1].number else ""


@cache
def minimum_versions() -> Mapping[str, str]:
    """The lowest version that can do it, by feature: ``device-posture``, ``client-route-enforcement`` and the like."""
    return {row["feature"]: row["minimum"] for row in _read()["minimums"]}


@cache
def _read() -> dict[str, Any]:
    return dict(json.loads(LIST.read_text(encoding="utf-8")))


def _parts(text: str) -> Version:
    """Without zeros at the end, so that 6.2 and 6.2.0 are the same."""
    parts = [int(part) for part in text.split(".")]
    while parts and not parts[-1]:
        parts.pop()
    return tuple(parts)
