"""Who looked for whom is recorded: the conditions, not what was found, and leafing through is one search."""

from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone

from portal.access.requests import PortalRequest
from portal.audit.services import record
from portal.audit.tags import Tag
from vpn.connection_log.search.conditions import ConnectionSearch, parameters

LAST: Final = "connections-searched"
ANEW: Final = timedelta(hours=1)


def record_search(request: PortalRequest, search: ConnectionSearch) -> None:
    record_conditions(request, dict(parameters(search)), target=" ".join(search.words))


def record_conditions(request: PortalRequest, conditions: dict[str, str], *, target: str = "") -> None:
    """Once for the same conditions in a session, for an hour."""
    last = request.session.get(LAST, {})
    if last.get("conditions") == conditions and _recent(last.get("at", "")):
        return
    record(
        Tag.CONNECTIONS_SEARCHED,
        actor=request.user,
        target=target,
        address=request.client_address,
        reference=request.reference,
        details=conditions,
    )
    request.session[LAST] = {"conditions": conditions, "at": timezone.now().isoformat()}


def _recent(at: str) -> bool:
    return timezone.now() - datetime.fromisoformat(at) < ANEW
