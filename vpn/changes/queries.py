"""Reading the history of changes. None of this asks AWS."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q, QuerySet
from django.utils import timezone

from portal.access.accounts import accounts_named
from portal.paging import KeysetPage, keyset_page
from vpn.connection_log.models import ConnectionUser
from vpn.endpoints.models import ChangeOrigin, Endpoint, EndpointChange

# Before anybody asks for the helpdesk: what was changed a day ago has been noticed by now.
RECENT: Final = timedelta(hours=24)


@dataclass(frozen=True)
class ChangeSearch:
    """Empty fields filter nothing. ``who``: a part of the name of whoever made it, here or elsewhere."""

    endpoint_id: str = ""
    origin: str = ""
    who: str = ""
    since: datetime | None = None
    until: datetime | None = None


def matching_changes(search: ChangeSearch) -> QuerySet[EndpointChange]:
    """Newest first."""
    changes = EndpointChange.objects.select_related("endpoint__account", "operation__endpoint")
    changes = changes.prefetch_related("operation__steps").order_by("-id")
    if search.endpoint_id:
        changes = changes.filter(endpoint__endpoint_id=search.endpoint_id)
    if search.origin:
        changes = changes.filter(origin=search.origin)
    if search.who:
        changes = changes.filter(
            Q(actor__icontains=search.who)
            | Q(event__role__icontains=search.who)
            | Q(event_id=search.who)
            | Q(operation__requested_by_name__icontains=search.who)
            | Q(operation__requested_by_username__icontains=search.who)
        )
    if search.since:
        changes = changes.filter(noticed_at__gte=search.since)
    if search.until:
        changes = changes.filter(noticed_at__lt=search.until)
    return changes


def changes_page(search: ChangeSearch, *, before: str = "", after: str = "") -> KeysetPage[EndpointChange]:
    return keyset_page(matching_changes(search), ordering=("id",), before=before, after=after)


def newest_changes(endpoint: Endpoint, *, count: int) -> list[EndpointChange]:
    return list(matching_changes(ChangeSearch(endpoint_id=endpoint.endpoint_id))[:count])


def recent_outside_changes(
    endpoints: Iterable[Endpoint] | None = None, *, within: timedelta = RECENT
) -> list[EndpointChange]:
    """What somebody changed outside the portal lately, newest first; ``endpoints`` None: at any of them."""
    changes = matching_changes(ChangeSearch(origin=ChangeOrigin.OUTSIDE, since=timezone.now() - within))
    return list(changes if endpoints is None else changes.filter(endpoint__in=list(endpoints)))


def known_people(names: Iterable[str]) -> set[str]:
    """Those of ``names`` that are usernames of people whom the portal or the connection log knows."""
    named = {name for name in names if name}
    accounts = accounts_named(named)
    logged = ConnectionUser.objects.filter(lower_username__in={name.lower() for name in named})
    meant = {accounts.person_key(name) for name in named}
    spelled = {*accounts, *logged.values_list("username", flat=True)}
    return {username for username in spelled if accounts.person_key(username) in meant}
