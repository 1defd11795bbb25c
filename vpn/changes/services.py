"""Finding out who made the changes that snapshots have shown: our operations first, then CloudTrail."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any, Final, Literal

import structlog
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from vpn.aws import accounts, cloudtrail
from vpn.aws.accounts import Account
from vpn.aws.errors import AwsError
from vpn.aws.session import cloudtrail_client
from vpn.aws.snapshots import TrailEvent
from vpn.changes.event_effects import event_names, find_event, time_range
from vpn.changes.step_effects import makes
from vpn.endpoints.models import ChangedPart, ChangeOrigin, EndpointChange
from vpn.operations.models import Operation, OperationStep
from vpn.operations.queries import CREATE_ENDPOINT_KEY

# CloudTrail has an event within 15 minutes at most (its user guide). It is asked at once, since those of an outage are
# there already, and for the last time well after that.
ATTEMPTS: Final = tuple(timedelta(minutes=minutes) for minutes in (0, 1, 3, 6, 10, 15, 20))
AFTER_FAILURE: Final = timedelta(minutes=10)
AFTER_REFUSAL: Final = timedelta(hours=1)
# LookupEvents knows 90 days. A day less, so that no event is missed that has just gone.
HISTORY: Final = timedelta(days=89)
# IAM is one for all Regions; CloudTrail keeps its events in this one.
IAM_REGION: Final = "us-east-1"
MOST_AT_ONCE: Final = 200
Key = Literal["ResourceName", "EventName"]

logger = structlog.get_logger(__name__)


def decide_origins() -> None:
    """Link the changes that operations have made to them; all others are looked up. Two at once share the work."""
    with transaction.atomic():
        undecided = EndpointChange.objects.select_for_update(skip_locked=True, of=("self",))
        changes = undecided.select_related("endpoint").filter(origin=ChangeOrigin.UNDECIDED)
        for change in changes.order_by("pk")[:MOST_AT_ONCE]:
            operation = _find_operation(change)
            if operation is not None:
                change.origin, change.operation = ChangeOrigin.PORTAL, operation
            else:
                change.origin, change.look_up_at = ChangeOrigin.OUTSIDE, change.noticed_at
            change.save(update_fields=["origin", "operation", "look_up_at"])


def accounts_with_lookups() -> list[str]:
    """Names of the accounts in which CloudTrail should be asked now."""
    due = EndpointChange.objects.filter(look_up_at__lte=timezone.now())
    names = set(due.values_list("endpoint__account__name", flat=True))
    return [account.name for account in accounts.configured() if account.name in names]


def look_up(account: Account) -> None:
    """Ask CloudTrail who made the changes of the account that are due. Never raises AwsError: it is stored."""
    now = timezone.now()
    EndpointChange.objects.filter(look_up_at__isnull=False, noticed_at__lt=now - HISTORY).update(
        look_up_at=None
    )
    changes = _claim(account, now)
    by_resource: dict[tuple[str, str], list[EndpointChange]] = defaultdict(list)
    for change in changes:
        for region, resource in _resources(change, account):
            by_resource[region, resource].append(change)
    for (region, resource), concerned in by_resource.items():
        waiting = [change for change in concerned if not change.event_id]
        _ask(replace(account, region=region), "ResourceName", resource, waiting, now)
    _ask_by_name(account, [change for change in changes if _is_last(change, now)], now)


def _find_operation(change: EndpointChange) -> Operation | None:
    """The operation one of whose steps made the change, unless another change is explained by it already."""
    since, until = time_range([change])
    endpoint = change.endpoint
    made_it = OperationStep.objects.filter(
        key=CREATE_ENDPOINT_KEY, after__endpoint_id=endpoint.endpoint_id
    ).values("operation")
    steps = OperationStep.objects.select_related("operation").filter(
        Q(operation__endpoint=endpoint) | Q(operation__in=made_it), acted_at__range=(since, until)
    )
    # Who deletes a route, makes it again and deletes it again within minutes did so in two operations.
    used = EndpointChange.objects.filter(
        endpoint=endpoint, part=change.part, subject=change.subject, operation__isnull=False
    )
    explained = {row.operation_id for row in used if (row.before is None) == (change.before is None)}
    for step in steps.order_by("-acted_at"):
        if step.operation_id not in explained and makes(change, step.operation, step):
            return step.operation
    return None


def _claim(account: Account, now: datetime) -> list[EndpointChange]:
    """Those that are due, put off to the next time: another worker leaves them alone meanwhile."""
    with transaction.atomic():
        due = EndpointChange.objects.select_for_update(skip_locked=True, of=("self",)).filter(
            endpoint__account__name=account.name, look_up_at__lte=now
        )
        changes = list(due.select_related("endpoint").order_by("pk")[:MOST_AT_ONCE])
        for change in changes:
            change.looked_up_at, change.look_up_at = now, _next_attempt(change, now)
            change.error_id = change.error_code = change.error_message = ""
            change.save(
                update_fields=["looked_up_at", "look_up_at", "error_id", "error_code", "error_message"]
            )
    return changes


def _next_attempt(change: EndpointChange, now: datetime) -> datetime | None:
    times = (change.noticed_at + attempt for attempt in ATTEMPTS)
    return next((moment for moment in times if moment > now), None)


def _is_last(change: EndpointChange, now: datetime) -> bool:
    return not change.event_id and not change.error_id and _next_attempt(change, now) is None


def _resources(change: EndpointChange, account: Account) -> list[tuple[str, str]]:
    """Region and name of what an event of this change names."""
    match change.part:
        case ChangedPart.EGRESS:
            gateways = [(fields or {}).get("via") for fields in (change.before, change.after)]
            return [(account.region, name) for name in dict.fromkeys(gateways) if name]
        case ChangedPart.CERTIFICATE:
            in_iam = ":iam:" in change.subject
            return [(IAM_REGION if in_iam else account.region, change.subject)]
    return [(account.region, change.endpoint.endpoint_id)]


def _ask_by_name(account: Account, changes: list[EndpointChange], now: datetime) -> None:
    """Once more, for which calls there were at all: AWS doesn't say which resources the events of Client VPN name."""
    by_name: dict[str, list[EndpointChange]] = defaultdict(list)
    for change in changes:
        if change.part not in {ChangedPart.EGRESS, ChangedPart.CERTIFICATE}:
            for name in event_names(change):
                by_name[name].append(change)
    for name, concerned in by_name.items():
        _ask(account, "EventName", name, [change for change in concerned if not change.event_id], now)


def _ask(account: Account, key: Key, value: str, changes: list[EndpointChange], now: datetime) -> None:
    changes = [change for change in changes if not change.error_id]
    if not changes:
        return
    since, until = time_range(changes)
    try:
        with cloudtrail_client(account) as client:
            # AWS doesn't say whether an end in the future is taken.
            events = cloudtrail.look_up(client, key=key, value=value, since=since, until=min(until, now))
    except AwsError as error:
        _store_failure(changes, error, now)
        return
    for change in changes:
        if event := find_event(change, events):
            _store_event(change, event)


def _store_event(change: EndpointChange, event: TrailEvent) -> None:
    change.event_id, change.actor = event.event_id[:64], event.actor[:255]
    change.event, change.look_up_at = _stored(event), None
    change.save(update_fields=["event_id", "actor", "event", "look_up_at"])
    logger.info("change attributed", endpoint=change.endpoint.endpoint_id, event_id=event.event_id)


def _stored(event: TrailEvent) -> dict[str, Any]:
    """Without the request, which may hold anything; who, when, from where and with what are enough."""
    fields = {name: value for name, value in asdict(event).items() if name not in {"parameters", "resources"}}
    return {**fields, "at": event.at.isoformat(), "user_agent": event.user_agent[:512]}


def _store_failure(changes: Iterable[EndpointChange], error: AwsError, now: datetime) -> None:
    """Asked again for as long as CloudTrail has the events: somebody may give the permission tomorrow."""
    again = now + (AFTER_FAILURE if error.retryable else AFTER_REFUSAL)
    for change in changes:
        change.error_id, change.error_code = error.id, error.code[:100]
        change.error_message = error.message[:2000]
        change.look_up_at = again
        change.save(update_fields=["error_id", "error_code", "error_message", "look_up_at"])
    logger.warning("CloudTrail lookup failed", error=error.id, code=error.code)
