"""``manage.py assurance``: do the five requirements hold? Exit status 0: yes or accepted, 1: one fails, 2: unknown."""

import json
import sys
from argparse import ArgumentParser
from typing import Any, Final

from django.core.management.base import BaseCommand
from django.utils import timezone, translation

from vpn.assurance.models import RequirementValue
from vpn.assurance.queries import PartState, RequirementState, current_state
from vpn.assurance.services import evaluate

EXIT_STATUS: Final = {RequirementValue.FAILS: 1, RequirementValue.UNKNOWN: 2}


class Command(BaseCommand):
    help = "Evaluate the five requirements, unless that was done within the last 45 seconds, and print them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        evaluate()
        states = current_state(timezone.now())
        overall = [state for state in states if state.endpoint is None]
        # For scripts and people who operate the portal: always English.
        with translation.override("en"):
            if options["json"]:
                self.stdout.write(json.dumps([_as_json(state) for state in states], ensure_ascii=False))
            else:
                for state in overall:
                    self.stdout.write(_as_lines(state))
        values = {state.value for state in overall}
        status = next((EXIT_STATUS[value] for value in EXIT_STATUS if value in values), 0)
        if status:
            sys.exit(status)


def _as_lines(state: RequirementState) -> str:
    warning = " (warning)" if state.warning else ""
    lines = [f"{state.requirement} {state.value}{warning}: {state.requirement.label}"]
    lines += [
        f"  {part.value}{' (warning)' if part.warning else ''} {_where(part)}{part.evidence}"
        for part in state.parts
        if part.value is not RequirementValue.HOLDS or part.warning
    ]
    return "\n".join(lines)


def _where(part: PartState) -> str:
    return f"{part.endpoint.label}: " if part.endpoint else ""


def _as_json(state: RequirementState) -> dict[str, Any]:
    return {
        "requirement": state.requirement.value,
        "endpoint": state.endpoint.endpoint_id if state.endpoint else None,
        "value": state.value.value,
        "warning": state.warning,
        "since": state.since.isoformat() if state.since else None,
        "evaluated_at": state.evaluated_at.isoformat() if state.evaluated_at else None,
        "parts": [_part_as_json(part) for part in state.parts],
    }


def _part_as_json(part: PartState) -> dict[str, Any]:
    acceptance = part.acceptance
    return {
        "key": part.key,
        "endpoint": part.endpoint.endpoint_id if part.endpoint else None,
        "value": part.value.value,
        "warning": part.warning,
        "since": part.since.isoformat(),
        "evidence": part.evidence,
        "subjects": sorted(part.subjects),
        "mended": sorted(part.mended),
        "accepted_until": acceptance.until.isoformat() if acceptance else None,
        "accepted_by": acceptance.accepted_by if acceptance else None,
        "reason": acceptance.reason if acceptance else None,
    }
