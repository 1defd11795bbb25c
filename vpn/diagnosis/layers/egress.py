"""The fixed IP address: whether sites see it.

Source: Client VPN administrator guide, "Access to the internet"; Amazon VPC User Guide, "NAT gateways".
"""

from datetime import timedelta
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
from vpn.diagnosis.base.progress import THROUGH
from vpn.egress.verdict import EgressResult
from vpn.moments import format_moment

# How long partners take to allow a new address.
NEW_FOR: Final = timedelta(days=14)

DRIFT: Final = CauseText(
    sentence=gettext_lazy("Connected, but sites see %(address)s, which isn't one of ours"),
    tell=(
        gettext_lazy("You are connected, but your traffic leaves by another way."),
        gettext_lazy("Please close other VPN programs and browser proxies, then check the connection again."),
    ),
    agent=gettext_lazy("Ask for a second VPN, a proxy, or a security program with a tunnel of its own."),
    administrator=gettext_lazy("If others see it too: the way out of the endpoint has changed."),
)
NEW_ADDRESS: Final = CauseText(
    sentence=gettext_lazy("The fixed IP address %(address)s is new, so sites may not allow it yet"),
    tell=(
        gettext_lazy("Your connection is fine; the address that sites see has changed lately."),
        gettext_lazy("Please tell me which site refuses you; we have it allow the new address."),
    ),
    administrator=gettext_lazy("Tell the owners of the allow lists the new address."),
)


def check(facts: PersonFacts) -> LayerResult:
    result = facts.fresh_check
    if result is None and facts.other_device:
        # It has a way of its own to the internet, and no VPN.
        return unknown(
            LayerId.EGRESS,
            EvidenceLine(
                _("The connection check was made on another device (%(system)s)")
                % {"system": facts.other_device},
                seen_at=facts.check.checked_at if facts.check else None,
            ),
            ask=_("Ask the person to open the connection check on the computer that is connected."),
        )
    if result is None:
        return unknown(
            LayerId.EGRESS,
            EvidenceLine(_("The person hasn't checked the connection since.")),
            ask=_("Ask the person to open the connection check in the portal."),
        )
    line = EvidenceLine(
        _("The person's connection check came from %(address)s") % {"address": result.address or "?"},
        seen_at=result.checked_at,
    )
    if result.result == EgressResult.DRIFT:
        return fails(LayerId.EGRESS, Cause("drift", DRIFT, {"address": result.address or "?"}), line)
    if result.result not in THROUGH:
        return unknown(LayerId.EGRESS, line, ask=_("Was the check opened on the computer that is connected?"))
    since = facts.address_since
    if since is not None and since > facts.now - NEW_FOR:
        text = _("One of the endpoint's addresses since %(at)s") % {"at": format_moment(since)}
        cause = Cause("address-new", NEW_ADDRESS, {"address": result.address or "?"})
        return fails(LayerId.EGRESS, cause, line, EvidenceLine(text))
    return holds(LayerId.EGRESS, line)
