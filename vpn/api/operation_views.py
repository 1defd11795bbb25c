"""`/api/operations/`: the same services as the pages, with the same checks."""

from typing import Any, TypeVar
from uuid import UUID

import msgspec
from django import forms
from django.utils.translation import gettext as _

from portal.access.permissions import Permission
from portal.access.requests import origin_of
from portal.access.tokens.guard import ApiRequest
from portal.access.tokens.problems import ApiError
from vpn.api.describe import Described, answers, sent, understood
from vpn.endpoints import queries as endpoints
from vpn.endpoints.models import Endpoint
from vpn.operation_kinds import get_kind
from vpn.operations import queries, transitions
from vpn.operations.models import Operation
from vpn.operations.requests import scripts, services
from vpn.operations.requests.forms import OperationSearchForm
from vpn.operations.requests.refusals import words_of

Answer = TypeVar("Answer", bound=msgspec.Struct)
Value = str | int | bool | list[str] | None


class OperationChangeSchema(msgspec.Struct):
    """Before → after, in AWS's words; null: not there."""

    name: str
    before: str | None
    after: str | None


class OperationPersonSchema(msgspec.Struct):
    name: str
    username: str
    connection_id: str


class OperationCheckSchema(msgspec.Struct):
    """``tone``: ok, info, warn, out or unknown.

    ``topic``: connections, access, internet, profiles, routes, quotas, cost, or null.
    """

    tone: str
    topic: str | None
    text: str


class OperationPlanSchema(msgspec.Struct, kw_only=True):
    """What would change. Send ``digest`` back to have refused what was planned on other settings."""

    kind: str
    heading: str
    endpoint_id: str | None
    changes: list[OperationChangeSchema]
    disconnects: list[OperationPersonSchema]
    reconnects: bool
    checks: list[OperationCheckSchema]
    destructive: bool
    needs_approval: bool
    name_to_type: str
    undo: str
    digest: str


class OperationFailureSchema(msgspec.Struct):
    """``code`` and ``message`` are AWS's own."""

    id: str
    words: str
    code: str
    message: str


class OperationStepSchema(msgspec.Struct, kw_only=True):
    """``after``: what AWS described when it was done."""

    key: str
    detail: str
    status: str
    aws_status: str | None
    acted_at: str | None
    started_at: str | None
    finished_at: str | None
    after: dict[str, Any]


class OperationSummarySchema(msgspec.Struct, kw_only=True):
    id: str
    number: int
    kind: str
    heading: str
    endpoint_id: str | None
    status: str
    reason: str
    requested_by: str
    decided_by: str | None
    created_at: str
    not_before: str | None
    started_at: str | None
    finished_at: str | None
    error: OperationFailureSchema | None
    undo_of: int | None


class OperationDetailSchema(OperationSummarySchema, kw_only=True):
    """``error`` of an operation that hasn't ended tells of the last attempt that AWS didn't answer."""

    steps: list[OperationStepSchema]


class OperationListSchema(msgspec.Struct):
    """Newest first. ``next``: the number to give as ``before`` for what is older, or null."""

    operations: list[OperationSummarySchema]
    next: int | None


class OperationDraftSchema(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """``parameters``: the fields of the kind's form; what isn't given stays as the form shows it."""

    kind: str
    endpoint_id: str | None = None
    parameters: dict[str, Value] = msgspec.field(default_factory=dict)


class OperationRequestSchema(OperationDraftSchema, kw_only=True, forbid_unknown_fields=True):
    """``typed_name``: what a destructive kind asks to type, the plan's ``name_to_type``."""

    reason: str
    typed_name: str = ""
    digest: str = ""


class ListForm(OperationSearchForm):
    before = forms.IntegerField(required=False, min_value=1, help_text="Only operations with smaller numbers")


@answers(
    Described(
        summary="Operations, newest first",
        answer=OperationListSchema,
        permission=Permission.OPERATION_READ,
        query=ListForm,
    )
)
def operations(request: ApiRequest) -> OperationListSchema:
    form = ListForm(request.GET)
    understood(form)
    page = queries.page(form.search(), before=str(form.cleaned_data["before"] or ""))
    found = [_converted(scripts.operation_shown(one), OperationSummarySchema) for one in page.rows]
    return OperationListSchema(found, int(page.older) if page.older else None)


@answers(
    Described(
        summary="Ask for an operation",
        answer=OperationDetailSchema,
        permission=Permission.OPERATION_REQUEST,
        method="POST",
        body=OperationRequestSchema,
        problems=("parameters-invalid", "operation-refused"),
    )
)
def request_operation(request: ApiRequest) -> OperationDetailSchema:
    asked = sent(request, OperationRequestSchema)
    reason = asked.reason.strip()[:500]
    if not reason:
        raise ApiError("parameters-invalid", errors={"reason": [_("Say why; it is kept in the record.")]})
    draft = _draft(asked)
    try:
        operation = services.request(
            draft=draft,
            actor=request.token.owner,
            reason=reason,
            digest=asked.digest or draft.digest,
            typed_name=asked.typed_name,
            origin=origin_of(request),
        )
    except transitions.TransitionRefused as refused:
        raise _refusal(refused) from refused
    return _detail(operation)


@answers(
    Described(
        summary="What an operation would change; nothing is written",
        answer=OperationPlanSchema,
        permission=Permission.OPERATION_REQUEST,
        method="POST",
        body=OperationDraftSchema,
        problems=("parameters-invalid",),
    )
)
def plan_operation(request: ApiRequest) -> OperationPlanSchema:
    return _converted(scripts.plan_shown(_draft(sent(request, OperationDraftSchema))), OperationPlanSchema)


@answers(
    Described(
        summary="One operation with its steps",
        answer=OperationDetailSchema,
        permission=Permission.OPERATION_READ,
        problems=("not-found",),
    )
)
def operation(request: ApiRequest, pk: UUID) -> OperationDetailSchema:
    return _detail(_known(pk))


@answers(
    Described(
        summary="Cancel an operation that hasn't ended; steps that are done stay done",
        answer=OperationDetailSchema,
        permission=Permission.OPERATION_REQUEST,
        method="POST",
        problems=("not-found", "operation-refused"),
    )
)
def cancel_operation(request: ApiRequest, pk: UUID) -> OperationDetailSchema:
    found = _known(pk)
    try:
        services.cancel(operation=found, actor=request.token.owner, origin=origin_of(request))
    except transitions.TransitionRefused as refused:
        raise _refusal(refused) from refused
    return _detail(found)


def _draft(asked: OperationDraftSchema) -> services.Draft:
    try:
        kind = get_kind(asked.kind)
    except LookupError as error:
        raise ApiError("parameters-invalid", errors={"kind": [_("There is no such kind.")]}) from error
    endpoint = _endpoint(asked.endpoint_id)
    if kind.needs_endpoint and endpoint is None:
        raise ApiError("parameters-invalid", errors={"endpoint_id": [_("There is no such endpoint.")]})
    try:
        draft = scripts.draft(kind=kind, endpoint=endpoint, given=asked.parameters)
    except LookupError as error:
        unknown = {name: [_("This kind has no such parameter.")] for name in str(error).split(", ")}
        raise ApiError("parameters-invalid", errors=unknown) from error
    if draft.plan is None:
        raise ApiError("parameters-invalid", errors=scripts.errors_of(draft.form))
    return draft


def _endpoint(endpoint_id: str | None) -> Endpoint | None:
    return next((one for one in endpoints.visible_endpoints() if one.endpoint_id == endpoint_id), None)


def _known(pk: UUID) -> Operation:
    found = queries.operation(pk)
    if found is None:
        raise ApiError("not-found")
    return found


def _detail(found: Operation) -> OperationDetailSchema:
    return _converted(scripts.operation_shown(found, list(found.steps.all())), OperationDetailSchema)


def _refusal(refused: transitions.TransitionRefused) -> ApiError:
    """``refusal``: busy, stale, not-named, too-many-people, wrong-state: what scripts compare."""
    return ApiError("operation-refused", refusal=refused.id, detail=words_of(refused))


def _converted(shown: dict[str, Any], kind: type[Answer]) -> Answer:
    return msgspec.convert(shown, kind)
