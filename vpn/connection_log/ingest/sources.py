"""Which log groups are imported: those that endpoints write into, and for READ_ON those that they wrote into before.

And those of their client connect handlers, as far as ``connect-handler`` is in VPN_SOURCES.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db.models import QuerySet

from vpn.aws import accounts
from vpn.aws.accounts import Account
from vpn.connection_log.models import LogSource, LogSourceKind
from vpn.endpoints.connect_handler import handler_log_group
from vpn.endpoints.models import AwsAccount, Endpoint

# A session lasts 24 hours at most, and its end is published a little later.
READ_ON: Final = timedelta(days=2)
HANDLER_SOURCE: Final = "connect-handler"


def current_sources(account: Account, now: datetime) -> list[LogSource]:
    """The log sources of the account's endpoints, made where they are new. Several endpoints may share a log group."""
    row, _created = AwsAccount.objects.get_or_create(name=account.name, defaults={"region": account.region})
    endpoints = list(Endpoint.objects.filter(account=row, vanished_at=None))
    for kind, log_groups in _log_groups(endpoints).items():
        for log_group in sorted(log_groups):
            LogSource.objects.update_or_create(
                account=row,
                log_group=log_group,
                defaults={"named_at": now},
                create_defaults={"named_at": now, "kind": kind},
            )
    # The time of an import is bounded, and the connection log matters more.
    rank = [LogSourceKind.CONNECTION_LOG, LogSourceKind.CONNECT_HANDLER]
    sources = read_sources(now).filter(account=row).order_by("log_group")
    return sorted(sources, key=lambda source: rank.index(LogSourceKind(source.kind)))


def _log_groups(endpoints: Iterable[Endpoint]) -> dict[LogSourceKind, set[str]]:
    groups: dict[LogSourceKind, set[str]] = {kind: set() for kind in LogSourceKind}
    for endpoint in endpoints:
        groups[LogSourceKind.CONNECTION_LOG].add(endpoint.log_group)
        groups[LogSourceKind.CONNECT_HANDLER].add(handler_log_group(endpoint))
    return {kind: log_groups - {""} for kind, log_groups in groups.items()}


def is_handler_log_read() -> bool:
    return HANDLER_SOURCE in settings.VPN_SOURCES


def read_sources(now: datetime) -> QuerySet[LogSource]:
    """The log sources that are being imported, of all accounts that are configured."""
    names = [account.name for account in accounts.configured()]
    sources = LogSource.objects.filter(account__name__in=names, named_at__gt=now - READ_ON).select_related(
        "account"
    )
    return sources if is_handler_log_read() else sources.exclude(kind=LogSourceKind.CONNECT_HANDLER)
