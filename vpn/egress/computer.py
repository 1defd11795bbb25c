"""The operating system that a browser says it runs on: its family only, since the version is not told truly."""

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
