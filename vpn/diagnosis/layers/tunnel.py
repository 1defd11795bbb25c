"""Inside the tunnel: connected, and what goes through it.

Sources: Client VPN administrator guide, "Split-tunnel", "IPv6 considerations", "Best practices" (Windows forces DNS
through a full tunnel); AWS Client VPN User Guide, "Troubleshooting".
"""

from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from vpn.connection_log.models import Connection, ConnectionStatus
from vpn.connection_log.policy_evaluation import is_cut_by_policy
from vpn.diagnosis.base.facts import LIST_DELAY, PersonFacts
from vpn.diagnosis.base.layer import (
    Cause,
    CauseText,
    EvidenceLine,
    LayerId,
    LayerResult,
    LayerState,
    fails,
    unknown,
)
from vpn.diagnosis.base.progress import Reached
from vpn.diagnosis.base.symptoms import Symptom
from vpn.diagnosis.layers.client import told_line
from vpn.egress.verdict import EgressResult
from vpn.endpoints.models import Endpoint

PAST_TUNNEL: Final = frozenset({EgressResult.SPLIT, EgressResult.OUTSIDE, EgressResult.OUTSIDE_UNKNOWN})

SPLIT: Final = CauseText(
    sentence=gettext_lazy("Connected to %(label)s, which carries only some destinations (split tunnel)"),
    tell=(
        gettext_lazy(
            "%(label)s is for internal systems only; other sites don't see the fixed IP address through it."
        ),
        gettext_lazy("Please disconnect, then connect to %(instead)s."),
    ),
)
SPLIT_ALONE: Final = CauseText(
    sentence=gettext_lazy("Connected to %(label)s, which carries only some destinations (split tunnel)"),
    tell=(
        gettext_lazy(
            "%(label)s is for internal systems only; other sites don't see the fixed IP address through it."
        ),
        gettext_lazy("Your account has no other connection; I will pass it on if you need one."),
    ),
    administrator=gettext_lazy("Add the person to a group that a full-tunnel endpoint lets in."),
)
IPV6: Final = CauseText(
    sentence=gettext_lazy("IPv6 traffic goes past the tunnel"),
    tell=(
        gettext_lazy("You are connected, but sites that support IPv6 don't see the fixed IP address."),
        gettext_lazy(
            "Please switch IPv6 off in the settings of your network connection, then open the site again."
        ),
    ),
)
CUT_BY_POLICY: Final = CauseText(
    sentence=gettext_lazy("AWS ended the connection: the device or account no longer met the policy"),
    tell=(
        gettext_lazy("AWS ended your connection because your computer no longer met the company's rules."),
        gettext_lazy("Please open the security program on it, let it update and report, and connect again."),
    ),
    administrator=gettext_lazy("Compare the policy with the evaluation in the connection's log events."),
)
NAMES: Final = CauseText(
    sentence=gettext_lazy("Connected, but the computer doesn't get names from the right server"),
    tell=(
        gettext_lazy("You are connected, but your computer seems to ask the wrong server for names."),
        gettext_lazy(
            "Please disconnect, switch off a name server that you have set yourself or in the browser, and connect "
            "again."
        ),
    ),
    agent=gettext_lazy(
        "On Windows with a full tunnel all names go through the VPN; on Ubuntu, follow the guide's problem about names."
    ),
    administrator=gettext_lazy("If others see it, too: the endpoint's DNS servers, and the way to them."),
)
HANGS: Final = CauseText(
    sentence=gettext_lazy("Connected, but large packets don't get through (MTU)"),
    tell=(
        gettext_lazy("You are connected, but your network seems to lose the larger packets."),
        gettext_lazy(
            "Please try another network, such as your phone's hotspot, and tell me whether it is better."
        ),
    ),
    agent=gettext_lazy(
        "If a hotspot helps, it is the person's line: such as PPPoE, or a second tunnel around it."
    ),
)
LAN: Final = CauseText(
    sentence=gettext_lazy("Connected, and so cut off from the person's own network"),
    tell=(
        gettext_lazy(
            "While you are connected, devices in your own network can't be reached; that is meant so here."
        ),
        gettext_lazy("Please disconnect for printing, then connect again."),
    ),
    agent=gettext_lazy(
        "It is so wherever the network's own addresses aren't 10., 172.16. to 172.31. or 192.168., and where routes "
        "are enforced."
    ),
)
SECOND_TUNNEL: Final = CauseText(
    sentence=gettext_lazy("A second VPN on the person's computer takes the traffic"),
    tell=(
        gettext_lazy("Another VPN program on your computer takes the traffic that should go through ours."),
        gettext_lazy("Please disconnect and quit it, then connect to ours again."),
    ),
    agent=gettext_lazy("Security programs and browsers may have a VPN of their own: ask for those as well."),
)
BY_SYMPTOM: Final = (
    (Symptom.OTHER_VPN, "second-tunnel", SECOND_TUNNEL),
    (Symptom.NAMES, "names-not-found", NAMES),
    (Symptom.HANGS, "packets-too-large", HANGS),
    (Symptom.LAN, "lan-unreachable", LAN),
)
NOT_CONNECTED: Final = CauseText(
    sentence=gettext_lazy("The person isn't connected"),
    tell=(
        gettext_lazy("You aren't connected to the VPN right now."),
        gettext_lazy("Please open AWS VPN Client, choose %(label)s and press Connect."),
    ),
)


def check(facts: PersonFacts) -> LayerResult:
    if facts.progress.reached < Reached.TUNNEL:
        return unknown(LayerId.TUNNEL, EvidenceLine(_("The person wasn't connected in 12 hours.")))
    attempt = facts.progress.attempt
    if attempt is not None and attempt.status == ConnectionStatus.ENDED and not facts.presence.active:
        return _ended(facts, attempt)
    seen_at, at = facts.presence.seen_at, facts.progress.at
    # AWS's list is newer than what told of the connection, and doesn't have it any more.
    if (
        facts.presence.active is False
        and seen_at is not None
        and at is not None
        and seen_at > at + LIST_DELAY
    ):
        label = facts.endpoint.label if facts.endpoint else ""
        line = EvidenceLine(_("Not in AWS's list of connections"), seen_at=seen_at)
        return fails(LayerId.TUNNEL, Cause("not-connected", NOT_CONNECTED, {"label": label}), line)
    endpoint = facts.endpoint
    check_result = facts.fresh_check
    goes_past = check_result is not None and check_result.result in PAST_TUNNEL
    if endpoint is not None and endpoint.split_tunnel and goes_past:
        return _split(facts, endpoint)
    if check_result is not None and check_result.result == EgressResult.VPN_V6:
        line = EvidenceLine(_("The person's connection check"), seen_at=check_result.checked_at)
        return fails(LayerId.TUNNEL, Cause("ipv6-past-tunnel", IPV6), line)
    for symptom, cause_id, text in BY_SYMPTOM:
        if facts.told.has(symptom):
            return fails(LayerId.TUNNEL, Cause(cause_id, text), told_line(facts, symptom))
    since = facts.presence.since or (attempt.at if attempt else None)
    return LayerResult(
        LayerId.TUNNEL,
        LayerState.HOLDS,
        [EvidenceLine(_("Connected since"), seen_at=since)],
        # Nothing of these can be seen from AWS.
        ask=_("What doesn't work: names that aren't found, large pages that hang, or a printer nearby?"),
    )


def _ended(facts: PersonFacts, attempt: Connection) -> LayerResult:
    line = EvidenceLine(
        _("The newest connection has ended"),
        f"#{attempt.connection_id}",
        attempt.ended_at or attempt.latest_end_at,
    )
    if is_cut_by_policy(attempt):
        return fails(LayerId.TUNNEL, Cause("cut-by-policy", CUT_BY_POLICY), line)
    if facts.presence.active is None:
        # The list of connections is old: a new one wouldn't show yet.
        return unknown(LayerId.TUNNEL, line, ask=_("Does AWS VPN Client say that it is connected?"))
    label = facts.endpoint.label if facts.endpoint else ""
    return fails(LayerId.TUNNEL, Cause("not-connected", NOT_CONNECTED, {"label": label}), line)


def _split(facts: PersonFacts, endpoint: Endpoint) -> LayerResult:
    instead = next(
        (profile.endpoint.label for profile in facts.profiles if not profile.endpoint.split_tunnel), ""
    )
    cause = Cause(
        "split-tunnel", SPLIT if instead else SPLIT_ALONE, {"label": endpoint.label, "instead": instead}
    )
    seen_at = facts.fresh_check.checked_at if facts.fresh_check else None
    return fails(LayerId.TUNNEL, cause, EvidenceLine(_("The person's connection check"), seen_at=seen_at))
