"""The account: whether the person is known, in the directory, and in a group that an endpoint lets in.

Source: Client VPN administrator guide, "Authorization rules": who is in no group that a rule names reaches nothing.
"""

from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

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

NO_GROUP: Final = CauseText(
    sentence=gettext_lazy("The person is in no group that an endpoint lets in"),
    tell=(
        gettext_lazy("Your account isn't allowed to use the VPN yet."),
        gettext_lazy("Please have your manager ask for it; it works after your next sign-in."),
    ),
    administrator=gettext_lazy("Add the person to a group that an authorization rule names."),
)


def check(facts: PersonFacts) -> LayerResult:
    if facts.user is None:
        evidence = EvidenceLine(
            _("The person has never signed in to this portal, so the groups aren't known.")
        )
        return unknown(
            LayerId.ACCOUNT, evidence, ask=_("Ask the person to sign in to this portal, then look again.")
        )
    if facts.profiles:
        labels = ", ".join(profile.endpoint.label for profile in facts.profiles)
        return holds(LayerId.ACCOUNT, EvidenceLine(_("The groups allow %(labels)s.") % {"labels": labels}))
    if not facts.endpoints:
        return unknown(LayerId.ACCOUNT, EvidenceLine(_("No endpoint has been seen yet.")))
    return fails(
        LayerId.ACCOUNT,
        Cause("no-group", NO_GROUP),
        EvidenceLine(_("No authorization rule is for any of the groups of the last sign-in.")),
    )
