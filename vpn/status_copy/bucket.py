"""Which bucket the copy is in, and whether what is there is too old."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from vpn.aws.accounts import Account
from vpn.status_copy.models import StatusCopy

FIELDS: Final = frozenset({"bucket", "region", "role_arn", "external_id"})
# A write or two may fail without anybody having to hear of it.
LATE: Final = timedelta(minutes=5)


def configured_bucket() -> tuple[str, Account] | None:
    """The bucket, and the role and Region to write to it with. None: there is no copy.

    Raises ImproperlyConfigured.
    """
    entry: Mapping[str, Any] = settings.STATUS_COPY
    if not entry:
        return None
    if (
        not entry.get("bucket")
        or set(entry) - FIELDS
        or not all(isinstance(text, str) for text in entry.values())
    ):
        raise ImproperlyConfigured(
            'STATUS_COPY must look like {"bucket": "…", "region": "ap-northeast-3", "role_arn": "…"}.'
        )
    account = Account(
        name="status-copy",
        region=entry.get("region") or settings.AWS_REGION,
        role_arn=entry.get("role_arn", ""),
        external_id=entry.get("external_id", ""),
    )
    return entry["bucket"], account


def late_copy(now: datetime) -> StatusCopy | None:
    """The copy, if what is in the bucket is too old: whoever opens it on the bad day would be misled."""
    configured = configured_bucket()
    if configured is None:
        return None
    row = StatusCopy.objects.filter(bucket=configured[0][:63]).first()
    if row is None or row.attempted_at is None:
        return None
    return row if row.seen_at is None or row.seen_at < now - LATE else None
