"""What the pages of the findings show, made from rows that are already read."""

from collections.abc import Iterable
from dataclasses import dataclass

from vpn.connection_log.search.people import names_of
from vpn.findings import queries
from vpn.findings.models import Finding, FindingKind
from vpn.findings.sentences import people_of, said
from vpn.findings.words import EXPLANATIONS, FindingExplanation


@dataclass(frozen=True)
class FindingRow:
    """``name``: what the portal calls a person who is the subject; else empty."""

    finding: Finding
    name: str
    text: str
    url: str


@dataclass(frozen=True)
class FindingGroup:
    """Findings of one kind; ``more``: how many are not shown."""

    kind: FindingKind
    explanation: FindingExplanation
    count: int
    lines: list[FindingRow]
    more: int


def groups(state: str, only: FindingKind | None) -> list[FindingGroup]:
    """Of the kinds that have any; ``only``: of this one, and more of it."""
    counts = queries.counts(state)
    shown = queries.SHOWN_ALONE if only else queries.SHOWN
    found = []
    for kind, count in counts.items():
        if count and only in {None, kind}:
            lines = lines_of(queries.of_state(state).filter(kind=kind)[:shown])
            found.append(FindingGroup(kind, EXPLANATIONS[kind], count, lines, count - len(lines)))
    return found


def lines_of(findings: Iterable[Finding]) -> list[FindingRow]:
    findings = list(findings)
    names = names_of(person for finding in findings for person in people_of(finding))
    lines = []
    for finding in findings:
        sentence = said(finding, names)
        lines.append(FindingRow(finding, names.get(finding.subject.lower(), ""), sentence.text, sentence.url))
    return lines
