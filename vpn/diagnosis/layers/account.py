"""The account: whether the person is known, in the directory, and in a group that an endpoint lets in.

Source: Client VPN administrator guide, "Authorization rules": who is in no group that a rule names reaches nothing.
"""

from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.text import join_words
from vpn.connect_attempts.models import HandlerDecision
from vpn.diagnosis.base.blocks import Block
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
from vpn.endpoints.queries import is_stale
from vpn.moments import format_moment

# A reason of infra/client-connect-handler
ON_DENY_LIST: Final = "on-deny-list"

BLOCKED: Final = CauseText(
    sentence=gettext_lazy("The person is blocked from the VPN"),
    tell=(
        gettext_lazy("Your account is blocked from the VPN at the moment."),
        gettext_lazy("I can't lift that from here; I will pass it on to the administrators."),
    ),
    administrator=gettext_lazy("Let the person connect again, if the reason for the block is gone."),
    operation="unblock-person",
)
LEFT: Final = CauseText(
    sentence=gettext_lazy("The account is no longer in the company's directory"),
    tell=(
        gettext_lazy("Your company account isn't in the directory any more, so the VPN can't let you in."),
        gettext_lazy("Please have your manager check your account."),
    ),
    administrator=gettext_lazy(
        "Check the account in the identity provider; there is nothing to change at the VPN."
    ),
)
NO_GROUP: Final = CauseText(
    sentence=gettext_lazy("The person is in no group that an endpoint lets in"),
    tell=(
        gettext_lazy("Your account isn't allowed to use the VPN yet."),
        gettext_lazy("Please have your manager ask for it; it works after your next sign-in."),
    ),
    administrator=gettext_lazy("Add the person to a group that an authorization rule names."),
)


def check(facts: PersonFacts) -> LayerResult:
    if facts.block is not None:
        return _blocked(facts, facts.block)
    handler = facts.handler
    if handler is not None and handler.decision == HandlerDecision.DENY and handler.reason == ON_DENY_LIST:
        # Somebody may have written it into the table outside the portal.
        line = EvidenceLine(_("The connect handler found the person on the deny list"), seen_at=handler.at)
        return fails(LayerId.ACCOUNT, Cause("blocked", BLOCKED, operation_query=_query(facts)), line)
    if facts.progress.reached >= Reached.TUNNEL:
        return holds(LayerId.ACCOUNT, EvidenceLine(_("AWS let the person in"), seen_at=facts.progress.at))
    if facts.in_directory is False:
        line = EvidenceLine(_("Not in the directory when it was last read"))
        return fails(LayerId.ACCOUNT, Cause("left-directory", LEFT), line)
    if facts.user is None:
        line = EvidenceLine(_("The person has never signed in to this portal, so the groups aren't known."))
        return unknown(
            LayerId.ACCOUNT, line, ask=_("Ask the person to sign in to this portal, then look again.")
        )
    if facts.profiles:
        labels = join_words(profile.endpoint.label for profile in facts.profiles)
        text = _("The groups of the last sign-in allow %(labels)s.") % {"labels": labels}
        return holds(LayerId.ACCOUNT, EvidenceLine(text, seen_at=facts.user.last_login))
    if not any(endpoint.vanished_at is None for endpoint in facts.endpoints):
        return unknown(LayerId.ACCOUNT, EvidenceLine(_("No endpoint has been seen yet.")))
    if any(is_stale(endpoint) for endpoint in facts.endpoints if endpoint.vanished_at is None):
        return unknown(LayerId.ACCOUNT, EvidenceLine(_("AWS hasn't answered lately.")))
    line = EvidenceLine(
        _("No authorization rule is for any of the groups of the last sign-in."),
        seen_at=facts.user.last_login,
    )
    return fails(LayerId.ACCOUNT, Cause("no-group", NO_GROUP), line)


def _blocked(facts: PersonFacts, block: Block) -> LayerResult:
    text = _("Operation #%(number)s") % {"number": block.operation.number}
    lines = [EvidenceLine(text, seen_at=block.operation.started_at)]
    if block.until:
        lines.append(EvidenceLine(_("Until %(at)s") % {"at": format_moment(block.until)}))
    cause = Cause("blocked", BLOCKED, operation_query=_query(facts))
    return fails(LayerId.ACCOUNT, cause, *lines)


def _query(facts: PersonFacts) -> dict[str, str]:
    return {"usernames": facts.username}
