"""Reading other people's connections is in the audit record, by whatever way."""

from typing import Any

from portal.access.requests import origin_of
from portal.access.tokens.guard import ApiRequest
from portal.audit.services import record
from portal.audit.tags import Tag


def note(request: ApiRequest, tag: Tag, *, target: str = "", **details: Any) -> None:
    """With the name of the token, under the name of its owner."""
    origin = origin_of(request)
    record(
        tag,
        actor=request.token.owner,
        target=target,
        address=origin.address,
        reference=origin.reference,
        details={"token": request.token.name, **details},
    )
