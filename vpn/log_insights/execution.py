"""A query of CloudWatch Logs Insights, from its start to its result. Each function may run twice."""

from datetime import timedelta
from typing import Final

import structlog
from django.http import QueryDict
from django.utils import timezone

from vpn.aws import accounts, logs_insights
from vpn.aws.accounts import Account
from vpn.aws.errors import AwsError, NotFound
from vpn.aws.session import logs_client
from vpn.connection_log.search.conditions import ConnectionSearch
from vpn.connection_log.search.forms import ConnectionSearchForm
from vpn.connection_log.search.people import usernames_with
from vpn.log_insights import results
from vpn.log_insights.models import LIVE, LogQuery, LogQueryPart, LogQueryState
from vpn.log_insights.query import query_text, window

# AWS ends a query after 60 minutes; whoever claimed a start and is silent for longer is dead.
LONGEST: Final = timedelta(minutes=70)
LONGEST_START: Final = timedelta(minutes=5)

logger = structlog.get_logger(__name__)


def requested_search(query: LogQuery) -> ConnectionSearch:
    """The search that the query was requested for: the form reads its own query string."""
    data = QueryDict(mutable=True)
    data.update(query.conditions)
    form = ConnectionSearchForm(data)
    if not form.is_valid():
        raise ValueError(form.errors.as_json())
    return form.search()


def start(part: LogQueryPart) -> None:
    """Ask AWS, once: a query costs money. Harmless if another task has claimed it."""
    claimed = LogQueryPart.objects.filter(pk=part.pk, state=LogQueryState.WAITING)
    if not claimed.update(state=LogQueryState.STARTING, claimed_at=timezone.now()):
        return
    search = requested_search(part.query)
    since, until = window(search, now=timezone.now())
    account = _account(part)
    try:
        if account is None:
            raise NotFound(code="", message="The account is no longer configured.")
        with logs_client(account) as client:
            query_id = logs_insights.start(
                client,
                log_groups=part.log_groups,
                query=query_text(search, usernames=usernames_with(search.words)),
                since=since,
                until=until,
            )
    except AwsError as error:
        _fail(part, error)
        return
    started = LogQueryPart.objects.filter(pk=part.pk, state=LogQueryState.STARTING)
    if not started.update(state=LogQueryState.RUNNING, aws_query_id=query_id):
        # It was cancelled meanwhile.
        part.aws_query_id = query_id
        stop(part)


def poll(part: LogQueryPart) -> None:
    """Ask AWS how far a running query is; save its result when it is complete."""
    account = _account(part)
    try:
        if account is None:
            raise NotFound(code="", message="The account is no longer configured.")
        with logs_client(account) as client:
            state = logs_insights.get_results(client, query_id=part.aws_query_id)
    except AwsError as error:
        if not error.retryable:
            _fail(part, error)
        return
    LogQueryPart.objects.filter(pk=part.pk).update(
        bytes_scanned=state.bytes_scanned, records_matched=state.records_matched
    )
    if state.status == logs_insights.COMPLETE:
        results.save_result(part, requested_search(part.query), state.messages)
    elif state.status not in logs_insights.UNDER_WAY:
        _end(part, LogQueryState.FAILED, error_id="log-query-ended", error_code=state.status)


def close_overdue() -> None:
    """What a dead worker, or a lost message, has left behind."""
    now = timezone.now()
    parts = LogQueryPart.objects
    parts.filter(state=LogQueryState.STARTING, claimed_at__lt=now - LONGEST_START).update(
        state=LogQueryState.FAILED, error_id="log-query-lost", ended_at=now
    )
    parts.filter(state__in=LIVE, query__requested_at__lt=now - LONGEST).update(
        state=LogQueryState.FAILED, error_id="log-query-overdue", ended_at=now
    )
    LogQuery.objects.filter(expires_at__lt=now).delete()


def stop(part: LogQueryPart) -> None:
    """AWS charges for what it has read so far."""
    account = _account(part)
    if account is None or not part.aws_query_id:
        return
    try:
        with logs_client(account) as client:
            logs_insights.stop(client, query_id=part.aws_query_id)
    except AwsError as error:
        # It ends by itself then; nobody waits for it.
        logger.warning("a query of CloudWatch Logs could not be stopped", part=part.pk, code=error.code)


def _account(part: LogQueryPart) -> Account | None:
    return accounts.get(part.account.name)


def _fail(part: LogQueryPart, error: AwsError) -> None:
    _end(part, LogQueryState.FAILED, error_id=error.id, error_code=error.code, error_message=error.message)


def _end(part: LogQueryPart, state: LogQueryState, **changes: str) -> None:
    live = LogQueryPart.objects.filter(pk=part.pk, state__in=LIVE)
    live.update(state=state, ended_at=timezone.now(), **changes)
