"""What the pages of the findings show, made from rows that are already read."""

from collections.abc import Iterable
from dataclasses import dataclass

from vpn.connection_log.search.people import names_of
from vpn.findings import queries
from vpn.findings.models import Finding, Kind
from vpn.findings.sentences import people_of, said
from vpn.findings.words import EXPLANATIONS, Explanation


@dataclass(frozen=True)
class Line:
    """``name``: what the portal calls a person who is the subject; else empty."""

    finding: Finding
    name: str
    text: str
    url: str


@dataclass(frozen=True)
class Group:
    """Findings of one kind; ``more``: how many are not shown."""

    kind: Kind
    explanation: Explanation
    count: int
    lines: list[Line]
    more: int


def groups(state: str, only: Kind | None) -> list[Group]:
    """Of the kinds that have any; ``only``: of this one, and more of it."""
    counts = queries.counts(state)
    shown = queries.SHOWN_ALONE if only else queries.SHOWN
    found = []
    for kind, count in counts.items():
        if count and only in {None, kind}:
            lines = lines_of(queries.of_state(state).filter(kind=kind)[:shown])
            found.append(Group(kind, EXPLANATIONS[kind], count, lines, count - len(lines)))
    return found


def lines_of(findings: Iterable[Finding]) -> list[Line]:
    findings = list(findings)
    names = names_of(person for finding in findings for person in people_of(finding))
    lines = []
    for finding in findings:
        sentence = said(finding, names)
        lines.append(Line(finding, names.get(finding.subject.lower(), ""), sentence.text, sentence.url))
    return lines
