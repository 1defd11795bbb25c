"""`/api/connections/<id>/`: one connection with its events."""

from datetime import datetime

from ninja import Router
from pydantic import BaseModel

from portal.access.permissions import Permission
from portal.access.tokens.audit_trail import record_api_use
from portal.access.tokens.guard import ApiRequest, TokenAuth
from portal.access.tokens.problems import ApiError
from portal.audit import targets
from portal.audit.tags import Tag
from vpn.connection_details.queries import connection_by_id, connection_events, sign_in_outcome
from vpn.connection_log.log_event import IDENTIFIER
from vpn.connection_log.search.schemas import ConnectionSchema, connection_schemas

router = Router(auth=TokenAuth(Permission.CONNECTION_READ))


class ConnectionEventSchema(BaseModel):
    """``raw``: the line that AWS wrote."""

    at: datetime
    raw: str


class ConnectionDetailSchema(ConnectionSchema):
    """One connection with its events, oldest first."""

    events: list[ConnectionEventSchema]


@router.api_operation(
    ["GET", "HEAD"],
    "/connections/{path:connection_id}/",
    url_name="api_connection",
    response=ConnectionDetailSchema,
    summary="One connection with its events in the log",
    description=(
        "AWS logs a sign-in in the browser apart from the connection. The id of a sign-in is answered with the"
        " connection or failure that it led to. Where others from the same address may have led there as well, it is"
        " answered with the sign-in itself; its status is sign-in."
    ),
    openapi_extra={"problems": ["not-found"]},
)
def connection(request: ApiRequest, connection_id: str) -> ConnectionDetailSchema:
    row = connection_by_id(connection_id) if IDENTIFIER.fullmatch(connection_id) else None
    if row is None:
        raise ApiError("not-found")
    row = sign_in_outcome(row) or row
    username = row.user.username if row.user else ""
    record_api_use(
        request,
        Tag.CONNECTION_VIEWED,
        target=targets.person(username) if username else None,
        connection=row.connection_id,
    )
    [schema] = connection_schemas([row])
    events = [ConnectionEventSchema(at=event.at, raw=event.raw) for event in connection_events(row)]
    return ConnectionDetailSchema(**schema.model_dump(), events=events)
