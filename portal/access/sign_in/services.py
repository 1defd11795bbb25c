"""The audit record of sign-ins, sign-outs and refusals."""

from typing import Final

import structlog

from portal import rates
from portal.access.models import User
from portal.access.requests import RequestOrigin
from portal.audit import targets
from portal.audit.services import record
from portal.audit.tags import Tag

# Refusals that are recorded a minute, of one address and of all. Nothing can be deleted from the audit record, and
# anybody can be refused as often as they like; the log has each.
RECORDED_OF_ADDRESS: Final = 30
RECORDED_OF_ALL: Final = 120

logger = structlog.get_logger(__name__)


def record_sign_in(user: User, *, origin: RequestOrigin, method: str) -> None:
    record(
        Tag.SIGN_IN_SUCCEEDED,
        actor=user,
        target=targets.person(user.username),
        address=origin.address,
        reference=origin.reference,
        details={"method": method, "roles": user.roles},
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
    """Somebody was not let in; who it was is not known, because what they sent proves nothing.

    The last event of a minute that is recorded says that further ones are in the log only.
    """
    log_refusal(reason=reason, detail=detail)
    of_address = rates.count("refusals", origin.address)
    # What isn't recorded counts for its own address alone: one address must not use up what is left for all.
    if of_address > RECORDED_OF_ADDRESS or (of_all := rates.count("refusals", "all")) > RECORDED_OF_ALL:
        return
    details = {"reason": reason, "detail": detail}
    if of_address == RECORDED_OF_ADDRESS or of_all == RECORDED_OF_ALL:
        details["further"] = "in the log only, for the rest of this minute"
    record(Tag.SIGN_IN_FAILED, address=origin.address, reference=origin.reference, details=details)


def log_refusal(*, reason: str, detail: str = "") -> None:
    """For what not even a message came with: a page that anything, such as an image on another site, can open."""
    logger.warning("sign-in refused", reason=reason, detail=detail)
