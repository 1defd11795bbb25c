"""AWS VPN Client: whether its release is one that works, and new enough for what the endpoint asks of it.

Source: AWS Client VPN User Guide, release notes (vpn/client_versions/releases.json). Only a client connect handler is
told the version (administrator guide, "Connection authorization").
"""

from django.utils.translation import gettext as _

from vpn.diagnosis.base.facts import PersonFacts
from vpn.diagnosis.base.layer import EvidenceLine, LayerId, LayerResult, holds, unknown
from vpn.diagnosis.base.progress import Reached


def check(facts: PersonFacts) -> LayerResult:
    if facts.progress.reached >= Reached.TUNNEL:
        return holds(LayerId.CLIENT, EvidenceLine(_("It connected"), seen_at=facts.progress.at))
    return unknown(
        LayerId.CLIENT,
        EvidenceLine(_("The version isn't known: only a client connect handler is told it.")),
        ask=_("Which version does AWS VPN Client show under Help > About?"),
    )
