"""Admission: what AWS, the handler or the policy said of somebody who had signed in.

Sources: Client VPN administrator guide, "Connection logging", "Connection authorization" (the handler and its failure
reasons), "Device posture", "Client VPN quotas"; EC2 API reference for what a client CIDR range holds.
"""

from ipaddress import ip_network
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from vpn.connect_attempts.models import ConnectAttempt, HandlerDecision
from vpn.connect_attempts.texts import REASONS as HANDLER_REASONS
from vpn.connect_attempts.texts import decision_text
from vpn.connection_log.models import Connection, ConnectionStatus
from vpn.connection_log.policy_evaluation import parse_devices
from vpn.connection_log.reasons import POLICY_DENY, REASONS
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
from vpn.endpoints.models import Endpoint
from vpn.quotas.queries import concurrent_connections, limits_for

HANDLER_SAID_NO: Final = "client-connect-failed"
HANDLER_BROKEN: Final = frozenset(
    {
        "client-connect-handler-timed-out",
        "client-connect-handler-other-execution-error",
        "client-connect-handler-throttled",
        "client-connect-handler-invalid-response",
        "client-connect-handler-service-error",
    }
)
# Reasons of infra/client-connect-handler that are about itself and not about the person
HANDLER_BLIND: Final = frozenset({"deny-list-unreadable", "nobody-to-look-up"})
# AWS keeps a part of the client CIDR range for itself, doesn't say how large a part, and advises twice as many
# addresses as people (administrator guide, "What is Client VPN").
ADVISED: Final = 0.5
NEARLY_ALL: Final = 0.9

REFUSED_BY_HANDLER: Final = CauseText(
    sentence=gettext_lazy("The company's check of the connection refused it"),
    tell=(
        gettext_lazy("Our own check refused the connection; AWS VPN Client shows its message."),
        gettext_lazy("Please read the message out to me, with the code at its end if there is one."),
    ),
    agent=gettext_lazy("Ask for the message in AWS VPN Client and the code in it."),
    administrator=gettext_lazy("Look at the handler's own log at this time, and at the deny list."),
)
HANDLER_FAILS: Final = CauseText(
    sentence=gettext_lazy("The company's check of the connection doesn't work: %(reason)s"),
    tell=(
        gettext_lazy("Our own check of new connections doesn't work at the moment; your computer is fine."),
        gettext_lazy("Please try again in a few minutes."),
    ),
    administrator=gettext_lazy(
        "Look at the Lambda function of the handler: its errors, its time and its concurrency."
    ),
)
DEVICE: Final = CauseText(
    sentence=gettext_lazy("The state of the person's device wasn't accepted: %(devices)s"),
    tell=(
        gettext_lazy("The VPN couldn't confirm that your computer meets the company's rules."),
        gettext_lazy("Please open the security program on it, let it update and report, and connect again."),
    ),
    administrator=gettext_lazy(
        "Check the device in the provider's console, and the trust provider's settings."
    ),
)
POLICY: Final = CauseText(
    sentence=gettext_lazy("The endpoint's authorization policy refused the connection"),
    tell=(
        gettext_lazy("The company's rules for the VPN don't let this computer or account connect."),
        gettext_lazy("I will pass it on to the administrators, who can see which rule it is."),
    ),
    administrator=gettext_lazy("Compare the policy with the evaluation in the connection's log events."),
)
QUOTA: Final = CauseText(
    sentence=gettext_lazy("%(label)s is full: %(connected)s of %(most)s connections"),
    tell=(
        gettext_lazy("%(label)s has as many connections as it can take right now."),
        gettext_lazy("Please try again in a while, or use another connection if you have one."),
    ),
    administrator=gettext_lazy("Associate another subnet, or have AWS raise the quota."),
    operation="associate-target-network",
)
ADDRESSES: Final = CauseText(
    sentence=gettext_lazy("%(label)s may have no client addresses left: %(connected)s in %(cidr)s"),
    tell=(
        gettext_lazy("%(label)s may have no addresses left for new connections right now."),
        gettext_lazy("Please try again in a while, or use another connection if you have one."),
    ),
    administrator=gettext_lazy(
        "The range can't be changed: copy the endpoint with a larger client CIDR range."
    ),
    operation="copy-endpoint",
)


def check(facts: PersonFacts) -> LayerResult:
    if facts.progress.reached >= Reached.TUNNEL:
        return holds(LayerId.ADMISSION, EvidenceLine(_("AWS let the person in"), seen_at=facts.progress.at))
    attempt = facts.progress.attempt
    if facts.unlogged is not None:
        return _by_handler(facts.unlogged)
    if facts.is_history:
        return unknown(LayerId.ADMISSION, EvidenceLine(_("The connection log is behind.")))
    if attempt is not None and attempt.status == ConnectionStatus.FAILED:
        return _refused(attempt)
    return _by_room(facts, facts.endpoint) if facts.endpoint else unknown(LayerId.ADMISSION, _nothing_tried())


def _by_handler(handler: ConnectAttempt) -> LayerResult:
    """The connection log doesn't have this attempt, or not yet."""
    line = EvidenceLine(
        _("The connect handler: %(decision)s") % {"decision": decision_text(handler)}, seen_at=handler.at
    )
    if handler.decision != HandlerDecision.DENY:
        return unknown(LayerId.ADMISSION, line)
    if handler.reason in HANDLER_BLIND:
        reason = str(HANDLER_REASONS[handler.reason])
        return fails(LayerId.ADMISSION, Cause("handler-fails", HANDLER_FAILS, {"reason": reason}), line)
    return fails(LayerId.ADMISSION, Cause("handler-refused", REFUSED_BY_HANDLER), line)


def _refused(attempt: Connection) -> LayerResult:
    reason = attempt.failure_reason or ""
    text = str(REASONS[reason].text) if reason in REASONS else reason
    line = EvidenceLine(
        _("Failed attempt: %(reason)s") % {"reason": f"{text} ({reason})"},
        f"#{attempt.connection_id}",
        attempt.at,
    )
    if reason == HANDLER_SAID_NO:
        return fails(LayerId.ADMISSION, Cause("handler-refused", REFUSED_BY_HANDLER), line)
    if reason in HANDLER_BROKEN:
        return fails(LayerId.ADMISSION, Cause("handler-fails", HANDLER_FAILS, {"reason": text}), line)
    if reason == POLICY_DENY:
        return _by_policy(attempt, line)
    return unknown(LayerId.ADMISSION, line)


def _by_policy(attempt: Connection, line: EvidenceLine) -> LayerResult:
    failed = [
        f"{provider}: {reason or status}"
        for provider, status, reason in parse_devices(attempt.policy_devices)
        if status != "validated"
    ]
    if failed:
        devices = ", ".join(failed)
        token = EvidenceLine(_("Device token: %(devices)s") % {"devices": devices})
        return fails(LayerId.ADMISSION, Cause("device-posture", DEVICE, {"devices": devices}), line, token)
    return fails(LayerId.ADMISSION, Cause("policy-denied", POLICY), line)


def _by_room(facts: PersonFacts, endpoint: Endpoint) -> LayerResult:
    """AWS logs nothing of whom it had no room for."""
    connected, most = facts.connected, concurrent_connections(endpoint, limits_for(endpoint.account)).value
    if connected is None or not most:
        return unknown(LayerId.ADMISSION, _nothing_tried())
    cidr = endpoint.client_cidr_block
    addresses = ip_network(cidr, strict=False).num_addresses if cidr else 0
    values = {"label": endpoint.label, "connected": connected, "most": most, "cidr": cidr}
    line = EvidenceLine(
        _("%(connected)s connected at once; client addresses: %(cidr)s") % values,
        seen_at=endpoint.connections_seen_at,
    )
    if connected >= most:
        cause = Cause("quota-full", QUOTA, values, {"endpoint": endpoint.endpoint_id})
        return fails(LayerId.ADMISSION, cause, line)
    if addresses and connected >= addresses * NEARLY_ALL:
        cause = Cause("client-cidr-full", ADDRESSES, values, {"endpoint": endpoint.endpoint_id})
        return fails(LayerId.ADMISSION, cause, line)
    if addresses and connected >= addresses * ADVISED:
        return unknown(LayerId.ADMISSION, _nothing_tried(), line)
    return unknown(LayerId.ADMISSION, _nothing_tried())


def _nothing_tried() -> EvidenceLine:
    return EvidenceLine(_("No attempt got this far."))
