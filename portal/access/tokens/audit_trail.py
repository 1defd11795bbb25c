"""Audit events of reading with a token: by whatever way data of other people is read, it is recorded."""

from typing import Any

from portal.access.requests import origin_of
from portal.access.tokens.guard import ApiRequest
from portal.audit.services import record
from portal.audit.tags import Tag


def record_api_use(request: ApiRequest, tag: Tag, *, target: str = "", **details: Any) -> None:
    """Write an audit event under the name of the token's owner; the details say which token it was."""
    origin = origin_of(request)
    record(
        tag,
        actor=request.token.owner,
        target=target,
        address=origin.address,
        reference=origin.reference,
        details={"token": request.token.name, **details},
    )
