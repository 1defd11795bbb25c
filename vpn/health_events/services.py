"""Taking events of AWS Health from the queue, and storing them."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.utils import timezone

from vpn.aws import queues
from vpn.aws.accounts import Account
from vpn.aws.errors import AwsError
from vpn.aws.session import sqs_client
from vpn.aws.snapshots import QueueMessage
from vpn.endpoints.recording import clear_failure, record_failure
from vpn.endpoints.sources import is_read
from vpn.health_events.event import HealthEventFacts, NoHealthEventError, read_event, storable
from vpn.health_events.models import HealthEvent, HealthQueue, UnreadableMessage

FIELDS: Final = frozenset({"url", "region", "role_arn", "external_id"})
# Of ten messages each. More wait for the next minute: a flood keeps nothing else from its turn.
BATCHES: Final = 20
KEPT_OF_A_BODY: Final = 10_000

logger = structlog.get_logger(__name__)


def configured_queue() -> tuple[str, Account] | None:
    """The queue's address, and the role and Region to read it with. None: not set, or switched off.

    Raises ImproperlyConfigured.
    """
    entry: Mapping[str, Any] = settings.AWS_HEALTH_QUEUE
    if not entry or not is_read("health"):
        return None
    if (
        not entry.get("url")
        or set(entry) - FIELDS
        or not all(isinstance(text, str) for text in entry.values())
    ):
        raise ImproperlyConfigured(
            'AWS_HEALTH_QUEUE must look like {"url": "https://sqs.….amazonaws.com/…", "role_arn": "…"}.'
        )
    url = entry["url"]
    account = Account(
        name="aws-health",
        region=entry.get("region") or _region(url) or settings.AWS_REGION,
        role_arn=entry.get("role_arn", ""),
        external_id=entry.get("external_id", ""),
    )
    return url, account


def _region(url: str) -> str:
    """Of ``https://sqs.ap-northeast-1.amazonaws.com/…``; empty for another form."""
    parts = (urlsplit(url).hostname or "").split(".")
    return parts[1] if len(parts) > 2 and parts[0] == "sqs" else ""


def read_queue() -> int:
    """Take what waits in the queue; how many messages. Never raises AwsError: it is recorded at the queue."""
    configured = configured_queue()
    if configured is None:
        return 0
    url, account = configured
    now = timezone.now()
    queue, _created = HealthQueue.objects.get_or_create(url=url[:500])
    taken = 0
    try:
        with sqs_client(account) as client:
            for _batch in range(BATCHES):
                messages = queues.receive(client, url=url)
                for message in messages:
                    _store(message, now)
                    # Only now: what a worker that dies before this has taken comes back, and is stored once.
                    queues.delete(client, url=url, receipt=message.receipt)
                taken += len(messages)
                if not messages:
                    break
    except AwsError as error:
        record_failure(queue, error, now)
        return taken
    queue.seen_at = now
    clear_failure(queue, now)
    queue.save()
    return taken


def forget_old() -> None:
    """Events that are over, and messages that could not be read, are kept as long as the connection log."""
    since = timezone.now() - timedelta(days=settings.LOG_RETENTION_DAYS)
    HealthEvent.objects.filter(updated_at__lt=since).delete()
    UnreadableMessage.objects.filter(received_at__lt=since).delete()


def _store(message: QueueMessage, now: datetime) -> None:
    try:
        facts = read_event(message.body)
    except NoHealthEventError as error:
        logger.warning("health message not read", message=message.message_id, fault=error.fault.value)
        UnreadableMessage.objects.get_or_create(
            message_id=storable(message.message_id)[:100],
            defaults={
                "fault": error.fault,
                "body": storable(message.body)[:KEPT_OF_A_BODY],
                "size": len(message.body),
                "received_at": now,
            },
        )
        return
    with transaction.atomic():
        _store_event(facts, now)


def _store_event(facts: HealthEventFacts, now: datetime) -> None:
    fields = asdict(facts)
    arn = fields.pop("arn")
    row, created = HealthEvent.objects.select_for_update().get_or_create(
        arn=arn, defaults={**fields, "received_at": now}
    )
    # EventBridge delivers more than once, and in any order.
    if created or facts.updated_at < row.updated_at:
        return
    if facts.updated_at == row.updated_at:
        # One of several pages: each has a part of what is affected.
        fields["entities"] = list(dict.fromkeys([*row.entities, *facts.entities]))
    for name, value in fields.items():
        setattr(row, name, value)
    row.save()
