"""The operating system that a browser names: its family only, since browsers freeze or falsify the version."""

from typing import Final

FAMILIES: Final = (
    ("Windows", "Windows"),
    ("iPhone", "iOS"),
    ("iPad", "iPadOS"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Macintosh", "macOS"),
    ("Linux", "Linux"),
)
# There is no AWS VPN Client for them (AWS: "AWS provided client", system requirements).
MOBILE: Final = frozenset({"iOS", "iPadOS", "Android", "ChromeOS"})


def operating_system(user_agent: str) -> str:
    """Such as ``Windows``; empty if it is none that we know."""
    return next((name for sign, name in FAMILIES if sign in user_agent), "")
