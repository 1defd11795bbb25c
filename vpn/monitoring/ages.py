"""Ages as metrics have them."""

from datetime import datetime
from typing import Final

# What never happened is infinitely old, so that a rule about ages needs no second condition.
NEVER: Final = float("inf")


def age_seconds(moment: datetime | None, now: datetime) -> float:
    """Seconds since ``moment``, at least 0; NEVER for None."""
    return max(0.0, (now - moment).total_seconds()) if moment else NEVER
