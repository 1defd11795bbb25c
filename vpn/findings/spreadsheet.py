"""Findings as rows of a spreadsheet."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from portal.spreadsheets import zoned_title
from vpn.findings.models import Finding
from vpn.findings.pages import FindingRow, finding_rows
from vpn.findings.rules import RULES


def spreadsheet_titles() -> list[str]:
    return [
        _("Kind"),
        _("Subject"),
        _("Name"),
        _("What was found"),
        zoned_title(_("Found")),
        zoned_title(_("Last seen")),
        zoned_title(_("Resolved at")),
        zoned_title(_("Acknowledged at")),
        _("Acknowledged by"),
        _("Reason"),
    ]


def spreadsheet_rows(findings: Iterable[Finding]) -> list[list[Any]]:
    """All at once and not as they are sent: by then the reader's language is no longer active."""
    return [_cells(row) for row in finding_rows(findings)]


def _cells(row: FindingRow) -> list[Any]:
    finding = row.finding
    return [
        str(RULES[finding.kind].label),
        finding.subject,
        row.name,
        row.text,
        finding.first_seen_at,
        finding.last_seen_at,
        finding.resolved_at,
        finding.acknowledged_at,
        finding.acknowledged_by,
        finding.reason,
    ]
