"""Reading the maintenance of tunnels once an hour. What can't be read keeps its last values and says why."""

from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone

from vpn.aws import tunnels
from vpn.aws.accounts import Account
from vpn.aws.errors import AwsError
from vpn.aws.session import ec2_client
from vpn.endpoints.models import SiteToSiteVpn
from vpn.endpoints.recording import clear_failure, is_due, record_failure
from vpn.tunnels.models import TunnelMaintenance

EVERY: Final = timedelta(hours=1)


def check_account(account: Account) -> None:
    """Every tunnel of the account that is due. Never raises AwsError: it is recorded at each."""
    now = timezone.now()
    vpns = SiteToSiteVpn.objects.filter(account__name=account.name, vanished_at=None)
    for vpn in vpns:
        for tunnel in vpn.tunnels:
            row, _created = TunnelMaintenance.objects.get_or_create(vpn=vpn, outside_ip=tunnel["outside_ip"])
            if is_due(row, now, every=EVERY):
                _check(account, row, now)
        # AWS may give a tunnel another address when it replaces it.
        current = [tunnel["outside_ip"] for tunnel in vpn.tunnels]
        TunnelMaintenance.objects.filter(vpn=vpn).exclude(outside_ip__in=current).delete()


def _check(account: Account, row: TunnelMaintenance, now: datetime) -> None:
    try:
        with ec2_client(account) as client:
            seen = tunnels.tunnel_maintenance(
                client, vpn_connection_id=row.vpn.vpn_connection_id, outside_ip=row.outside_ip
            )
    except AwsError as error:
        record_failure(row, error, now)
        return
    row.pending, row.applied_after, row.last_applied = (
        seen.pending[:255],
        seen.applied_after,
        seen.last_applied,
    )
    row.seen_at = now
    clear_failure(row, now)
    row.save()
