"""Audit events of reading with a token: by whatever way data of other people is read, it is recorded."""

from collections.abc import Iterable
from typing import Any

from portal.access.requests import request_origin
from portal.access.tokens.guard import ApiRequest
from portal.audit.services import record
from portal.audit.tags import Tag
from portal.audit.targets import AuditTarget


def record_api_use(
    request: ApiRequest,
    tag: Tag,
    *,
    target: AuditTarget | None = None,
    people: Iterable[str] = (),
    **details: Any,
) -> None:
    """Write an audit event under the name of the token's owner; the details say which token it was."""
    origin = request_origin(request)
    record(
        tag,
        actor=request.token.owner,
        target=target,
        people=people,
        address=origin.address,
        reference=origin.reference,
        details={"token": request.token.name, **details},
    )
