"""A portal that has read the log of all its endpoints, for tests that need no AWS."""

from datetime import UTC, datetime

from django.utils import timezone

from vpn.aws import accounts
from vpn.connection_log.models import LogSource
from vpn.endpoints.models import AwsAccount, Endpoint

GROUP = "/vpn/all"


def read_log(*, until: datetime | None = None, **changes: object) -> None:
    """Every endpoint writes into a log group, which has been read up to ``until`` (now)."""
    now = timezone.now()
    for account in accounts.configured():
        row, _created = AwsAccount.objects.update_or_create(
            name=account.name, defaults={"region": account.region, "seen_at": now}
        )
        LogSource.objects.update_or_create(
            account=row,
            log_group=GROUP,
            defaults={"read_until": until or now, "seen_at": until or now, "named_at": now, **changes},
        )
    Endpoint.objects.filter(log_group="").update(log_group=GROUP)


def moment(text: str) -> datetime:
    """``2026-11-20 01:00`` in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
