"""A declared egress address that people's own connection checks contradict."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from vpn.declared_egress.observed import observe_egress
from vpn.endpoints.egress import EgressReason
from vpn.endpoints.models import Endpoint
from vpn.endpoints.queries import visible_endpoints
from vpn.findings.models import Finding
from vpn.findings.rule import (
    DetectedFinding,
    FindingRule,
    FindingText,
    finding_key,
    format_time,
    read_time,
)

# As many as a person reads; the endpoint's page counts all of them.
NAMED: Final = 5


def detect(_now: datetime) -> list[DetectedFinding]:
    detected = []
    for endpoint in visible_endpoints():
        declared = settings.VPN_DECLARED_EGRESS.get(endpoint.endpoint_id, ())
        # Where AWS shows an address, what was declared doesn't count.
        if not declared or not _counts(endpoint):
            continue
        observed = observe_egress(endpoint, declared)
        if not observed.others or observed.last_at is None:
            continue
        evidence = {
            "endpoint": endpoint.label,
            "endpoint_id": endpoint.endpoint_id,
            "declared": list(observed.declared),
            "others": sorted(observed.others),
            "contradicting": sum(observed.others.values()),
            "checked": observed.checked,
            "people": list(observed.people[:NAMED]),
            "last_at": observed.last_at.isoformat(),
        }
        # With another address it is another matter: somebody may have acknowledged the first.
        key = finding_key(endpoint.endpoint_id, *sorted(declared), *sorted(observed.others))
        detected.append(DetectedFinding(key, endpoint.label, evidence))
    return detected


def _counts(endpoint: Endpoint) -> bool:
    return any(EgressReason.ADDRESSES_DECLARED in chain["reasons"] for chain in endpoint.egress)


def describe(finding: Finding, names: Mapping[str, str]) -> FindingText:
    evidence = finding.evidence
    separator = _(", ")
    text = _(
        "%(endpoint)s: declared is %(declared)s, but %(contradicting)s of %(checked)s people who were connected were "
        "seen with %(others)s, last on %(last)s (%(people)s)."
    ) % {
        "endpoint": evidence["endpoint"],
        "declared": separator.join(evidence["declared"]),
        "others": separator.join(evidence["others"]),
        "contradicting": evidence["contradicting"],
        "checked": evidence["checked"],
        "last": format_time(read_time(evidence["last_at"])),
        "people": separator.join(names.get(name, name) for name in evidence["people"]),
    }
    return FindingText(text, f"/endpoints/{evidence['endpoint_id']}/")


RULE = FindingRule(
    kind="egress-contradicted",
    label=gettext_lazy("A declared fixed IP address that checks contradict"),
    tone="warn",
    why=gettext_lazy(
        "Sites that allow the declared address refuse people who come from another one, and the portal tells those "
        "people that their address isn't registered."
    ),
    advice=gettext_lazy(
        "Ask whoever runs the transit gateway or firewall which addresses it leaves by, and correct "
        "VPN_DECLARED_EGRESS."
    ),
    basis=gettext_lazy(
        "People's newest connection checks of the last 30 days that were made while they were connected to the "
        "endpoint. Addresses of another IP version and reserved ones aren't counted."
    ),
    detect=detect,
    describe=describe,
    usernames=lambda finding: list(finding.evidence["people"]),
)
