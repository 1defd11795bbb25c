"""An expectation about who reaches what that doesn't hold any more."""

from collections.abc import Mapping
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from vpn.directory.queries import group_names
from vpn.expectations.queries import judge_all
from vpn.findings.models import Finding
from vpn.findings.rule import DetectedFinding, FindingRule, FindingText


def detect(_now: datetime) -> list[DetectedFinding]:
    """As of each endpoint's last snapshot. What can't be told is no finding."""
    return [
        DetectedFinding(
            str(line.row.pk),
            line.row.username or line.row.group_id,
            {
                "is_person": bool(line.row.username),
                "endpoint": line.row.endpoint.label,
                "destination": line.row.destination,
                "allowed": line.row.allowed,
            },
        )
        for line in judge_all()
        if line.met is False
    ]


def describe(finding: Finding, names: Mapping[str, str]) -> FindingText:
    evidence = finding.evidence
    who = (
        names.get(finding.subject, finding.subject)
        if evidence["is_person"]
        else group_names().label(finding.subject)
    )
    text = (
        _("%(who)s should reach %(destination)s through %(endpoint)s, and doesn't, or not always.")
        if evidence["allowed"]
        else _("%(who)s should not reach %(destination)s through %(endpoint)s, and does, at least in part.")
    )
    values = {"who": who, "destination": evidence["destination"], "endpoint": evidence["endpoint"]}
    return FindingText(text % values)


def usernames(finding: Finding) -> list[str]:
    return [finding.subject] if finding.evidence["is_person"] else []


RULE = FindingRule(
    kind="expectation-broken",
    label=gettext_lazy("Broken expectation"),
    tone="warn",
    why=gettext_lazy("Somebody wrote down who should reach what, and it isn't so."),
    advice=gettext_lazy(
        "Look at the endpoint's history of changes. Undo what broke it, or delete the expectation if it is out of date."
    ),
    basis=gettext_lazy(
        "The endpoint's authorization rules and routes as of its last snapshot; of a person, the groups of the last "
        "sign-in to the portal. Security groups, network ACLs and firewalls aren't looked at."
    ),
    detect=detect,
    describe=describe,
    usernames=usernames,
)
