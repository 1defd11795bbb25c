"""How many rows an export will have, and whose: said before it begins, and recorded."""

from dataclasses import dataclass
from typing import Final

from portal.audit.targets import EVERYBODY
from vpn.connection_log.models import ConnectionUser
from vpn.connection_log.search.conditions import ConnectionSearch
from vpn.connection_log.search.limits import SearchTimeout, limited
from vpn.connection_log.search.queries import matching
from vpn.connection_log.search.record import MAX_PEOPLE, people_searched

# More are not counted: counting them would take longer than beginning to send them.
MAX_COUNTED: Final = 10_000
# The first line of a file must not wait longer for it.
MAX_SECONDS: Final = 1


@dataclass(frozen=True)
class ExpectedRows:
    """``rows`` None: not known in time. ``capped``: at least so many. ``people``: usernames, or EVERYBODY."""

    rows: int | None
    capped: bool
    people: list[str]


def expected_rows(search: ConnectionSearch) -> ExpectedRows:
    searched = people_searched(search)
    try:
        with limited(seconds=MAX_SECONDS):
            user_ids = list(matching(search).order_by().values_list("user_id", flat=True)[: MAX_COUNTED + 1])
    except SearchTimeout:
        return ExpectedRows(None, capped=False, people=searched or [EVERYBODY])
    capped = len(user_ids) > MAX_COUNTED
    people = {*searched, *_usernames(set(user_ids), capped=capped and not search.names_people)}
    return ExpectedRows(min(len(user_ids), MAX_COUNTED), capped, sorted(people))


def _usernames(user_ids: set[int | None], *, capped: bool) -> list[str]:
    if capped or len(user_ids) > MAX_PEOPLE:
        return [EVERYBODY]
    # A sign-in that was not finished has no name.
    known = ConnectionUser.objects.filter(pk__in=[user_id for user_id in user_ids if user_id])
    return list(known.values_list("username", flat=True))
