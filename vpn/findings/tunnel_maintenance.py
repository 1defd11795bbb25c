"""A tunnel to the office whose end AWS is about to replace."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from vpn.endpoints.sources import is_read
from vpn.findings.models import Finding
from vpn.findings.rule import DetectedFinding, FindingRule, FindingText, finding_key, format_time, read_time
from vpn.tunnels.queries import pending_maintenance

# Each is a finding of its own, so that people are told again as the day comes nearer.
WARN_BEFORE: Final = (timedelta(days=1), timedelta(days=7))


def detect(now: datetime) -> list[DetectedFinding] | None:
    if not is_read("tunnels"):
        return None
    detected = []
    for row in pending_maintenance(now):
        left = row.applied_after - now if row.applied_after else None
        step = next((step for step in WARN_BEFORE if left is not None and left <= step), None)
        detected.append(
            DetectedFinding(
                finding_key(row.vpn.vpn_connection_id, row.outside_ip, row.applied_after, step),
                f"{row.vpn} {row.outside_ip}",
                {
                    "vpn_connection_id": row.vpn.vpn_connection_id,
                    "outside_ip": row.outside_ip,
                    "applied_after": row.applied_after.isoformat() if row.applied_after else "",
                    "pending": row.pending,
                },
            )
        )
    return detected


def describe(finding: Finding, _names: Mapping[str, str]) -> FindingText:
    if not finding.evidence["applied_after"]:
        return FindingText(_("AWS doesn't say when."))
    moment = format_time(read_time(finding.evidence["applied_after"]))
    return FindingText(_("By itself after %(time)s.") % {"time": moment})


RULE = FindingRule(
    kind="tunnel-maintenance",
    label=gettext_lazy("AWS replaces the end of a tunnel to the office"),
    tone="warn",
    why=gettext_lazy(
        "The tunnel is down while AWS replaces its end; without a second one the office can't be reached."
    ),
    advice=gettext_lazy(
        "See that the other tunnel is up, and replace the end yourself (ReplaceVpnTunnel) when it suits you."
    ),
    basis=gettext_lazy(
        "AWS announces maintenance of the tunnel; you are told again 7 days and 1 day before."
    ),
    detect=detect,
    describe=describe,
    usernames=lambda _finding: [],
    undecided=gettext_lazy("Maintenance of tunnels isn't read (VPN_SOURCES)."),
)
