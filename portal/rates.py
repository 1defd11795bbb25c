"""Rate limits: a fixed window in the process's own memory, so it holds while Redis is down.

Each web process counts for itself: with N processes the limit is up to N times as high.
"""

import time
from ipaddress import IPv6Address, ip_network

from django.core.cache import cache

from portal.addresses import Address

WINDOW_SECONDS = 60


def is_over(name: str, who: Address | str | None, *, per_minute: int) -> bool:
    """Count one request, and say whether there were more than ``per_minute`` in this window."""
    return count(name, who) > per_minute


def count(name: str, who: Address | str | None) -> int:
    """Count one request, and return how many there were in this window, this one included."""
    # A household or a computer can use any address of its /64.
    counted = ip_network(f"{who}/64", strict=False) if isinstance(who, IPv6Address) else who
    key = f"rate:{name}:{counted}:{int(time.time() // WINDOW_SECONDS)}".replace(" ", "")
    # add() leaves a count that is there already, so requests of several threads count together.
    cache.add(key, 0, timeout=2 * WINDOW_SECONDS)
    try:
        return int(cache.incr(key))
    except ValueError:  # culled between the two calls
        return 1


def seconds_left() -> int:
    """Seconds until the current window ends: at least 1. The value of a Retry-After header."""
    return WINDOW_SECONDS - int(time.time() % WINDOW_SECONDS)
