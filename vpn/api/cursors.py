"""Where a list goes on. A cursor is ours: signed, and good for the query and the token that it was made for.

So reading on is part of the query that is in the audit record, and no query can be read without its beginning.
"""

from datetime import datetime
from typing import Final

from django.core import signing

from portal.access.tokens.models import ApiToken
from portal.access.tokens.problems import ApiError
from vpn.connection_log.search.conditions import PagePosition

SALT: Final = "vpn.api.cursors"


def written(position: PagePosition, *, query: str, token: ApiToken) -> str:
    whole = [position.at.isoformat(), position.connection_id, query, token.pk]
    return signing.dumps(whole, salt=SALT, compress=True)


def read(text: str, *, query: str, token: ApiToken) -> PagePosition:
    """Raises Refused."""
    try:
        at, connection_id, of_query, of_token = signing.loads(text, salt=SALT)
    except (signing.BadSignature, ValueError) as error:
        raise ApiError("cursor-invalid") from error
    if (of_query, of_token) != (query, token.pk):
        raise ApiError("cursor-invalid")
    return PagePosition(datetime.fromisoformat(at), connection_id)
