"""Taking snapshots: ask AWS, then store. What AWS doesn't answer keeps its last good snapshot and says why."""

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
from vpn.endpoints.attachments import observe_attachments, store_attachments
from vpn.endpoints.models import AwsAccount, Endpoint
from vpn.endpoints.recording import (
    ObservedEndpoint,
    are_subnets_due,
    record_failure,
    store_account,
    store_endpoint,
    store_failed_endpoint,
    store_subnets,
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
    """``busy``: another process is syncing this account right now; nothing was done."""

    account: str
    endpoints: int
    failures: tuple[SyncFailure, ...]
    busy: bool = False


@dataclass(frozen=True)
class _FailedEndpoint:
    endpoint: snapshots.EndpointSnapshot
    error: AwsError


def retire_unconfigured() -> None:
    """Endpoints of an account that is no longer configured count as vanished: nobody asks AWS about them any more."""
    names = [account.name for account in accounts.configured()]
    unconfigured = Endpoint.objects.filter(vanished_at=None).exclude(account__name__in=names)
    unconfigured.update(vanished_at=timezone.now())


def sync_all() -> list[SyncResult]:
    """Every configured account; one that fails doesn't keep the others from being synced."""
    retire_unconfigured()
    return [sync_account(account) for account in accounts.configured()]


def sync_account(account: Account, *, everything: bool = False) -> SyncResult:
    """Take a snapshot of one account and region, and store it. Never raises AwsError: it is recorded.

    ``everything``: also what is asked for more seldom (subnets).
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
            results = [_observe(client, endpoint) for endpoint in listed]
            vpc_ids = _vpc_ids(results)
            network_snapshot = network.network(client, vpc_ids=vpc_ids)
            attachments = observe_attachments(client, listed)
            if everything or are_subnets_due(row, vpc_ids, now):
                _sync_subnets(client, row, vpc_ids, now)
    except AwsError as error:
        record_failure(row, error, now)
        return SyncResult(account.name, 0, (SyncFailure(account.name, error),))
    failures = []
    for result in results:
        if isinstance(result, ObservedEndpoint):
            store_endpoint(result, row, network_snapshot, now)
        else:
            store_failed_endpoint(result.endpoint, row, result.error, now)
            failures.append(SyncFailure(result.endpoint.endpoint_id, result.error))
    store_attachments(attachments)
    store_account(row, network_snapshot, [endpoint.endpoint_id for endpoint in listed], now)
    return SyncResult(account.name, len(listed), tuple(failures))


def _sync_subnets(client: "EC2Client", row: AwsAccount, vpc_ids: set[str], now: datetime) -> None:
    """Only forms need them: a role that may not see them (yet) spoils no snapshot."""
    try:
        store_subnets(row, network.subnets(client, vpc_ids=vpc_ids), now)
    except AwsError as error:
        logger.warning("subnets not synced", account=row.name, error=error.id, code=error.code)


def _observe(client: "EC2Client", endpoint: snapshots.EndpointSnapshot) -> ObservedEndpoint | _FailedEndpoint:
    """One broken endpoint doesn't keep the others from being synced."""
    endpoint_id = endpoint.endpoint_id
    try:
        return ObservedEndpoint(
            endpoint=endpoint,
            target_networks=client_vpn.target_networks(client, endpoint_id=endpoint_id),
            rules=client_vpn.authorization_rules(client, endpoint_id=endpoint_id),
            routes=client_vpn.routes(client, endpoint_id=endpoint_id),
            connections=client_vpn.active_connections(client, endpoint_id=endpoint_id),
            configuration=_configuration(client, endpoint_id),
        )
    except AwsError as error:
        return _FailedEndpoint(endpoint, error)


def _configuration(client: "EC2Client", endpoint_id: str) -> str:
    """Empty while no network is associated: AWS documents a code for that, though not that this call answers it."""
    try:
        return client_vpn.client_configuration(client, endpoint_id=endpoint_id)
    except AwsError as error:
        if error.code == "InvalidClientVpnActiveAssociationNotFound":
            return ""
        raise


def _vpc_ids(results: Iterable[ObservedEndpoint | _FailedEndpoint]) -> set[str]:
    """The VPCs of the endpoints that AWS answered for, whose route tables and subnets are read next."""
    observed = [result for result in results if isinstance(result, ObservedEndpoint)]
    own = {result.endpoint.vpc_id for result in observed}
    associated = {target.vpc_id for result in observed for target in result.target_networks}
    # Neither an endpoint nor an association of a transit gateway need name a VPC.
    return (own | associated) - {""}
