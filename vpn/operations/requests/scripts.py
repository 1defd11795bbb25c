"""What scripts say and hear of operations, the same for the API and the command."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.datastructures import MultiValueDict

from vpn.endpoints.models import Endpoint
from vpn.operations.base.kind import OperationKind
from vpn.operations.failure_texts import failure_text
from vpn.operations.headings import operation_heading
from vpn.operations.models import Operation, OperationStep
from vpn.operations.requests import services
from vpn.operations.requests.services import Draft


def draft(*, kind: OperationKind, endpoint: Endpoint | None, given: Mapping[str, Any]) -> Draft:
    """As the form of the page would be sent: what isn't given stays as the form shows it. Raises LookupError.

    Lists may be given as lists. LookupError: no such parameter, which the page could not have sent either.
    """
    form = kind.form(endpoint=endpoint)
    unknown = sorted(set(given) - set(form.fields))
    if unknown:
        raise LookupError(", ".join(unknown))
    shown = {name: _as_text(form[name].value()) for name in form.fields}
    data = {**shown, **{name: _as_text(value) for name, value in given.items()}}
    sent = MultiValueDict({name: [text] for name, text in data.items() if text is not None})
    return services.draft(kind=kind, endpoint=endpoint, data=sent)


def _as_text(value: Any) -> str | None:
    """As a browser sends it; None: not at all, like a box without a tick."""
    if value is None or value is False:
        return None
    if value is True:
        return "on"
    return "\n".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def choices_of(field: forms.Field) -> list[str]:
    """The values that can be chosen whatever the endpoint; empty for a field without, or with others each time."""
    if not isinstance(field, forms.ChoiceField):
        return []
    return [str(value) for value, _words in field.choices]  # type: ignore[union-attr,misc]


def errors_of(form: forms.Form) -> dict[str, list[str]]:
    """By parameter; what is wrong with all of it is under ``__all__``."""
    return {name: [str(words) for words in found] for name, found in form.errors.items()}


def plan_shown(draft: Draft) -> dict[str, Any]:
    """JSON; the words are in the current language. Only for a draft with a plan."""
    if draft.plan is None:
        raise ValueError("the form is not valid")
    plan = draft.plan
    return {
        "kind": draft.kind.slug,
        "heading": draft.heading,
        "endpoint_id": draft.endpoint.endpoint_id if draft.endpoint else None,
        "changes": [{"name": one.name, "before": one.before, "after": one.after} for one in plan.changes],
        "disconnects": [
            {"name": one.name, "username": one.username, "connection_id": one.connection_id}
            for one in plan.disconnects
        ],
        "reconnects": plan.reconnects,
        "checks": [{"tone": one.tone, "topic": one.topic, "text": str(one.text)} for one in plan.checks],
        "destructive": plan.destructive,
        "needs_approval": draft.needs_approval,
        "name_to_type": draft.name_to_type,
        "undo": str(plan.undo),
        "digest": draft.digest,
    }


def operation_shown(found: Operation, steps: list[OperationStep] | None = None) -> dict[str, Any]:
    """JSON; without ``steps`` as in a list."""
    error = {
        "id": found.error_id,
        "words": str(failure_text(found.error_id)),
        "code": found.error_code,
        "message": found.error_message,
    }
    shown: dict[str, Any] = {
        "id": str(found.pk),
        "number": found.number,
        "kind": found.kind,
        "heading": operation_heading(found),
        "endpoint_id": found.endpoint.endpoint_id if found.endpoint else None,
        "status": found.status,
        "reason": found.reason,
        "requested_by": found.requested_by_username,
        "decided_by": found.decided_by_name or None,
        "created_at": _moment(found.created_at),
        "not_before": _moment(found.not_before),
        "started_at": _moment(found.started_at),
        "finished_at": _moment(found.finished_at),
        "error": error if found.error_id else None,
        "undo_of": found.undo_of.number if found.undo_of else None,
    }
    if steps is not None:
        shown["steps"] = [_step_shown(step) for step in steps]
    return shown


def _step_shown(step: OperationStep) -> dict[str, Any]:
    return {
        "key": step.key,
        "detail": step.detail,
        "status": step.status,
        "aws_status": step.aws_status or None,
        "acted_at": _moment(step.acted_at),
        "started_at": _moment(step.started_at),
        "finished_at": _moment(step.finished_at),
        "after": step.after,
    }


def _moment(value: Any) -> str | None:
    return value.isoformat().replace("+00:00", "Z") if value else None
