"""Reading quotas and prices once a day, and storing them. What can't be read keeps its last values and says why."""

from datetime import timedelta
from typing import Final

from django.utils import timezone

from vpn.aws import price_list, quotas
from vpn.aws.accounts import Account
from vpn.aws.errors import AwsError
from vpn.aws.session import pricing_client, quotas_client
from vpn.endpoints.models import AwsAccount
from vpn.endpoints.recording import clear_failure, is_due, record_failure
from vpn.endpoints.sources import is_read
from vpn.quotas.limits import CODES
from vpn.quotas.models import AccountQuotas, RegionPrices

EVERY: Final = timedelta(days=1)


def read_account(account: Account) -> None:
    """Whatever is due and switched on. Never raises AwsError: it is recorded."""
    if is_read("quotas"):
        read_quotas(account)
    if is_read("prices"):
        read_prices(account)


def read_quotas(account: Account) -> None:
    """The quotas of the account, once a day."""
    owner = AwsAccount.objects.filter(name=account.name).first()
    if owner is None:
        return
    now = timezone.now()
    row, _created = AccountQuotas.objects.get_or_create(account=owner)
    if not is_due(row, now, every=EVERY):
        return
    try:
        with quotas_client(account) as client:
            by_code = quotas.service_quotas(client, codes=CODES.values())
    except AwsError as error:
        record_failure(row, error, now)
        return
    row.values = {name: by_code[code] for name, code in CODES.items() if code in by_code}
    row.seen_at = now
    clear_failure(row, now)
    row.save()


def read_prices(account: Account) -> None:
    """The prices of the account's Region, once a day: they are the same for all accounts."""
    now = timezone.now()
    row, _created = RegionPrices.objects.get_or_create(region=account.region)
    if not is_due(row, now, every=EVERY):
        return
    try:
        with pricing_client(account) as client:
            prices = price_list.client_vpn_prices(client, region=account.region)
    except AwsError as error:
        record_failure(row, error, now)
        return
    row.currency = prices.currency
    row.association_hour, row.connection_hour = prices.association_hour, prices.connection_hour
    row.seen_at = now
    clear_failure(row, now)
    row.save()
