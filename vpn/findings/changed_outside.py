"""Somebody has changed an endpoint outside the portal, in a way that people or the record of connections feel."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from vpn.changes.queries import recent_outside_changes
from vpn.changes.texts import heading
from vpn.directory.queries import group_names
from vpn.endpoints.models import ChangedPart, EndpointChange
from vpn.findings.models import Finding
from vpn.findings.rule import DetectedFinding, FindingRule, FindingText, finding_key

KIND: Final = "changed-outside"
SHOWN: Final = timedelta(days=7)
# Settings that change who gets in, which address the internet sees, or what is recorded.
WEIGHTY_SETTINGS: Final = frozenset(
    {
        *(
            "ConnectionLogOptions",
            "SplitTunnel",
            "ServerCertificateArn",
            "AuthenticationOptions",
            "DnsServers",
        ),
        *("ClientConnectOptions", "SecurityGroupIds", "VpnPort", "DevicePostureOptions"),
        "TransitGatewayConfiguration",
    }
)


def is_weighty(change: EndpointChange) -> bool:
    if change.part == ChangedPart.SETTING:
        return change.subject in WEIGHTY_SETTINGS
    # Another description reaches nobody.
    same = change.before is not None and change.after is not None
    return change.part != ChangedPart.TAG and not (
        same and change.part in {ChangedPart.ROUTE, ChangedPart.RULE}
    )


def group_changes(changes: Iterable[EndpointChange]) -> list[DetectedFinding]:
    """One finding for all that differed at an endpoint between two snapshots: an outage of the portal is one, too."""
    by_look: dict[tuple[str, datetime], list[EndpointChange]] = defaultdict(list)
    for change in changes:
        by_look[change.endpoint.endpoint_id, change.noticed_at].append(change)
    return [
        DetectedFinding(
            finding_key(endpoint_id, noticed_at.isoformat()),
            differing[0].endpoint.label,
            {
                "endpoint_id": endpoint_id,
                "changes": sorted(change.pk for change in differing),
                "actors": sorted({change.actor for change in differing if change.actor}),
            },
        )
        for (endpoint_id, noticed_at), differing in by_look.items()
    ]


def outside_changes() -> list[EndpointChange]:
    # A certificate that was replaced is a finding of its own kind.
    return [
        change for change in recent_outside_changes(within=SHOWN) if change.part != ChangedPart.CERTIFICATE
    ]


def detect(_now: datetime) -> list[DetectedFinding]:
    return group_changes(change for change in outside_changes() if is_weighty(change))


def describe(finding: Finding, names: Mapping[str, str]) -> FindingText:
    evidence = finding.evidence
    changes = (
        EndpointChange.objects.select_related("endpoint").filter(pk__in=evidence["changes"]).order_by("pk")
    )
    groups = group_names()
    headings = [heading(change, groups) for change in changes]
    more = len(headings) - 1
    what = headings[0] if headings else ""
    if more > 0:
        what = ngettext("%(what)s, and %(more)s more", "%(what)s, and %(more)s more", more) % {
            "what": what,
            "more": more,
        }
    actors = [names.get(actor, actor) for actor in evidence["actors"]]
    text = (
        _("%(what)s. Done by %(who)s.") % {"what": what, "who": _(", ").join(actors)}
        if actors
        else _("%(what)s. CloudTrail hasn't told who it was.") % {"what": what}
    )
    return FindingText(text, f"/changes/?endpoint={evidence['endpoint_id']}")


def usernames(finding: Finding) -> list[str]:
    return list(finding.evidence["actors"])


BASIS: Final = gettext_lazy(
    "Two readings of AWS differ, and no operation of this portal made the difference. CloudTrail is asked who did."
)

RULE = FindingRule(
    kind=KIND,
    label=gettext_lazy("An endpoint was changed outside the portal"),
    tone="warn",
    why=gettext_lazy(
        "Nobody planned or approved it here, and people may have lost a connection, a destination or the fixed IP"
        " address by it."
    ),
    advice=gettext_lazy("Ask whoever did it. The history of changes can take it back with an operation."),
    basis=BASIS,
    detect=detect,
    describe=describe,
    usernames=usernames,
    kept_open=SHOWN,
)
