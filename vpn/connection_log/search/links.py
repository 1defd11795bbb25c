"""Ways from a number to the connections behind it."""

from datetime import datetime
from typing import Any

from django.urls import reverse

from vpn.connection_log.search.conditions import ConnectionSearch, OutcomeFilter, query_string


def search_url(since: datetime, until: datetime, **conditions: Any) -> str:
    """``conditions``: further fields of vpn.connection_log.search.conditions.ConnectionSearch."""
    return f"{reverse('connections')}?{query_string(ConnectionSearch(since, until, **conditions))}"


def failed_url(since: datetime, until: datetime, **conditions: Any) -> str:
    return search_url(since, until, outcome=OutcomeFilter.FAILED, **conditions)


def person_url(username: str, since: datetime, until: datetime, **conditions: Any) -> str:
    return search_url(since, until, person=username, **conditions)
