"""AWS VPN Client: whether its release is one that works, and new enough for what the endpoint asks of it.

Source: AWS Client VPN User Guide, release notes (vpn/client_versions/releases.json). Only a client connect handler is
told the version (administrator guide, "Connection authorization").
"""

from django.utils.translation import gettext as _

from vpn.client_versions.upgrades import ClientStatus
from vpn.connect_attempts.queries import KnownClient
from vpn.connect_attempts.texts import client_summary
from vpn.diagnosis.base.facts import PersonFacts
from vpn.diagnosis.base.layer import EvidenceLine, LayerId, LayerResult, holds, unknown
from vpn.diagnosis.base.progress import Reached


def check(facts: PersonFacts) -> LayerResult:
    known = [_line(client) for client in facts.clients]
    if facts.progress.reached >= Reached.TUNNEL:
        return holds(LayerId.CLIENT, EvidenceLine(_("It connected"), seen_at=facts.progress.at), *known)
    newest = facts.clients[0] if facts.clients else None
    # Whoever must upgrade may still be kept out by something else: the version alone proves nothing.
    if newest and newest.upgrade:
        return unknown(LayerId.CLIENT, *known)
    if newest and newest.status != ClientStatus.UNKNOWN:
        return holds(LayerId.CLIENT, *known)
    return unknown(
        LayerId.CLIENT,
        EvidenceLine(_("The version isn't known: only a client connect handler is told it.")),
        ask=_("Which version does AWS VPN Client show under Help > About?"),
    )


def _line(client: KnownClient) -> EvidenceLine:
    return EvidenceLine(client_summary(client), seen_at=client.attempt.at)
