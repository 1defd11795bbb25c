"""Recording that somebody looked at the data of others: once for the same look, however often the page loads."""

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final

from django.utils import timezone

from portal.access.names import is_same_account
from portal.access.requests import PortalRequest
from portal.audit.services import record
from portal.audit.tags import Tag
from portal.audit.targets import EVERYBODY, AuditTarget

SESSION_KEY: Final = "recorded-looks"
RECORD_AGAIN_AFTER: Final = timedelta(hours=1)
# Going back and forth between so many pages records each once; a session holds no more of them.
MAX_REMEMBERED: Final = 20
# Of more people the event names none, and is found under each of all.
MAX_NAMED: Final = 100


def record_look(
    request: PortalRequest,
    tag: Tag,
    *,
    target: AuditTarget | None = None,
    people: Iterable[str] = (),
    details: dict[str, Any] | None = None,
) -> None:
    """``people``: usernames of those whose data the answer shows. What is one's own is no look at somebody else.

    A reload, the next page, or a page that asks again by itself is the same look at the same people for an hour; one
    event for each would bury the others. Whoever is shown for the first time is recorded at once.
    """
    own = request.user.username
    shown = {username for username in people if username and not is_same_account(username, own)}
    target_key = [target.kind.value, target.id] if target else []
    key = hashlib.sha256(json.dumps([tag, target_key, details], sort_keys=True).encode()).hexdigest()[:16]
    # A copy: a look that was recorded before must stay in the session as it is.
    looks = dict(request.session.get(SESSION_KEY, {}))
    last = looks.pop(key, None)
    before = set(last["people"]) if last and _is_recent(last["at"]) else None
    if before is not None and shown <= before:
        return
    record(
        tag,
        actor=request.user,
        target=target,
        people=shown,
        address=request.client_address,
        reference=request.reference,
        details=details,
    )
    looks[key] = {"at": timezone.now().isoformat(), "people": sorted((before or set()) | shown)}
    request.session[SESSION_KEY] = dict(list(looks.items())[-MAX_REMEMBERED:])


def record_file(
    request: PortalRequest, tag: Tag, *, target: AuditTarget, people: Iterable[str], details: dict[str, Any]
) -> None:
    """A file is recorded each time: it may be read by others, who leave no trace. The fields are record_look()'s."""
    own = request.user.username
    shown = {username for username in people if username and not is_same_account(username, own)}
    record(
        tag,
        actor=request.user,
        target=target,
        people=shown if len(shown) <= MAX_NAMED else [EVERYBODY],
        address=request.client_address,
        reference=request.reference,
        details={"format": "csv", **details},
    )


def _is_recent(at: str) -> bool:
    return timezone.now() - datetime.fromisoformat(at) < RECORD_AGAIN_AFTER
