"""Requesting and cancelling log queries. Tasks call AWS; these functions never do."""

from datetime import timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone

from portal.access.models import User
from portal.access.requests import RequestOrigin
from portal.audit.services import record
from portal.audit.tags import Tag
from portal.audit.targets import AuditTarget, TargetKind
from portal.tasks import send_after_commit
from vpn.aws import accounts, logs_insights
from vpn.connection_log.search.conditions import ConnectionSearch, parameters
from vpn.endpoints.models import Endpoint
from vpn.log_insights import tasks
from vpn.log_insights.models import LIVE, LogQuery, LogQueryPart, LogQueryState

KEPT: Final = timedelta(days=7)
AT_ONCE: Final = 5


class NoLogGroups(Exception):
    """No endpoint that the search could be about writes a log."""


class TooManyLogQueries(Exception):
    """AT_ONCE searches are under way."""


def request(search: ConnectionSearch, *, actor: User, origin: RequestOrigin) -> LogQuery:
    """The row, whose parts the worker begins. Raises NoLogGroups, TooManyLogQueries."""
    now = timezone.now()
    groups = _log_groups(search)
    if not groups:
        raise NoLogGroups
    with transaction.atomic():
        if LogQuery.objects.filter(parts__state__in=LIVE).distinct().count() >= AT_ONCE:
            raise TooManyLogQueries
        query = LogQuery.objects.create(
            requested_by=actor, requested_at=now, expires_at=now + KEPT, conditions=dict(parameters(search))
        )
        for account_id, names in groups.items():
            for first in range(0, len(names), logs_insights.MOST_GROUPS):
                chunk = names[first : first + logs_insights.MOST_GROUPS]
                part = LogQueryPart.objects.create(query=query, account_id=account_id, log_groups=chunk)
                send_after_commit(tasks.start, part.pk)
        _record(Tag.LOG_QUERY_STARTED, query, actor=actor, origin=origin)
    return query


def _log_groups(search: ConnectionSearch) -> dict[int, list[str]]:
    """By account: also those of endpoints that are gone, whose log may still be there."""
    rows = Endpoint.objects.exclude(log_group="")
    if search.endpoint_id:
        rows = rows.filter(endpoint_id=search.endpoint_id)
    found_groups: dict[int, list[str]] = {}
    names = {account.name for account in accounts.configured()}
    pairs = rows.filter(account__name__in=names).order_by("account_id", "log_group")
    for account_id, log_group in pairs.values_list("account_id", "log_group").distinct():
        found_groups.setdefault(account_id, []).append(log_group)
    return found_groups


def cancel(query: LogQuery, *, actor: User, origin: RequestOrigin) -> bool:
    """Whether there was anything to cancel."""
    with transaction.atomic():
        live = query.parts.filter(state__in=LIVE)
        running = list(live.exclude(aws_query_id="").values_list("pk", flat=True))
        cancelled = live.update(state=LogQueryState.CANCELLED, ended_at=timezone.now())
        if cancelled:
            for pk in running:
                send_after_commit(tasks.stop, pk)
            _record(Tag.LOG_QUERY_CANCELLED, query, actor=actor, origin=origin)
    return bool(cancelled)


def _record(tag: Tag, query: LogQuery, *, actor: User, origin: RequestOrigin) -> None:
    record(
        tag,
        actor=actor,
        target=AuditTarget(TargetKind.LOG_QUERY, str(query.pk), f"log-query:{query.pk}"),
        address=origin.address,
        reference=origin.reference,
        details={"conditions": query.conditions},
    )
