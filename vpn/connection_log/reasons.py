"""AWS's failure reasons in words: what went wrong, and what the person can do.

Known: Client VPN administrator guide, "Connection logging" and "Connection authorization". AWS documents no list of
all: a reason that is not here is shown as AWS wrote it.
"""

from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# Ours: the browser never brought the assertion of a federated sign-in.
UNFINISHED: Final = "waiting-for-assertion"
POLICY_DENY: Final = "authorization-policy-deny"


@dataclass(frozen=True)
class FailureReasonText:
    text: Promise
    advice: Promise


TRY_AGAIN: Final = _("Try again in a few minutes; if it keeps happening, tell the helpdesk.")
REASONS: Final[dict[str, FailureReasonText]] = {
    UNFINISHED: FailureReasonText(
        _("Sign-in in the browser wasn't finished"),
        _(
            "Connect again and finish the sign-in in the browser window that opens. If none opens, or it ends with an"
            " error, check that nothing blocks the browser or port 35001 on this computer."
        ),
    ),
    POLICY_DENY: FailureReasonText(
        _("This computer or account is not allowed to connect"),
        _("It doesn't meet the company's rules for the VPN. Ask the helpdesk which."),
    ),
    "client-connect-failed": FailureReasonText(
        _("Your company's connection policy refused it"),
        _("AWS VPN Client shows the message of that check. Tell the helpdesk what it says."),
    ),
    "client-connect-handler-timed-out": FailureReasonText(
        _("Your company's check of the connection didn't finish in time"), TRY_AGAIN
    ),
    "client-connect-handler-other-execution-error": FailureReasonText(
        _("Your company's check of the connection failed with an error"), TRY_AGAIN
    ),
    "client-connect-handler-throttled": FailureReasonText(
        _("Your company's check of the connection was overloaded"), TRY_AGAIN
    ),
    "client-connect-handler-invalid-response": FailureReasonText(
        _("Your company's check of the connection gave an answer that AWS can't read"),
        _("You can't do anything about this. Tell the helpdesk."),
    ),
    "client-connect-handler-service-error": FailureReasonText(
        _("AWS couldn't run your company's check of the connection"), TRY_AGAIN
    ),
}


def reason_text(reason: str | None) -> str:
    """In words; an unknown reason as AWS wrote it; empty without one."""
    if not reason:
        return ""
    return str(REASONS[reason].text) if reason in REASONS else reason


def reason_advice(reason: str | None) -> str:
    known = REASONS.get(reason or "")
    return (
        str(known.advice)
        if known
        else str(_("Try again; if it keeps happening, tell the helpdesk this reason."))
    )
