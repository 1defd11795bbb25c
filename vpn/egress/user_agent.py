"""The operating system that a browser names: its family only, since browsers freeze or falsify the version."""

FAMILIES = (
    ("Windows", "Windows"),
    ("iPhone", "iOS"),
    ("iPad", "iPadOS"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Macintosh", "macOS"),
    ("Linux", "Linux"),
)


def operating_system(user_agent: str) -> str:
    """Such as ``Windows``; empty if it is none that we know."""
    return next((name for sign, name in FAMILIES if sign in user_agent), "")
