"""Drafts from the values that scripts give, and operations as JSON: the same for the API and the command."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.datastructures import MultiValueDict

from vpn.endpoints.models import Endpoint
from vpn.operations.base.kind import OperationKind, as_form_data
from vpn.operations.engine.headings import operation_heading
from vpn.operations.failure_texts import failure_text
from vpn.operations.models import Operation, OperationStep
from vpn.operations.requests import services
from vpn.operations.requests.drafts import Draft
from vpn.operations.requests.shown_status import find_silence, main_status


def draft_from_values(*, kind: OperationKind, endpoint: Endpoint | None, given: Mapping[str, Any]) -> Draft:
    """The draft that the page's form would give with these values. Parameters that are not given have their defaults.

    Values may be text, numbers, booleans or lists. Raises LookupError with the names of unknown parameters.
    """
    form = kind.form(endpoint=endpoint)
    # A form ignores unknown fields; a script that misspells one must not get the default instead.
    unknown = sorted(set(given) - set(form.fields))
    if unknown:
        raise LookupError(", ".join(unknown))
    defaults = {name: _as_text(form[name].value()) for name in form.fields}
    data = {**defaults, **{name: _as_text(value) for name, value in given.items()}}
    sent = MultiValueDict({name: [text] for name, text in data.items() if text is not None})
    return services.make_draft(kind=kind, endpoint=endpoint, data=sent)


def _as_text(value: Any) -> str | None:
    """The value as a browser sends it. None: a browser sends nothing, as for a checkbox without a tick."""
    return None if value is None or value is False else as_form_data(value)


def fixed_choices(field: forms.Field) -> list[str]:
    """The choices that are the same for every endpoint; empty for a field without choices, or with other ones."""
    if not isinstance(field, forms.ChoiceField):
        return []
    return [str(value) for value, _label in field.choices]  # type: ignore[union-attr,misc]


def form_errors(form: forms.Form) -> dict[str, list[str]]:
    """Messages by parameter; those about the form as a whole are under ``__all__``."""
    return {name: [str(message) for message in messages] for name, messages in form.errors.items()}


def plan_json(draft: Draft) -> dict[str, Any]:
    """The plan as JSON; texts are in the current language. Raises ValueError for a draft without a plan."""
    if draft.plan is None:
        raise ValueError("the form is not valid")
    plan = draft.plan
    return {
        "kind": draft.kind.slug,
        "heading": draft.heading,
        "endpoint_id": draft.endpoint.endpoint_id if draft.endpoint else None,
        "changes": [
            {"name": change.name, "before": change.before, "after": change.after} for change in plan.changes
        ],
        "people_meant": [{"tone": person.tone, "text": str(person.text)} for person in plan.people_meant],
        "disconnects": [
            {
                "name": connection.name,
                "username": connection.username,
                "connection_id": connection.connection_id,
            }
            for connection in plan.disconnects
        ],
        "reconnects": plan.reconnects,
        "checks": [
            {"tone": check.tone, "topic": check.topic, "text": str(check.text)} for check in plan.checks
        ],
        "destructive": plan.destructive,
        "needs_approval": draft.needs_approval,
        "name_to_type": draft.name_to_type,
        "undo": str(plan.undo),
        "digest": draft.digest,
    }


def operation_json(operation: Operation, steps: list[OperationStep] | None = None) -> dict[str, Any]:
    """The operation as JSON, with ``steps`` if they are given."""
    silence = find_silence(operation)
    error = {
        "id": operation.error_id,
        "words": str(failure_text(operation.error_id)),
        "code": operation.error_code,
        "message": operation.error_message,
    }
    values: dict[str, Any] = {
        "id": str(operation.pk),
        "number": operation.number,
        "kind": operation.kind,
        "heading": operation_heading(operation),
        "endpoint_id": operation.endpoint.endpoint_id if operation.endpoint else None,
        "status": main_status(operation).value,
        "no_sign_since": _moment(silence.since) if silence else None,
        "reason": operation.reason,
        "requested_by": operation.requested_by_username,
        "decided_by": operation.decided_by_name or None,
        "created_at": _moment(operation.created_at),
        "not_before": _moment(operation.not_before),
        "started_at": _moment(operation.started_at),
        "finished_at": _moment(operation.finished_at),
        "error": error if operation.error_id else None,
        "undo_of": operation.undo_of.number if operation.undo_of else None,
    }
    if steps is not None:
        values["steps"] = [_step_json(step) for step in steps]
    return values


def _step_json(step: OperationStep) -> dict[str, Any]:
    return {
        "key": step.key,
        "detail": step.detail,
        "status": step.status,
        "aws_status": step.aws_status or None,
        "acted_at": _moment(step.acted_at),
        "started_at": _moment(step.started_at),
        "finished_at": _moment(step.finished_at),
        "before": step.before,
        "after": step.after,
    }


def _moment(value: Any) -> str | None:
    return value.isoformat().replace("+00:00", "Z") if value else None
