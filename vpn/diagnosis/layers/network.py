"""The person's own network, before the tunnel. AWS logs nothing of what never reached it: silence is all there is.

Sources: AWS Client VPN User Guide, "Troubleshooting" ("TLS key negotiation failed to occur within 60 seconds", "Cannot
resolve host address"); Client VPN administrator guide, "Connection logging".
"""

from django.utils.translation import gettext as _

from vpn.diagnosis.base.facts import PersonFacts
from vpn.diagnosis.base.layer import EvidenceLine, LayerId, LayerResult, holds, unknown
from vpn.diagnosis.base.progress import Reached
from vpn.moments import format_recent_moment


def check(facts: PersonFacts) -> LayerResult:
    if facts.progress.reached > Reached.NOTHING:
        attempt = facts.progress.attempt
        address = attempt.device_ip if attempt and attempt.device_ip else ""
        text = _("The endpoint was reached from %(address)s") % {"address": address or "?"}
        return holds(LayerId.NETWORK, EvidenceLine(text, seen_at=facts.progress.at))
    is_logged = facts.endpoint is not None and bool(facts.endpoint.log_group)
    until = facts.log.complete_until
    if facts.log.stale or until is None or not is_logged:
        line = EvidenceLine(
            _("The connection log is behind or isn't kept, so an attempt may be missing."),
            seen_at=facts.log.read_at,
        )
        return unknown(LayerId.NETWORK, line, ask=_question())
    text = _("No attempt of the person reached AWS in 12 hours, up to %(at)s.")
    line = EvidenceLine(text % {"at": format_recent_moment(until)}, seen_at=facts.log.read_at)
    return unknown(LayerId.NETWORK, line, ask=_question())


def _question() -> str:
    return _(
        "What does AWS VPN Client say when Connect is pressed? A TLS error or “can't resolve” means that the network "
        "in between blocks it: have the person try another one, such as a telephone's hotspot."
    )
