"""What the pages of the findings show, made from rows that are already read."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from vpn.connection_log.search.people import display_names
from vpn.findings import queries
from vpn.findings.models import Finding
from vpn.findings.rule import FindingRule
from vpn.findings.rules import RULES

# A device that more people share is a public one: nobody blocks them all by hand.
MAX_PEOPLE: Final = 10


@dataclass(frozen=True)
class FindingRow:
    """``name``: what the portal calls a person who is the subject; else empty."""

    finding: Finding
    name: str
    text: str
    url: str


@dataclass(frozen=True)
class FindingPerson:
    """``name``: empty for somebody who has never signed in to the portal."""

    username: str
    name: str


@dataclass(frozen=True)
class FindingGroup:
    """Findings of one rule; ``more``: how many are not shown. ``together``: they are told in one sentence instead."""

    rule: FindingRule
    count: int
    rows: list[FindingRow]
    more: int
    together: bool = False


def finding_groups(state: str, only: str = "") -> list[FindingGroup]:
    """A group for each rule that has findings in this state; ``only``: of this kind, and more of it."""
    limit = queries.SHOWN_ALONE if only else queries.SHOWN
    groups = []
    for kind, count in queries.count_by_kind(state).items():
        if not count or only not in {"", kind}:
            continue
        if RULES[kind].counted_together and count > 1 and not only:
            groups.append(FindingGroup(RULES[kind], count, [], 0, together=True))
        else:
            rows = finding_rows(queries.findings_in(state).filter(kind=kind)[:limit])
            groups.append(FindingGroup(RULES[kind], count, rows, count - len(rows)))
    return groups


def people_in(findings: Iterable[Finding]) -> list[str]:
    """Usernames of those whom the findings are about."""
    return queries.known_usernames(
        username for finding in findings for username in RULES[finding.kind].usernames(finding)
    )


def finding_rows(findings: Iterable[Finding]) -> list[FindingRow]:
    findings = list(findings)
    names = display_names(
        username for finding in findings for username in RULES[finding.kind].usernames(finding)
    )
    rows = []
    for finding in findings:
        description = RULES[finding.kind].describe(finding, names)
        name = names.get(finding.subject, "")
        rows.append(FindingRow(finding, name, description.text, description.url))
    return rows


def finding_people(finding: Finding) -> list[FindingPerson]:
    """Whom it is about, as far as the portal knows them."""
    usernames = queries.known_usernames(RULES[finding.kind].usernames(finding))[:MAX_PEOPLE]
    names = display_names(usernames)
    return [FindingPerson(username, names.get(username, "")) for username in usernames]
