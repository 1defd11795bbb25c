"""Signing in: whether the browser brought AWS the assertion.

Sources: Client VPN administrator guide, "Federated authentication" (the client waits at 127.0.0.1:35001) and
"Connection logging" (``waiting-for-assertion``).
"""

from datetime import timedelta
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from vpn.connection_log.models import Connection, ConnectionStatus
from vpn.connection_log.reasons import REASONS
from vpn.diagnosis.base.facts import PersonFacts
from vpn.diagnosis.base.layer import (
    Cause,
    CauseText,
    EvidenceLine,
    LayerId,
    LayerResult,
    fails,
    holds,
    unknown,
)
from vpn.diagnosis.base.progress import Reached
from vpn.moments import format_recent_moment

# How long somebody may take to sign in before it is worth asking.
UNDER_WAY: Final = timedelta(minutes=2)

NO_ASSERTION: Final = CauseText(
    sentence=gettext_lazy("The sign-in in the browser stopped half-way"),
    tell=(
        gettext_lazy(
            "Please quit AWS VPN Client, open it again and press Connect, and keep the browser window that opens until "
            "it says that authentication is complete."
        ),
        gettext_lazy(
            "If that doesn't help, we check whether another program uses port 35001 on your computer."
        ),
    ),
    agent=gettext_lazy(
        "Does a browser window open? If not, or if it ends with an error, port 35001 is taken or blocked."
    ),
)
UNKNOWN_REASON: Final = CauseText(
    sentence=gettext_lazy("AWS refused the attempt: %(reason)s"),
    tell=(
        gettext_lazy("AWS refused the attempt for a reason that its documents don't explain."),
        gettext_lazy("I will pass it on to the administrators with the exact words."),
    ),
    administrator=gettext_lazy("Look at the connection's raw log events: AWS's words are all that is known."),
)


def check(facts: PersonFacts) -> LayerResult:
    attempt = facts.progress.attempt
    if facts.progress.reached >= Reached.TUNNEL:
        return holds(LayerId.SIGN_IN, EvidenceLine(_("AWS accepted the sign-in"), seen_at=facts.progress.at))
    if attempt is None:
        return unknown(
            LayerId.SIGN_IN,
            EvidenceLine(_("No attempt to connect in 12 hours")),
            ask=_("Does a browser window open after Connect is pressed, and what does it say at the end?"),
        )
    if attempt.status == ConnectionStatus.UNFINISHED and facts.progress.reached < Reached.ADMISSION:
        return _unfinished(facts, attempt)
    if attempt.status == ConnectionStatus.FAILED and attempt.failure_reason not in REASONS:
        reason = attempt.failure_reason or _("no reason given")
        cause = Cause("unknown-reason", UNKNOWN_REASON, {"reason": reason})
        return fails(
            LayerId.SIGN_IN, cause, _line(attempt, _("Failed attempt: %(reason)s") % {"reason": reason})
        )
    # What the handler or the policy refused had signed in before.
    return holds(LayerId.SIGN_IN, _line(attempt, _("AWS accepted the sign-in")))


def _unfinished(facts: PersonFacts, attempt: Connection) -> LayerResult:
    line = _line(attempt, _("AWS waited for the sign-in in the browser, which never came"))
    if attempt.at > facts.now - UNDER_WAY:
        text = _("The person is signing in right now (since %(at)s).")
        return unknown(
            LayerId.SIGN_IN,
            EvidenceLine(text % {"at": format_recent_moment(attempt.at)}),
            ask=_("Wait for two minutes, then look again."),
        )
    lines = [line]
    again = [
        other
        for other in facts.attempts
        if other.status == ConnectionStatus.UNFINISHED and other.at > attempt.at - timedelta(hours=1)
    ]
    if len(again) > 1:
        lines.append(
            EvidenceLine(_("%(count)s attempts within an hour ended like this") % {"count": len(again)})
        )
    if attempt.user_id is None:
        lines.append(
            EvidenceLine(_("Told by the address alone: until the sign-in is over, AWS logs no name."))
        )
    if (
        facts.user is not None
        and facts.user.last_login
        and facts.user.last_login > attempt.at - timedelta(hours=1)
    ):
        lines.append(
            EvidenceLine(_("Signed in to the portal with the same account"), seen_at=facts.user.last_login)
        )
    return fails(LayerId.SIGN_IN, Cause("no-assertion", NO_ASSERTION), *lines)


def _line(attempt: Connection, text: str) -> EvidenceLine:
    return EvidenceLine(text, f"#{attempt.connection_id}", attempt.at)
