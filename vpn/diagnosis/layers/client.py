"""AWS VPN Client: whether its release is one that works, and new enough for what the endpoint asks of it.

Source: AWS Client VPN User Guide, release notes (vpn/client_versions/releases.json). Only a client connect handler is
told the version (administrator guide, "Connection authorization").
"""

from datetime import timedelta
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from vpn.client_versions.upgrades import ClientStatus
from vpn.connect_attempts.queries import KnownClient
from vpn.connect_attempts.texts import client_summary
from vpn.connection_log.models import CONNECTED
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

# The handler is asked before the connection log has its line.
SAME_ATTEMPT: Final = timedelta(minutes=5)

UPGRADE: Final = CauseText(
    sentence=gettext_lazy("AWS VPN Client %(version)s must be upgraded to %(newest)s"),
    tell=(
        gettext_lazy("Your AWS VPN Client is version %(version)s, which has known problems here."),
        gettext_lazy(
            "Please install version %(newest)s or newer with the link in the setup guide, then connect again."
        ),
    ),
    agent=gettext_lazy("Send the link to the guide."),
)


def check(facts: PersonFacts) -> LayerResult:
    known = [EvidenceLine(client_summary(client), seen_at=client.attempt.at) for client in facts.clients]
    if facts.progress.reached >= Reached.TUNNEL:
        return holds(LayerId.CLIENT, EvidenceLine(_("It connected"), seen_at=facts.progress.at), *known)
    client = facts.clients[0] if facts.clients else None
    if client is None or client.status is ClientStatus.UNKNOWN:
        return unknown(
            LayerId.CLIENT,
            EvidenceLine(_("The version isn't known: only a client connect handler is told it.")),
            ask=_("Which version does AWS VPN Client show under Help > About?"),
        )
    if _is_cause(client, facts):
        return fails(LayerId.CLIENT, Cause("client-upgrade", UPGRADE, _versions(client)), *known)
    return holds(LayerId.CLIENT, *known)


def _is_cause(client: KnownClient, facts: PersonFacts) -> bool:
    """A bad release that connected, or signed in, isn't what stops it; one that can't do what is asked of it may be."""
    if client.upgrade is None:
        return False
    if any(
        attempt.status in CONNECTED and attempt.at >= client.attempt.at - SAME_ATTEMPT
        for attempt in facts.attempts
    ):
        return False
    return bool(client.upgrade.minimum) or facts.progress.reached < Reached.ADMISSION


def _versions(client: KnownClient) -> dict[str, object]:
    upgrade = client.upgrade
    newest = (upgrade.newest or upgrade.minimum) if upgrade else ""
    return {"version": client.attempt.client_version, "newest": newest}
