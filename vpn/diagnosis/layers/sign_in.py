"""Signing in: whether the browser brought AWS the assertion.

Sources: Client VPN administrator guide, "Federated authentication" (the client waits at 127.0.0.1:35001; a SAML
response of at most 128 KB; the NameID is an e-mail address), "Client VPN quotas" (200 groups a person) and "Connection
logging" (``waiting-for-assertion``); AWS Client VPN User Guide, "Troubleshooting".
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
from vpn.diagnosis.base.symptoms import Symptom
from vpn.diagnosis.layers.client import told_line
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
PORT_TAKEN: Final = CauseText(
    sentence=gettext_lazy("Another program on the person's computer uses a port that the sign-in needs"),
    tell=(
        gettext_lazy(
            "Another program on your computer uses a port that AWS VPN Client needs for signing in."
        ),
        gettext_lazy("Please restart the computer and open AWS VPN Client before anything else."),
    ),
    agent=gettext_lazy(
        "Ports 35001 and 8096 to 8115 must be free; development tools often take one of them."
    ),
)
NO_BROWSER: Final = CauseText(
    sentence=gettext_lazy("The sign-in doesn't open in the person's browser"),
    tell=(
        gettext_lazy("Please close all windows of your browser, then press Connect again."),
        gettext_lazy("If nothing opens, choose another default browser in the settings of the computer."),
    ),
    agent=gettext_lazy("Ask for programs that lock the browser down, and whether other pages open in it."),
)
TOO_LARGE: Final = CauseText(
    sentence=gettext_lazy("The identity provider sends more about the person than AWS takes (128 KB)"),
    tell=(
        gettext_lazy("AWS can't take your sign-in, most likely because your account is in very many groups."),
        gettext_lazy("I will pass it on to the administrators; you can't change it on your computer."),
    ),
    administrator=gettext_lazy(
        "Have the identity provider send only the groups that authorization rules name."
    ),
)
REFUSED: Final = CauseText(
    sentence=gettext_lazy("AWS doesn't accept what the identity provider says of the person"),
    tell=(
        gettext_lazy("You signed in, but AWS doesn't accept the answer of the company's sign-in."),
        gettext_lazy("I will pass it on to the administrators; you can't change it on your computer."),
    ),
    administrator=gettext_lazy(
        "Check the NameID (an e-mail address), the attributes, and that assertion and response are both signed."
    ),
)
CLOCK: Final = CauseText(
    sentence=gettext_lazy("The clock of the person's computer is wrong"),
    tell=(
        gettext_lazy("The clock of your computer is wrong, so it takes our certificates for invalid."),
        gettext_lazy(
            "Please have it set the date, the time and the time zone by itself, then connect again."
        ),
    ),
)
MANY_GROUPS: Final = CauseText(
    sentence=gettext_lazy("The person is in %(groups)s groups, and AWS reads only 200 of them"),
    tell=(
        gettext_lazy("Your account is in so many groups that the VPN doesn't see the one that it needs."),
        gettext_lazy("I will pass it on to the administrators; you can't change it on your computer."),
    ),
    administrator=gettext_lazy(
        "Have the identity provider send only the groups that authorization rules name."
    ),
)
NAME_CUT: Final = CauseText(
    sentence=gettext_lazy("AWS gets the person's name cut off: %(name)s"),
    tell=(
        gettext_lazy("The company's sign-in hands your name over incompletely, so the VPN doesn't know you."),
        gettext_lazy("I will pass it on to the administrators; you can't change it on your computer."),
    ),
    administrator=gettext_lazy("Have the identity provider send the whole e-mail address as the NameID."),
)
# Client VPN quotas: groups of a person that are read
MOST_GROUPS: Final = 200
BY_SYMPTOM: Final = (
    (Symptom.CLOCK, "clock-wrong", CLOCK),
    (Symptom.TOO_LARGE, "assertion-too-large", TOO_LARGE),
    (Symptom.CREDENTIALS, "assertion-refused", REFUSED),
    (Symptom.NO_PORTS, "port-taken", PORT_TAKEN),
    (Symptom.NO_BROWSER, "no-browser", NO_BROWSER),
)


def check(facts: PersonFacts) -> LayerResult:
    attempt = facts.progress.attempt
    if groups_cut := _groups_cut(facts):
        return groups_cut
    if not facts.is_connected and (result := _by_what_is_told(facts)):
        return result
    if facts.progress.reached >= Reached.TUNNEL:
        return holds(LayerId.SIGN_IN, EvidenceLine(_("AWS accepted the sign-in"), seen_at=facts.progress.at))
    if facts.unlogged is not None:
        # AWS asks the handler only after somebody has signed in.
        text = _("The connect handler was asked about the person")
        return holds(LayerId.SIGN_IN, EvidenceLine(text, seen_at=facts.unlogged.at))
    if attempt is None:
        return unknown(
            LayerId.SIGN_IN,
            EvidenceLine(_("No attempt to connect in 12 hours")),
            ask=_("Does a browser window open after Connect is pressed, and what does it say at the end?"),
        )
    if facts.is_history:
        return unknown(
            LayerId.SIGN_IN,
            _line(attempt, _("The newest attempt that was logged; the connection log is behind since.")),
            ask=_("When did the person last press Connect, and what did AWS VPN Client say?"),
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


def _by_what_is_told(facts: PersonFacts) -> LayerResult | None:
    for symptom, cause_id, text in BY_SYMPTOM:
        if facts.told.has(symptom):
            return fails(LayerId.SIGN_IN, Cause(cause_id, text), told_line(facts, symptom))
    if facts.cut_name and facts.progress.reached < Reached.TUNNEL:
        line = EvidenceLine(_("Attempts of %(name)s in the connection log") % {"name": facts.cut_name})
        return fails(LayerId.SIGN_IN, Cause("name-cut", NAME_CUT, {"name": facts.cut_name}), line)
    return None


def _groups_cut(facts: PersonFacts) -> LayerResult | None:
    """More groups than AWS reads. Whoever gets where the rules lead isn't touched by it."""
    user, endpoint = facts.user, facts.endpoint
    if user is None or endpoint is None or len(user.groups) <= MOST_GROUPS:
        return None
    if facts.progress.reached is Reached.EGRESS or any(
        rule.get("access_all") for rule in endpoint.authorization_rules
    ):
        return None
    line = EvidenceLine(
        _("%(count)s groups at the last sign-in to this portal") % {"count": len(user.groups)},
        seen_at=user.last_login,
    )
    named = {rule["group_id"] for rule in endpoint.authorization_rules if rule.get("group_id")}
    wanted, seen = named & set(user.groups), set(facts.handler.groups) if facts.handler else set()
    if not wanted or (seen and seen >= wanted):
        return None
    if not seen and facts.progress.reached < Reached.TUNNEL and facts.progress.attempt is not None:
        # AWS refused or waited for another reason, which the attempt itself tells.
        return None
    cause = Cause("too-many-groups", MANY_GROUPS, {"groups": len(user.groups)})
    return fails(LayerId.SIGN_IN, cause, line)


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
