"""Storing a snapshot. What AWS didn't answer keeps its last good snapshot, and its row says why."""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import Final

import structlog
from django.conf import settings
from django.db import transaction

from vpn.aws import snapshots
from vpn.aws.client_vpn import SETTINGS
from vpn.aws.errors import AwsError
from vpn.endpoints.address_periods import end_vanished_periods, record_addresses
from vpn.endpoints.changes import record_changes, record_new, record_vanished
from vpn.endpoints.differences import compared_state
from vpn.endpoints.egress import find_egress, unique_addresses, way_out
from vpn.endpoints.logging_periods import end_vanished_logging, record_logging
from vpn.endpoints.models import AwsAccount, Endpoint, LiveConnection, SiteToSiteVpn, SnapshotModel

SUBNETS_MAX_AGE: Final = timedelta(minutes=15)
AFTER_FAILURE: Final = timedelta(minutes=10)
FAILURE_FIELDS = ["attempted_at", "error_id", "error_code", "error_message"]

logger = structlog.get_logger(__name__)


@dataclass(frozen=True)
class ObservedEndpoint:
    """Everything that AWS said of one endpoint."""

    endpoint: snapshots.EndpointSnapshot
    target_networks: Sequence[snapshots.TargetNetwork]
    rules: Sequence[snapshots.AuthorizationRule]
    routes: Sequence[snapshots.Route]
    connections: Sequence[snapshots.ConnectionSnapshot]
    configuration: str


def store_endpoint(
    observed: ObservedEndpoint, account: AwsAccount, network: snapshots.NetworkSnapshot, now: datetime
) -> None:
    """One transaction an endpoint: a reader never sees half of a snapshot."""
    row = _find_or_make_row(observed.endpoint, account)
    before = compared_state(row)
    _copy_settings(row, observed.endpoint)
    _copy_network(row, observed, network, now)
    _copy_configuration(row, observed.configuration, now)
    row.seen_at = row.connections_seen_at = now
    clear_failure(row, now)
    with transaction.atomic():
        _save_listed(row, account, now)
        record_changes(row, before, now)
        record_addresses(row, now)
        record_logging(row, now)
        _replace_connections(row, observed.connections)


def store_failed_endpoint(
    endpoint: snapshots.EndpointSnapshot, account: AwsAccount, error: AwsError, now: datetime
) -> None:
    """It was listed, so it exists; the rest of it keeps what the last good snapshot said."""
    row = _find_or_make_row(endpoint, account)
    if row.pk is None:
        _copy_settings(row, endpoint)
    with transaction.atomic():
        _save_listed(row, account, now)
        record_failure(row, error, now)


def store_account(
    row: AwsAccount, network: snapshots.NetworkSnapshot, listed_ids: Collection[str], now: datetime
) -> None:
    """What AWS no longer lists is marked as vanished, not deleted: operations and the log refer to it."""
    row.seen_at = now
    # Of subnets that no endpoint uses too: a plan that associates one must know where it leads.
    row.subnets = [
        {**subnet, "egress": asdict(way_out(subnet["subnet_id"], subnet["vpc_id"], network))}
        for subnet in row.subnets
    ]
    clear_failure(row, now)
    with transaction.atomic():
        row.save()
        gone = Endpoint.objects.filter(account=row, vanished_at=None).exclude(endpoint_id__in=listed_ids)
        record_vanished(gone, now)
        gone.update(vanished_at=now)
        end_vanished_periods(now)
        end_vanished_logging(now)
        for vpn in network.site_to_site_vpns:
            _store_site_to_site_vpn(vpn, row, now)
        SiteToSiteVpn.objects.filter(account=row, vanished_at=None, seen_at__lt=now).update(vanished_at=now)


def are_subnets_due(row: AwsAccount, vpc_ids: Collection[str], now: datetime) -> bool:
    """Whether to list the subnets of the VPCs anew. They change seldom, and would be one call in eleven."""
    if row.subnets_seen_at is None or now - row.subnets_seen_at > SUBNETS_MAX_AGE:
        return True
    known_vpc_ids = {subnet["vpc_id"] for subnet in row.subnets}
    return not known_vpc_ids.issuperset(vpc_ids)


def store_subnets(row: AwsAccount, subnets: Iterable[snapshots.Subnet], now: datetime) -> None:
    row.subnets, row.subnets_seen_at = [asdict(subnet) for subnet in subnets], now
    row.save(update_fields=["subnets", "subnets_seen_at"])


def is_due(row: SnapshotModel, now: datetime, *, every: timedelta) -> bool:
    """Whether something that is read every so often is to be read now; what couldn't be read is tried again sooner."""
    wait = min(every, AFTER_FAILURE) if row.error_id else every
    return row.attempted_at is None or now >= row.attempted_at + wait


def record_failure(row: SnapshotModel, error: AwsError, now: datetime) -> None:
    row.attempted_at = now
    # AWS documents no limit; this is as much as a page shows.
    row.error_id, row.error_code, row.error_message = error.id, error.code[:100], error.message[:2000]
    row.save(update_fields=FAILURE_FIELDS)
    logger.warning("snapshot failed", of=str(row), error=error.id, code=error.code, message=error.message)


def clear_failure(row: SnapshotModel, now: datetime) -> None:
    row.attempted_at = now
    row.error_id = row.error_code = row.error_message = ""


def _find_or_make_row(endpoint: snapshots.EndpointSnapshot, account: AwsAccount) -> Endpoint:
    existing = Endpoint.objects.filter(endpoint_id=endpoint.endpoint_id).first()
    row = existing or Endpoint(endpoint_id=endpoint.endpoint_id)
    # Another entry of VPN_ACCOUNTS may lead to it now.
    row.account = account
    return row


def _save_listed(row: Endpoint, account: AwsAccount, now: datetime) -> None:
    """Save an endpoint that AWS lists; it may be new, or have vanished before."""
    is_new, vanished_at = row.pk is None or row.vanished_at is not None, row.vanished_at
    row.vanished_at = None
    row.save()
    if is_new:
        record_new(row, account, vanished_at, now)


def _copy_settings(row: Endpoint, endpoint: snapshots.EndpointSnapshot) -> None:
    row.label = (endpoint.tags.get("Name") or endpoint.description or endpoint.endpoint_id)[:256]
    row.description = endpoint.description
    row.created_at = _creation_time(endpoint.created_at)
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
    row.settings = endpoint.settings
    row.setting_names = list(SETTINGS)
    row.tags = endpoint.tags


def _copy_network(
    row: Endpoint, observed: ObservedEndpoint, network: snapshots.NetworkSnapshot, now: datetime
) -> None:
    subnets = find_egress(
        observed.endpoint,
        observed.target_networks,
        observed.routes,
        observed.rules,
        network,
        declared=settings.VPN_DECLARED_EGRESS.get(observed.endpoint.endpoint_id, ()),
    )
    row.target_networks = [asdict(target) for target in observed.target_networks]
    row.authorization_rules = [asdict(rule) for rule in observed.rules]
    row.routes = [asdict(route) for route in observed.routes]
    row.egress = [asdict(subnet) for subnet in subnets]
    row.egress_ips = unique_addresses(subnets)
    if row.egress_ips:
        row.egress_known_at = now


def _copy_configuration(row: Endpoint, configuration: str, now: datetime) -> None:
    # AWS exports none while no subnet is associated; people keep the one that they can still use afterwards.
    if not configuration:
        return
    digest = hashlib.sha256(configuration.encode()).hexdigest()
    if digest != row.configuration_hash:
        row.configuration_changed_at = now
    row.configuration, row.configuration_hash, row.configuration_seen_at = configuration, digest, now


def _replace_connections(row: Endpoint, connections: Iterable[snapshots.ConnectionSnapshot]) -> None:
    # A connection that AWS lists twice, over two pages of its answer, is stored once.
    LiveConnection.objects.filter(endpoint=row).delete()
    LiveConnection.objects.bulk_create(
        [_connection(row, connection) for connection in connections], ignore_conflicts=True
    )


def _connection(row: Endpoint, connection: snapshots.ConnectionSnapshot) -> LiveConnection:
    return LiveConnection(
        endpoint=row,
        connection_id=connection.connection_id,
        username=connection.username[:255],
        common_name=connection.common_name[:255],
        client_ip=_address(connection.client_ip),
        client_ip_v6=_address(connection.client_ip_v6),
        established_at=connection.established_at,
        ingress_bytes=connection.ingress_bytes,
        egress_bytes=connection.egress_bytes,
    )


def _creation_time(text: str) -> datetime | None:
    """AWS writes it without a zone (EC2 API reference, ClientVpnEndpoint); UTC is presumed, as in all of its times."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _address(text: str) -> str | None:
    try:
        return str(ip_address(text))
    except ValueError:
        return None


def _store_site_to_site_vpn(vpn: snapshots.SiteToSiteVpnSnapshot, account: AwsAccount, now: datetime) -> None:
    SiteToSiteVpn.objects.update_or_create(
        vpn_connection_id=vpn.vpn_connection_id,
        defaults={
            "account": account,
            "name": vpn.name,
            "state": vpn.state,
            "customer_gateway_id": vpn.customer_gateway_id,
            "tunnels": [asdict(tunnel) for tunnel in vpn.tunnels],
            "seen_at": now,
            "vanished_at": None,
        },
    )
