"""Why a snapshot can't be trusted: asked by every part that rests on one."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Final

from django.conf import settings
from django.utils.translation import gettext_noop as _

from vpn.assurance.facts import Facts
from vpn.assurance.part import PartResult, unknown
from vpn.assurance.sentences import InnerSentence
from vpn.aws.errors import AccessDenied, refused_action
from vpn.endpoints.models import Endpoint, SnapshotModel
from vpn.endpoints.queries import STALE_AFTER_SNAPSHOTS
from vpn.endpoints.reasons import ERRORS, LACKS_PERMISSION

OLD: Final = _("AWS's last good answer is of %(seen_at)s. %(reason_text)s")
NEVER: Final = _("AWS hasn't answered yet. %(reason_text)s")

EndpointRule = Callable[[Facts, Endpoint], PartResult | None]


def snapshot_age_allowed() -> timedelta:
    return timedelta(seconds=STALE_AFTER_SNAPSHOTS * settings.SNAPSHOT_SECONDS)


def doubt(facts: Facts, endpoint: Endpoint) -> PartResult | None:
    """UNKNOWN while the endpoint's snapshot is old, with what AWS answered; None: it can be trusted."""
    seen_at = endpoint.seen_at
    if seen_at is not None and seen_at >= facts.now - snapshot_age_allowed():
        return None
    # The account's failure says why nothing of it was read; the endpoint's own, why only this one wasn't.
    reason = error_text(endpoint) or error_text(endpoint.account)
    if seen_at is None:
        return unknown(NEVER, reason_text=reason)
    return unknown(OLD, seen_at=seen_at.isoformat(), reason_text=reason)


def error_text(row: SnapshotModel) -> str | InnerSentence:
    """Called while no language is active, so that it is a msgid; of a refusal with the action that AWS named."""
    if row.error_id == AccessDenied.id and (action := refused_action(row.error_message)):
        return {"sentence": LACKS_PERMISSION, "values": {"action": action}}
    return str(ERRORS.get(row.error_id, ERRORS["aws-failed"])) if row.error_id else ""


def while_usable(rule: EndpointRule) -> EndpointRule:
    """Ask only of an endpoint that is there and that people are meant to use now; of an old snapshot say so."""

    @wraps(rule)
    def asked(facts: Facts, endpoint: Endpoint) -> PartResult | None:
        # What is gone or closed has its own part; all else about it would only repeat that.
        if endpoint.vanished_at is not None or endpoint.pk in facts.planned or is_closed(facts, endpoint):
            return None
        return doubt(facts, endpoint) or rule(facts, endpoint)

    return asked


def is_closed(facts: Facts, endpoint: Endpoint) -> bool:
    trouble = facts.troubles.get(endpoint.pk)
    return trouble is not None and trouble.kind != "no-egress"
