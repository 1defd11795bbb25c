"""Operations as the API takes and shows them. What it shows is made by `scripts.py`, for the command too."""

from typing import Any

from pydantic import BaseModel, ConfigDict

from vpn.operations.requests.parameter_schemas import add_kinds

ParameterValue = str | int | bool | list[str] | None


class OperationChangeSchema(BaseModel):
    """Before → after, in AWS's words; null: not there."""

    name: str
    before: str | None
    after: str | None


class OperationPersonSchema(BaseModel):
    name: str
    username: str
    connection_id: str


class OperationPersonMeantSchema(BaseModel):
    """Who is meant by what was sent. ``tone``: ok, or out for a name that the portal doesn't know."""

    tone: str
    text: str


class OperationCheckSchema(BaseModel):
    """``tone``: ok, info, warn, out or unknown.

    ``topic``: connections, access, internet, profiles, routes, record, quotas, cost, or null.
    """

    tone: str
    topic: str | None
    text: str


class OperationPlanSchema(BaseModel):
    """What would change. Send ``digest`` back to have refused what was planned on other settings."""

    kind: str
    heading: str
    endpoint_id: str | None
    changes: list[OperationChangeSchema]
    people_meant: list[OperationPersonMeantSchema]
    disconnects: list[OperationPersonSchema]
    reconnects: bool
    checks: list[OperationCheckSchema]
    destructive: bool
    needs_approval: bool
    name_to_type: str
    undo: str
    digest: str


class OperationFailureSchema(BaseModel):
    """``code`` and ``message`` are AWS's own."""

    id: str
    words: str
    code: str
    message: str


class OperationStepSchema(BaseModel):
    """``before`` and ``after``: what AWS described when the step acted, and when it was done."""

    key: str
    detail: str
    status: str
    aws_status: str | None
    acted_at: str | None
    started_at: str | None
    finished_at: str | None
    before: dict[str, Any]
    after: dict[str, Any]


class OperationSummarySchema(BaseModel):
    """An operation without its steps.

    ``no_sign_since``: since when no worker has said anything of it although one should; null while all is well.
    """

    id: str
    number: int
    kind: str
    heading: str
    endpoint_id: str | None
    status: str
    no_sign_since: str | None
    reason: str
    requested_by: str
    decided_by: str | None
    created_at: str
    not_before: str | None
    started_at: str | None
    finished_at: str | None
    error: OperationFailureSchema | None
    undo_of: int | None


class OperationDetailSchema(OperationSummarySchema):
    """``error`` of an operation that hasn't ended is that of the last attempt that AWS didn't answer."""

    steps: list[OperationStepSchema]


class OperationListSchema(BaseModel):
    """Newest first. ``next``: the number to give as ``before`` for the older ones, or null."""

    operations: list[OperationSummarySchema]
    next: int | None


class OperationDraftSchema(BaseModel):
    """``parameters``: the fields of the kind's form; what isn't given stays as the form shows it."""

    # Strict: 1 is no text. A parameter that is misspelled must be refused, not left out.
    model_config = ConfigDict(strict=True, extra="forbid", json_schema_extra=add_kinds)

    kind: str
    endpoint_id: str | None = None
    parameters: dict[str, ParameterValue] = {}


class OperationRequestSchema(OperationDraftSchema):
    """``typed_name``: the plan's ``name_to_type``, which destructive kinds ask to type."""

    reason: str
    typed_name: str = ""
    digest: str = ""
