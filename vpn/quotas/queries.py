"""Quotas and prices that hold. None of this asks AWS."""

from datetime import timedelta
from typing import Final

from django.conf import settings

from vpn.endpoints.models import AwsAccount, Endpoint
from vpn.endpoints.sources import is_read
from vpn.quotas.limits import Limit, Limits, chosen_limits
from vpn.quotas.models import AccountQuotas

# They are read once a day; pages say when that was.
OLD: Final = timedelta(days=3)


def limits_for(account: AwsAccount) -> Limits:
    """What a setting says, else what AWS said last, else the documented default."""
    return stored_limits(account, AccountQuotas.objects.filter(account=account).first())


def stored_limits(account: AwsAccount, row: AccountQuotas | None) -> Limits:
    """As ``limits_for``, where the row was read already."""
    chosen = chosen_limits(account.name, settings.VPN_QUOTAS)
    # What was read before the source was switched off says nothing about now.
    if row is None or row.seen_at is None or not is_read("quotas"):
        return Limits(chosen=chosen)
    return Limits(row.values, row.seen_at, chosen)


def limits_by_account() -> dict[int, Limits]:
    """Of every account, by its key."""
    accounts = AwsAccount.objects.select_related("quotas")
    return {account.pk: stored_limits(account, getattr(account, "quotas", None)) for account in accounts}


def concurrent_connections(endpoint: Endpoint, limits: Limits) -> Limit:
    """How many may be connected at once; 0 while no subnet is associated."""
    associated = sum(network.get("status") == "associated" for network in endpoint.target_networks)
    return limits.connections(associated)
