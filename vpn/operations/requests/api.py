"""`/api/operations/`: the same services as the pages, with the same checks."""

from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from ninja import Router

from portal.access.permissions import Permission
from portal.access.requests import request_origin
from portal.access.tokens.guard import ApiRequest, TokenAuth
from portal.access.tokens.problems import ApiError
from portal.access.tokens.query_parameters import validated
from vpn.endpoints import queries as endpoints
from vpn.endpoints.models import Endpoint
from vpn.operation_kinds import get_kind
from vpn.operations import queries
from vpn.operations.base.fields import REASON_LENGTH, RecordField
from vpn.operations.models import Operation
from vpn.operations.refusals import OperationRefused
from vpn.operations.requests import looks, scripts, services
from vpn.operations.requests.drafts import Draft
from vpn.operations.requests.forms import OperationSearchForm
from vpn.operations.requests.refusal_texts import refusal_text
from vpn.operations.requests.schemas import (
    OperationDetailSchema,
    OperationDraftSchema,
    OperationListSchema,
    OperationPlanSchema,
    OperationRequestSchema,
)

READ = TokenAuth(Permission.OPERATION_READ)
REQUEST = TokenAuth(Permission.OPERATION_REQUEST)

router = Router()


class OperationListForm(OperationSearchForm):
    before = forms.IntegerField(required=False, min_value=1, help_text="Only operations with smaller numbers")


@router.api_operation(
    ["GET", "HEAD"],
    "/operations/",
    url_name="api_operations",
    auth=READ,
    response=OperationListSchema,
    summary="Operations, newest first",
    openapi_extra={"query": OperationListForm, "problems": ["query-invalid"]},
)
def operations(request: ApiRequest) -> dict[str, Any]:
    form = validated(OperationListForm(request.GET))
    page = queries.operations_page(form.search(), before=str(form.cleaned_data["before"] or ""))
    shown: set[str] = set().union(*(looks.people_shown(operation) for operation in page.rows))
    looks.record_api_operations(request, shown)
    return {
        "operations": [scripts.operation_json(operation) for operation in page.rows],
        "next": int(page.older) if page.older else None,
    }


@router.post(
    "/operations/",
    url_name="api_operations",
    operation_id="operations_post",
    auth=REQUEST,
    response=OperationDetailSchema,
    summary="Ask for an operation",
    openapi_extra={"problems": ["parameters-invalid", "operation-refused", "body-invalid"]},
)
def request_operation(request: ApiRequest, body: OperationRequestSchema) -> dict[str, Any]:
    try:
        # As on the page: kept as it was written, and refused rather than cut.
        reason = RecordField(max_length=REASON_LENGTH).clean(body.reason)
    except ValidationError as error:
        why = error.messages if body.reason.strip() else [_("Say why; it is kept in the record.")]
        raise ApiError("parameters-invalid", errors={"reason": why}) from error
    draft = _draft(body)
    try:
        operation = services.request(
            draft=draft,
            actor=request.token.owner,
            reason=reason,
            digest=body.digest or draft.digest,
            typed_name=body.typed_name,
            origin=request_origin(request),
        )
    except OperationRefused as error:
        raise _refusal(error) from error
    return _detail(operation)


@router.post(
    "/operations/plan/",
    url_name="api_operation_plan",
    auth=REQUEST,
    response=OperationPlanSchema,
    summary="What an operation would change; nothing is written",
    openapi_extra={"problems": ["parameters-invalid", "body-invalid"]},
)
def plan_operation(request: ApiRequest, body: OperationDraftSchema) -> dict[str, Any]:
    draft = _draft(body)
    looks.record_api_operations(request, looks.people_planned(draft), kind=draft.kind.slug)
    return scripts.plan_json(draft)


@router.api_operation(
    ["GET", "HEAD"],
    "/operations/{uuid:pk}/",
    url_name="api_operation",
    auth=READ,
    response=OperationDetailSchema,
    summary="One operation with its steps",
    openapi_extra={"problems": ["not-found"]},
)
def operation(request: ApiRequest, pk: UUID) -> dict[str, Any]:
    operation = _get(pk)
    shown = looks.people_shown(operation, operation.steps.all())
    looks.record_api_operations(request, shown, operation=operation.number)
    return _detail(operation)


@router.post(
    "/operations/{uuid:pk}/cancel/",
    url_name="api_operation_cancel",
    auth=REQUEST,
    response=OperationDetailSchema,
    summary="Cancel an operation that hasn't ended; steps that are done stay done",
    openapi_extra={"problems": ["not-found", "operation-refused"]},
)
def cancel_operation(request: ApiRequest, pk: UUID) -> dict[str, Any]:
    operation = _get(pk)
    try:
        services.cancel(operation=operation, actor=request.token.owner, origin=request_origin(request))
    except OperationRefused as error:
        raise _refusal(error) from error
    return _detail(operation)


def _draft(body: OperationDraftSchema) -> Draft:
    """Raises ApiError parameters-invalid, also for a draft of which no plan can be made."""
    try:
        kind = get_kind(body.kind)
    except LookupError as error:
        raise ApiError("parameters-invalid", errors={"kind": [_("There is no such kind.")]}) from error
    endpoint = _endpoint(body.endpoint_id)
    if kind.needs_endpoint and endpoint is None:
        raise ApiError("parameters-invalid", errors={"endpoint_id": [_("There is no such endpoint.")]})
    try:
        draft = scripts.draft_from_values(kind=kind, endpoint=endpoint, given=body.parameters)
    except LookupError as error:
        unknown = {name: [_("This kind has no such parameter.")] for name in str(error).split(", ")}
        raise ApiError("parameters-invalid", errors=unknown) from error
    if draft.plan is None:
        raise ApiError("parameters-invalid", errors=scripts.form_errors(draft.form))
    return draft


def _endpoint(endpoint_id: str | None) -> Endpoint | None:
    return next(
        (endpoint for endpoint in endpoints.visible_endpoints() if endpoint.endpoint_id == endpoint_id), None
    )


def _get(pk: UUID) -> Operation:
    operation = queries.get_operation(pk)
    if operation is None:
        raise ApiError("not-found")
    return operation


def _detail(operation: Operation) -> dict[str, Any]:
    return scripts.operation_json(operation, list(operation.steps.all()))


def _refusal(refused: OperationRefused) -> ApiError:
    """``refusal`` is what scripts compare: busy, stale, not-named, too-many-people or wrong-state."""
    return ApiError("operation-refused", refusal=refused.id, detail=refusal_text(refused))
