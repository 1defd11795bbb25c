"""Evidence that people's connections ended: what the steps of an operation observed, for its page."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.access.names import account_key
from vpn.endpoints.reasons import ERRORS
from vpn.endpoints.statuses import StatusBadge
from vpn.operation_plans.plan import PlanCheck
from vpn.operations.failure_texts import failure_text
from vpn.operations.models import Operation, OperationStep
from vpn.operations.requests.step_rows import unanswered_endpoints
from vpn.operations.states import StepStatus

STATUSES: Final = {
    "active": StatusBadge("out", gettext_lazy("Connected")),
    "failed-to-terminate": StatusBadge("out", gettext_lazy("AWS failed to end it")),
    "terminating": StatusBadge("info", gettext_lazy("Being ended")),
    "terminated": StatusBadge("ok", gettext_lazy("No longer connected")),
}


@dataclass(frozen=True)
class ObservedConnection:
    """A connection as AWS listed it."""

    endpoint: str
    username: str
    connection_id: str
    client_ip: str
    status: StatusBadge


@dataclass(frozen=True)
class ObservationRound:
    """All endpoints at one moment. ``notes``: endpoints that gave no answer, and connections without a name.

    ``nothing_found``: said instead of a table. It speaks of nothing but the endpoints that answered.
    """

    at: datetime
    connections: tuple[ObservedConnection, ...]
    nothing_found: str
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


@dataclass(frozen=True)
class EndedConnections:
    """Whose connections an operation has ended, by what AWS said of each afterwards.

    ``is_known``: AWS was asked for each connection and answered everywhere.
    """

    usernames: tuple[str, ...]
    is_known: bool


def ended_connections(operation: Operation, steps: Sequence[OperationStep]) -> EndedConnections:
    """Of an operation whose steps end connections one by one. AWS names nobody whom a changed endpoint disconnects."""
    rounds = [step for step in steps if "checked_at" in step.after]
    usernames = {account_key(name): name for step in rounds for name in _ended_in(step.after)}
    single = [step for step in steps if step.key.startswith("terminate:")]
    who = str(operation.parameters.get("who", ""))
    usernames |= {account_key(who): who for step in single if who and _was_ended(step)}
    return EndedConnections(
        usernames=tuple(usernames.values()),
        is_known=bool(rounds or single)
        and all(step.status == StepStatus.DONE for step in [*rounds, *single])
        and not any(unanswered_endpoints(step.after) for step in rounds),
    )


def _ended_in(details: Mapping[str, Any]) -> Iterator[str]:
    """``ended`` is written before each call: it counts if AWS has since said that the connection is over."""
    asked_for = details.get("ended", ())
    for endpoint in details["endpoints"].values():
        for connection in endpoint["connections"]:
            is_over = connection["status"] in {"terminating", "terminated"}
            if is_over and f"{connection['username']} ({endpoint['label']})" in asked_for:
                yield connection["username"]


def _was_ended(step: OperationStep) -> bool:
    # Of one that ended by itself before the step's turn, nothing was asked.
    return bool(step.acted_at) and step.status == StepStatus.DONE


def _refusal(step: OperationStep) -> PlanCheck:
    values = {
        "where": _place(step),
        "who": _(", ").join(step.after.get("denied") or step.after.get("forbidden") or ()),
    }
    if error := step.after.get("error"):
        words = ERRORS.get(error["id"]) or failure_text(error["id"])
        return PlanCheck("out", _("%(where)s: not refused. %(why)s") % {**values, "why": words})
    if unusable := step.after.get("unusable"):
        text = _("%(where)s: %(why)s")
        return PlanCheck("unknown", text % {**values, "why": failure_text(unusable)})
    if step.after.get("shadow_mode"):
        return PlanCheck(
            "warn", _("%(where)s: its policy forbids %(who)s, but is only tried out (shadow mode).") % values
        )
    return PlanCheck("ok", _("%(where)s refuses %(who)s.") % values)


def _place(step: OperationStep) -> str:
    """The deny list with its account, or the endpoint of the policy."""
    account, colon, table = step.detail.partition(": ")
    return _("%(table)s (%(account)s)") % {"table": table, "account": account} if colon else step.detail


def _round(details: dict[str, Any]) -> ObservationRound:
    connections = [
        ObservedConnection(
            endpoint["label"],
            connection["username"],
            connection["connection_id"],
            connection["client_ip"],
            STATUSES.get(connection["status"]) or StatusBadge("out", connection["status"]),
        )
        for endpoint in details["endpoints"].values()
        for connection in endpoint["connections"]
    ]
    at = datetime.fromisoformat(details["checked_at"])
    return ObservationRound(at, tuple(connections), _nothing_found(details), tuple(_notes(details)))


def _nothing_found(details: dict[str, Any]) -> str:
    """Empty for a look that AWS answered nowhere: whoever wasn't told doesn't know."""
    answered = sorted(answer["label"] for answer in details["endpoints"].values() if "error" not in answer)
    if not answered:
        return ""
    if not unanswered_endpoints(details):
        return _("No connection with their name, neither open nor ended within the last hour.")
    text = _("On %(labels)s no connection with their name, neither open nor ended within the last hour.")
    return text % {"labels": _(", ").join(answered)}


def _notes(details: dict[str, Any]) -> list[PlanCheck]:
    notes = []
    # An endpoint that gave no answer must not look like one without connections.
    for endpoint_id, endpoint in details["endpoints"].items():
        label = {"label": endpoint["label"], "count": endpoint["nobodys"]}
        error = endpoint.get("error") or details.get("refusals", {}).get(endpoint_id)
        if error:
            why = ERRORS.get(error["id"], ERRORS["aws-failed"])
            text = _("%(label)s couldn't be checked. %(why)s (%(code)s)")
            if not endpoint.get("error"):
                text = _("%(label)s: a connection couldn't be ended. %(why)s (%(code)s)")
            notes.append(PlanCheck("out", text % {**label, "why": why, "code": error["code"]}))
        if endpoint["nobodys"]:
            notes.append(PlanCheck("warn", _("%(label)s: %(count)s connections without a name.") % label))
    return notes
