"""Taking snapshots: look at AWS, then store. What can't be seen keeps its last good snapshot and says why."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from ipaddress import ip_address
from typing import TYPE_CHECKING

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from vpn.aws import client_vpn, network, snapshots
from vpn.aws.accounts import Account, accounts_from
from vpn.aws.errors import AwsError, translated
from vpn.aws.session import ec2_client
from vpn.endpoints.egress import addresses_of, egress_of
from vpn.endpoints.models import AwsAccount, Endpoint, LiveConnection, SiteToSiteVpn, Snapshot

if TYPE_CHECKING:
    from vpn.aws.session import EC2Client

# Any number that nobody else locks in this database; the second key is the account's row.
LOCK = 0x67656E

logger = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Failure:
    """``where`` is an account's name or an endpoint's id."""

    where: str
    error: AwsError


@dataclass(frozen=True)
class Result:
    """``busy``: another process is looking at this account right now; nothing was done."""

    account: str
    endpoints: int
    failures: tuple[Failure, ...]
    busy: bool = False


@dataclass(frozen=True)
class _Seen:
    """All of one endpoint, or the error that kept us from seeing it."""

    endpoint: snapshots.Endpoint
    target_networks: Sequence[snapshots.TargetNetwork] = ()
    rules: Sequence[snapshots.AuthorizationRule] = ()
    routes: Sequence[snapshots.Route] = ()
    connections: Sequence[snapshots.Connection] = ()
    configuration: str = ""
    error: AwsError | None = None


def sync_all() -> list[Result]:
    """Every configured account; one that fails doesn't keep the others from being seen."""
    accounts = accounts_from(settings.VPN_ACCOUNTS, default_region=settings.AWS_REGION)
    return [sync_account(account) for account in accounts]


def sync_account(account: Account) -> Result:
    """Look at one account and region, and store what was seen. Never raises AwsError: it is recorded."""
    row, _created = AwsAccount.objects.update_or_create(
        name=account.name, defaults={"region": account.region}
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [LOCK, row.pk])
        if not cursor.fetchone()[0]:
            return Result(account.name, 0, (), busy=True)
        try:
            return _sync(account, row)
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCK, row.pk])


def _sync(account: Account, row: AwsAccount) -> Result:
    now = timezone.now()
    try:
        with translated(), ec2_client(account) as client:
            listed = client_vpn.endpoints(client, tag=settings.VPN_ENDPOINT_TAG)
            found = [_look(client, endpoint) for endpoint in listed]
            vpc_ids = {seen.endpoint.vpc_id or _vpc_of(seen) for seen in found} - {""}
            surroundings = network.network(client, vpc_ids=vpc_ids)
    except AwsError as error:
        _record_failure(row, error, now)
        return Result(account.name, 0, (Failure(account.name, error),))
    failures = [_apply(seen, row, surroundings, now) for seen in found]
    _apply_account(row, surroundings, [seen.endpoint.endpoint_id for seen in found], now)
    return Result(account.name, len(found), tuple(failure for failure in failures if failure))


def _look(client: "EC2Client", endpoint: snapshots.Endpoint) -> _Seen:
    """One broken endpoint doesn't keep the others from being seen."""
    where = endpoint.endpoint_id
    try:
        return _Seen(
            endpoint,
            client_vpn.target_networks(client, endpoint_id=where),
            client_vpn.authorization_rules(client, endpoint_id=where),
            client_vpn.routes(client, endpoint_id=where),
            client_vpn.active_connections(client, endpoint_id=where),
            _configuration(client, where),
        )
    except AwsError as error:
        return _Seen(endpoint, error=error)


def _configuration(client: "EC2Client", endpoint_id: str) -> str:
    """Empty while no network is associated: AWS documents a code for that, though not that this call answers it."""
    try:
        return client_vpn.client_configuration(client, endpoint_id=endpoint_id)
    except AwsError as error:
        if error.code == "InvalidClientVpnActiveAssociationNotFound":
            return ""
        raise


def _vpc_of(seen: _Seen) -> str:
    return next((target.vpc_id for target in seen.target_networks), "")


def _apply(
    seen: _Seen, account: AwsAccount, surroundings: snapshots.Network, now: datetime
) -> Failure | None:
    row = Endpoint.objects.filter(endpoint_id=seen.endpoint.endpoint_id).first() or Endpoint(
        endpoint_id=seen.endpoint.endpoint_id
    )
    row.account = account
    row.vanished_at = None
    if seen.error is not None:
        if row.pk is None:
            _describe(row, seen.endpoint)
            row.save()
        _record_failure(row, seen.error, now)
        return Failure(row.endpoint_id, seen.error)
    _describe(row, seen.endpoint)
    _describe_surroundings(row, seen, surroundings)
    _keep_configuration(row, seen.configuration, now)
    row.seen_at = row.attempted_at = row.connections_seen_at = now
    row.error_id = row.error_code = row.error_message = ""
    with transaction.atomic():
        row.save()
        _replace_connections(row, seen.connections)
    return None


def _describe(row: Endpoint, endpoint: snapshots.Endpoint) -> None:
    row.label = endpoint.tags.get("Name") or endpoint.description or endpoint.endpoint_id
    row.description = endpoint.description
    row.status = endpoint.status
    row.dns_name = endpoint.dns_name
    row.vpc_id = endpoint.vpc_id
    row.client_cidr_block = endpoint.client_cidr_block
    row.split_tunnel = endpoint.split_tunnel
    row.transport_protocol = endpoint.transport_protocol
    row.vpn_port = endpoint.vpn_port
    row.session_timeout_hours = endpoint.session_timeout_hours
    row.authentication = list(endpoint.authentication)
    row.log_group = endpoint.log_group


def _describe_surroundings(row: Endpoint, seen: _Seen, surroundings: snapshots.Network) -> None:
    subnets = egress_of(seen.target_networks, seen.routes, seen.rules, surroundings)
    row.target_networks = [asdict(target) for target in seen.target_networks]
    row.authorization_rules = [asdict(rule) for rule in seen.rules]
    row.routes = [asdict(route) for route in seen.routes]
    row.egress = [asdict(subnet) for subnet in subnets]
    row.egress_ips = addresses_of(subnets)


def _keep_configuration(row: Endpoint, configuration: str, now: datetime) -> None:
    if not configuration:
        return
    digest = hashlib.sha256(configuration.encode()).hexdigest()
    if digest != row.configuration_hash:
        row.configuration_changed_at = now
    row.configuration, row.configuration_hash, row.configuration_seen_at = configuration, digest, now


def _replace_connections(row: Endpoint, connections: Iterable[snapshots.Connection]) -> None:
    LiveConnection.objects.filter(endpoint=row).delete()
    LiveConnection.objects.bulk_create(
        [
            LiveConnection(
                endpoint=row,
                connection_id=one.connection_id,
                username=one.username[:255],
                common_name=one.common_name[:255],
                client_ip=_address(one.client_ip),
                established_at=one.established_at,
                ingress_bytes=one.ingress_bytes,
                egress_bytes=one.egress_bytes,
            )
            for one in connections
        ],
        ignore_conflicts=True,
    )


def _address(text: str) -> str | None:
    try:
        return str(ip_address(text))
    except ValueError:
        return None


def _apply_account(
    row: AwsAccount, surroundings: snapshots.Network, seen_ids: list[str], now: datetime
) -> None:
    """What is no longer listed is marked, not deleted: its history still needs it."""
    with transaction.atomic():
        row.seen_at = row.attempted_at = now
        row.error_id = row.error_code = row.error_message = ""
        row.save()
        gone = Endpoint.objects.filter(account=row, vanished_at=None).exclude(endpoint_id__in=seen_ids)
        gone.update(vanished_at=now)
        for vpn in surroundings.site_to_site_vpns:
            SiteToSiteVpn.objects.update_or_create(
                vpn_connection_id=vpn.vpn_connection_id,
                defaults={
                    "account": row,
                    "name": vpn.name,
                    "state": vpn.state,
                    "customer_gateway_id": vpn.customer_gateway_id,
                    "tunnels": [asdict(tunnel) for tunnel in vpn.tunnels],
                    "seen_at": now,
                    "vanished_at": None,
                },
            )
        SiteToSiteVpn.objects.filter(account=row, vanished_at=None, seen_at__lt=now).update(vanished_at=now)


def _record_failure(row: Snapshot, error: AwsError, now: datetime) -> None:
    row.attempted_at = now
    row.error_id, row.error_code, row.error_message = error.id, error.code[:100], error.message[:2000]
    row.save(update_fields=["attempted_at", "error_id", "error_code", "error_message"])
    logger.warning("snapshot failed", of=str(row), error=error.id, code=error.code, message=error.message)
