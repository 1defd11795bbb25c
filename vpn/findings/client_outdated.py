"""People who use a version of AWS VPN Client that is bad, unsupported, or too old for what their endpoint uses."""

from collections.abc import Mapping
from datetime import datetime

from django.utils.translation import gettext_lazy, ngettext

from vpn.connect_attempts.models import ConnectAttempt
from vpn.connect_attempts.queries import RECENT, outdated_clients
from vpn.connection_log.ingest.sources import is_handler_log_read
from vpn.endpoints.queries import visible_endpoints
from vpn.findings.models import Finding
from vpn.findings.rule import DetectedFinding, FindingRule, FindingText, finding_key


def detect(now: datetime) -> list[DetectedFinding] | None:
    if not is_handler_log_read() or not ConnectAttempt.objects.filter(at__gt=now - RECENT).exists():
        return None
    detected = []
    for endpoint in visible_endpoints():
        clients = outdated_clients(endpoint, now)
        if not clients.upgrades:
            continue
        # By release, and not by person: who is meant stands on the endpoint's page, where reading it is recorded.
        versions = {client.attempt.client_version for client in clients.upgrades}
        detected.append(
            DetectedFinding(
                finding_key(endpoint.endpoint_id, *sorted(versions)),
                endpoint.label,
                {
                    "endpoint_id": endpoint.endpoint_id,
                    "clients": len(clients.upgrades),
                    "known": clients.known,
                    "versions": sorted(versions),
                },
            )
        )
    return detected


def describe(finding: Finding, _names: Mapping[str, str]) -> FindingText:
    evidence = finding.evidence
    text = ngettext(
        "%(clients)s of %(known)s clients should be upgraded: version %(versions)s.",
        "%(clients)s of %(known)s clients should be upgraded: versions %(versions)s.",
        len(evidence["versions"]),
    ) % {
        "clients": evidence["clients"],
        "known": evidence["known"],
        "versions": ", ".join(evidence["versions"]),
    }
    return FindingText(text, f"/endpoints/{evidence['endpoint_id']}/?tab=connections#outdated")


RULE = FindingRule(
    kind="client-outdated",
    label=gettext_lazy("Clients that should be upgraded"),
    tone="warn",
    why=gettext_lazy(
        "Bad releases fail at signing in or connecting, and old ones lack what the endpoint uses."
    ),
    advice=gettext_lazy(
        "Roll out the newest release. The people concerned read on their home page what to do."
    ),
    basis=gettext_lazy(
        "What the client connect handler saw in the last 30 days, against AWS's release notes and the endpoint's"
        " settings. A client whose version isn't known counts for nothing."
    ),
    detect=detect,
    describe=describe,
    undecided=gettext_lazy("The client connect handler's log isn't read, or holds no client yet."),
    usernames=lambda _finding: [],
)
