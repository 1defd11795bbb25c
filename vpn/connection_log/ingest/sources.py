"""Which log groups are imported: those that endpoints write into, and for READ_ON those that they wrote into before."""

from datetime import datetime, timedelta
from typing import Final

from django.db.models import QuerySet

from vpn.aws import accounts
from vpn.aws.accounts import Account
from vpn.connection_log.models import LogSource
from vpn.endpoints.models import AwsAccount, Endpoint

# A session lasts 24 hours at most, and its end is published a little later.
READ_ON: Final = timedelta(days=2)


def current_sources(account: Account, now: datetime) -> list[LogSource]:
    """The log sources of the account's endpoints, made where they are new. Several endpoints may share a log group."""
    row, _created = AwsAccount.objects.get_or_create(name=account.name, defaults={"region": account.region})
    named = Endpoint.objects.filter(account=row, vanished_at=None).exclude(log_group="")
    for log_group in named.order_by().values_list("log_group", flat=True).distinct():
        LogSource.objects.update_or_create(account=row, log_group=log_group, defaults={"named_at": now})
    return list(read_sources(now).filter(account=row).order_by("log_group"))


def read_sources(now: datetime) -> QuerySet[LogSource]:
    """The log sources that are being imported, of all accounts that are configured."""
    names = [account.name for account in accounts.configured()]
    return LogSource.objects.filter(account__name__in=names, named_at__gt=now - READ_ON).select_related(
        "account"
    )
