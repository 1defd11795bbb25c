"""Cursors of `/api/connections/`: signed, and valid only for the query and the token they were made for.

So a page of results is always part of a query that is in the audit record. Ninja's cursors hold a position only.
"""

from datetime import datetime
from typing import Final

from django.core import signing

from portal.access.tokens.models import ApiToken
from portal.access.tokens.problems import ApiError
from vpn.connection_log.search.conditions import PagePosition

# Cursors that scripts hold stay valid: this is not the module's name on purpose.
SALT: Final = "vpn.api.cursors"


def write_cursor(position: PagePosition, *, query: str, token: ApiToken) -> str:
    return signing.dumps(
        [position.at.isoformat(), position.connection_id, query, token.pk], salt=SALT, compress=True
    )


def read_cursor(text: str, *, query: str, token: ApiToken) -> PagePosition:
    """The position after which to go on. Raises ApiError cursor-invalid."""
    try:
        at, connection_id, cursor_query, cursor_token = signing.loads(text, salt=SALT)
    except (signing.BadSignature, ValueError) as error:
        raise ApiError("cursor-invalid") from error
    if (cursor_query, cursor_token) != (query, token.pk):
        raise ApiError("cursor-invalid")
    return PagePosition(datetime.fromisoformat(at), connection_id)
