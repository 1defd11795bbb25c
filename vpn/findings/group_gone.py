"""An authorization rule for a group that the directory doesn't have."""

from collections.abc import Mapping
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from vpn.directory.queries import current_directory, existing_group_ids, group_names
from vpn.endpoints.queries import visible_endpoints
from vpn.findings.models import Finding
from vpn.findings.recent_use import FEDERATED
from vpn.findings.rule import UNREAD_DIRECTORY, DetectedFinding, FindingRule, FindingText, finding_key


def detect(now: datetime) -> list[DetectedFinding] | None:
    directory = current_directory(now)
    if directory is None:
        return None
    existing, names = existing_group_ids(directory), group_names()
    detected = {}
    for endpoint in visible_endpoints():
        # The groups of Active Directory are known by their SIDs, and are in no Identity Store.
        if FEDERATED not in endpoint.authentication:
            continue
        for rule in endpoint.authorization_rules:
            group_id = rule["group_id"]
            if group_id and group_id not in existing:
                evidence = {
                    "endpoint": endpoint.label,
                    "endpoint_id": endpoint.endpoint_id,
                    "destination_cidr": rule["destination_cidr"],
                    "group_id": group_id,
                    "group": names.label(group_id),
                }
                key = finding_key(endpoint.endpoint_id, rule["destination_cidr"], group_id)
                detected[key] = DetectedFinding(key, group_id, evidence)
    return list(detected.values())


def describe(finding: Finding, _names: Mapping[str, str]) -> FindingText:
    evidence = finding.evidence
    text = _("%(endpoint)s lets group %(group)s reach %(destination)s.") % {
        "endpoint": evidence["endpoint"],
        # What an earlier version of the portal stored has only the id.
        "group": evidence.get("group", evidence["group_id"]),
        "destination": evidence["destination_cidr"],
    }
    return FindingText(text, f"/endpoints/{evidence['endpoint_id']}/")


RULE = FindingRule(
    kind="group-gone",
    label=gettext_lazy("An authorization rule for a group that doesn't exist"),
    tone="warn",
    why=gettext_lazy(
        "Nobody gets in by this rule. Whoever relied on it can't reach the destination any more."
    ),
    advice=gettext_lazy("Revoke the rule, or allow the group that has taken its place."),
    basis=gettext_lazy(
        "The directory of IAM Identity Center was read as a whole in the last 6 hours and has no such group."
    ),
    detect=detect,
    describe=describe,
    undecided=UNREAD_DIRECTORY,
    usernames=lambda _finding: [],
)
