"""Evidence that people's connections ended: what the steps of an operation observed, for its page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext as _

from vpn.endpoints.reasons import ERRORS
from vpn.operations.failure_texts import failure_text
from vpn.operations.models import OperationStep
from vpn.operations.plan.plan import PlanCheck
from vpn.operations.states import StepStatus

TONES: Final = {"terminated": "ok", "terminating": "info"}


@dataclass(frozen=True)
class ObservedConnection:
    """A connection as AWS listed it. ``tone``: ok if it has ended, info while AWS is ending it, out if it is open."""

    endpoint: str
    username: str
    connection_id: str
    client_ip: str
    status: str
    tone: str


@dataclass(frozen=True)
class ObservationRound:
    """All endpoints at one moment. ``notes``: endpoints that gave no answer, and connections without a name."""

    at: datetime
    connections: tuple[ObservedConnection, ...]
    notes: tuple[PlanCheck, ...]


@dataclass(frozen=True)
class Evidence:
    refusals: tuple[PlanCheck, ...]
    rounds: tuple[ObservationRound, ...]


def collect_evidence(steps: Sequence[OperationStep]) -> Evidence | None:
    """None for an operation that did not look for connections."""
    rounds = [_round(step.after) for step in steps if "checked_at" in step.after]
    if not rounds:
        return None
    refusals = [
        _refusal(step)
        for step in steps
        if step.status == StepStatus.DONE and step.key.startswith(("deny:", "forbid:"))
    ]
    return Evidence(tuple(refusals), tuple(rounds))


def _refusal(step: OperationStep) -> PlanCheck:
    values = {
        "where": step.detail,
        "who": ", ".join(step.after.get("denied") or step.after.get("forbidden") or ()),
    }
    if error := step.after.get("error"):
        words = ERRORS.get(error["id"]) or failure_text(error["id"])
        return PlanCheck("out", _("%(where)s: not refused. %(why)s") % {**values, "why": words})
    if unusable := step.after.get("unusable"):
        return PlanCheck("unknown", f"{step.detail}: {failure_text(unusable)}")
    if step.after.get("shadow_mode"):
        return PlanCheck(
            "warn", _("%(where)s: its policy forbids %(who)s, but is only tried out (shadow mode).") % values
        )
    return PlanCheck("ok", _("%(where)s refuses %(who)s.") % values)


def _round(details: dict[str, Any]) -> ObservationRound:
    connections = [
        ObservedConnection(
            endpoint["label"],
            connection["username"],
            connection["connection_id"],
            connection["client_ip"],
            connection["status"],
            TONES.get(connection["status"], "out"),
        )
        for endpoint in details["endpoints"].values()
        for connection in endpoint["connections"]
    ]
    at = datetime.fromisoformat(details["checked_at"])
    return ObservationRound(at, tuple(connections), tuple(_notes(details)))


def _notes(details: dict[str, Any]) -> list[PlanCheck]:
    notes = []
    # An endpoint that gave no answer must not look like one without connections.
    for endpoint_id, endpoint in details["endpoints"].items():
        label = {"label": endpoint["label"], "count": endpoint["nobodys"]}
        error = endpoint.get("error") or details.get("refusals", {}).get(endpoint_id)
        if error:
            why = ERRORS.get(error["id"], ERRORS["aws-failed"])
            notes.append(PlanCheck("out", f"{endpoint['label']}: {why} ({error['code']})"))
        if endpoint["nobodys"]:
            notes.append(PlanCheck("warn", _("%(label)s: %(count)s connections without a name.") % label))
    return notes
