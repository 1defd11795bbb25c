"""How many names an agent has been shown: letter by letter, the directory can be read without opening anybody.

Counted in the process's own memory, as portal.rates does: with N web processes the limit is up to N times as high.
"""

import time
from typing import Final

from django.core.cache import cache

from portal.access.requests import PortalRequest
from portal.audit.services import record
from portal.audit.tags import Tag
from vpn.helpdesk.search import HelpdeskSearch

# Twenty calls an hour, with some fifteen names shown while each is typed
NAMES_AN_HOUR: Final = 300
HOUR: Final = 3600


def counted(request: PortalRequest, result: HelpdeskSearch) -> HelpdeskSearch:
    """The result, or none if the agent has seen too many names within the hour; that is recorded once."""
    key = f"helpdesk-names:{request.user.pk}:{int(time.time() // HOUR)}"
    seen: set[str] = cache.get(key, set())
    if len(seen) >= NAMES_AN_HOUR:
        return HelpdeskSearch(too_many=True)
    now_seen = seen | {person.username for person in result.people}
    cache.set(key, now_seen, 2 * HOUR)
    if len(now_seen) >= NAMES_AN_HOUR:
        record(
            Tag.HELPDESK_MANY_NAMES,
            actor=request.user,
            address=request.client_address,
            reference=request.reference,
            details={"names_shown": len(now_seen)},
        )
    return result
