"""Taking snapshots: look at AWS, then store. What can't be seen keeps its last good snapshot and says why."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import structlog
from django.conf import settings
from django.utils import timezone

from portal.locks import AdvisoryLock, session_lock
from vpn.aws import accounts, client_vpn, network, snapshots
from vpn.aws.accounts import Account
from vpn.aws.errors import AwsError, translated
from vpn.aws.session import ec2_client
from vpn.endpoints.models import AwsAccount, Endpoint
from vpn.endpoints.recording import (
    ObservedEndpoint,
    are_subnets_due,
    record_failure,
    store_account,
    store_endpoint,
    store_subnets,
    store_unseen_endpoint,
)

if TYPE_CHECKING:
    from vpn.aws.session import EC2Client

logger = structlog.get_logger(__name__)


@dataclass(frozen=True)
class SyncFailure:
    """``where`` is an account's name or an endpoint's id."""

    where: str
    error: AwsError


@dataclass(frozen=True)
class SyncResult:
    """``busy``: another process is looking at this account right now; nothing was done."""

    account: str
    endpoints: int
    failures: tuple[SyncFailure, ...]
    busy: bool = False


@dataclass(frozen=True)
class _Unseen:
    endpoint: snapshots.EndpointSnapshot
    error: AwsError


def retire_unconfigured() -> None:
    """Endpoints of an account that is no longer configured count as gone: nobody looks at them any more."""
    names = [account.name for account in accounts.configured()]
    gone = Endpoint.objects.filter(vanished_at=None).exclude(account__name__in=names)
    gone.update(vanished_at=timezone.now())


def sync_all() -> list[SyncResult]:
    """Every configured account; one that fails doesn't keep the others from being seen."""
    retire_unconfigured()
    return [sync_account(account) for account in accounts.configured()]


def sync_account(account: Account, *, everything: bool = False) -> SyncResult:
    """Look at one account and region, and store what was seen. Never raises AwsError: it is recorded.

    ``everything``: also what is looked at more seldom.
    """
    row, _created = AwsAccount.objects.update_or_create(
        name=account.name, defaults={"region": account.region}
    )
    with session_lock(AdvisoryLock.SNAPSHOT, row.pk) as free:
        if not free:
            return SyncResult(account.name, 0, (), busy=True)
        return _sync(account, row, everything=everything)


def _sync(account: Account, row: AwsAccount, *, everything: bool) -> SyncResult:
    now = timezone.now()
    try:
        with translated(), ec2_client(account) as client:
            listed = client_vpn.endpoints(client, tag=settings.VPN_ENDPOINT_TAG)
            looks = [_look(client, endpoint) for endpoint in listed]
            vpcs = _vpcs(looks)
            surroundings = network.network(client, vpc_ids=vpcs)
            if everything or are_subnets_due(row, vpcs, now):
                _look_at_subnets(client, row, vpcs, now)
    except AwsError as error:
        record_failure(row, error, now)
        return SyncResult(account.name, 0, (SyncFailure(account.name, error),))
    failures = []
    for look in looks:
        if isinstance(look, ObservedEndpoint):
            store_endpoint(look, row, surroundings, now)
        else:
            store_unseen_endpoint(look.endpoint, row, look.error, now)
            failures.append(SyncFailure(look.endpoint.endpoint_id, look.error))
    store_account(row, surroundings, [endpoint.endpoint_id for endpoint in listed], now)
    return SyncResult(account.name, len(listed), tuple(failures))


def _look_at_subnets(client: "EC2Client", row: AwsAccount, vpc_ids: set[str], now: datetime) -> None:
    """Only forms need them: a role that may not see them (yet) spoils no snapshot."""
    try:
        store_subnets(row, network.subnets(client, vpc_ids=vpc_ids), now)
    except AwsError as error:
        logger.warning("subnets not seen", account=row.name, error=error.id, code=error.code)


def _look(client: "EC2Client", endpoint: snapshots.EndpointSnapshot) -> ObservedEndpoint | _Unseen:
    """One broken endpoint doesn't keep the others from being seen."""
    where = endpoint.endpoint_id
    try:
        return ObservedEndpoint(
            endpoint=endpoint,
            target_networks=client_vpn.target_networks(client, endpoint_id=where),
            rules=client_vpn.authorization_rules(client, endpoint_id=where),
            routes=client_vpn.routes(client, endpoint_id=where),
            connections=client_vpn.active_connections(client, endpoint_id=where),
            configuration=_configuration(client, where),
        )
    except AwsError as error:
        return _Unseen(endpoint, error)


def _configuration(client: "EC2Client", endpoint_id: str) -> str:
    """Empty while no network is associated: AWS documents a code for that, though not that this call answers it."""
    try:
        return client_vpn.client_configuration(client, endpoint_id=endpoint_id)
    except AwsError as error:
        if error.code == "InvalidClientVpnActiveAssociationNotFound":
            return ""
        raise


def _vpcs(looks: Iterable[ObservedEndpoint | _Unseen]) -> set[str]:
    """Those of the endpoints that were seen; the others' subnets are not looked at this time."""
    seen = [look for look in looks if isinstance(look, ObservedEndpoint)]
    own = {look.endpoint.vpc_id for look in seen}
    associated = {target.vpc_id for look in seen for target in look.target_networks}
    return (own | associated) - {""}
