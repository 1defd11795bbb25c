"""The audit record of sign-ins, sign-outs and refusals."""

from typing import Any, Final

import structlog

from portal import rates
from portal.access.models import User
from portal.access.requests import RequestOrigin
from portal.audit import targets
from portal.audit.services import record
from portal.audit.tags import Tag

# How many refusals a minute are recorded. Nothing can be deleted from the audit record, and anybody can be refused as
# often as they like. The log has every refusal.
RECORDED_PER_ADDRESS: Final = 30
RECORDED_IN_TOTAL: Final = 120

logger = structlog.get_logger(__name__)


def record_sign_in(user: User, *, origin: RequestOrigin, method: str, **details: Any) -> None:
    """``method``: "saml" or "breakglass"."""
    record(
        Tag.SIGN_IN_SUCCEEDED,
        actor=user,
        target=targets.person(user.username),
        address=origin.address,
        reference=origin.reference,
        details={"method": method, "roles": user.roles, **details},
    )
    logger.info("signed in", username=user.username, method=method)


def record_sign_out(user: User, *, origin: RequestOrigin) -> None:
    record(
        Tag.SIGN_OUT,
        actor=user,
        target=targets.person(user.username),
        address=origin.address,
        reference=origin.reference,
    )


def record_refusal(*, origin: RequestOrigin, reason: str, detail: str) -> None:
    """Record that somebody was not let in, without an actor: what they sent proves nothing about who they are.

    The last event of a minute that is recorded says that further ones are in the log only.
    """
    log_refusal(reason=reason, detail=detail)
    from_address = rates.count("refusals", origin.address)
    # What isn't recorded counts for its own address alone: one address must not use up what is left for all.
    if (
        from_address > RECORDED_PER_ADDRESS
        or (in_total := rates.count("refusals", "all")) > RECORDED_IN_TOTAL
    ):
        return
    details = {"reason": reason, "detail": detail}
    if from_address == RECORDED_PER_ADDRESS or in_total == RECORDED_IN_TOTAL:
        details["further"] = "in the log only, for the rest of this minute"
    record(Tag.SIGN_IN_FAILED, address=origin.address, reference=origin.reference, details=details)


def log_refusal(*, reason: str, detail: str = "") -> None:
    """Log a refusal without recording it: for pages that anything can open, such as an image on another site."""
    logger.warning("sign-in refused", reason=reason, detail=detail)
