"""What a comparison needs from the database. It never calls AWS."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from django.conf import settings
from django.db.models import Exists, OuterRef, Sum
from django.utils import timezone

from portal.access.models import User
from portal.access.names import account_key
from vpn.aws import deny_list
from vpn.aws.snapshots import AuthorizationRule, Route, TargetNetwork
from vpn.connection_log.models import (
    CONNECTED,
    Connection,
    ConnectionTally,
    ConnectionUser,
    LogSource,
    LogSourceKind,
)
from vpn.endpoints.egress import SUBNET_REASONS, EgressReason
from vpn.endpoints.models import AwsAccount, Endpoint
from vpn.endpoints.sources import is_read
from vpn.expectations.queries import expectations_about
from vpn.operation_plans.access import AccessPerson
from vpn.operation_plans.configuration import EndpointConfiguration, live_configuration
from vpn.operation_plans.costs import Prices, prices_for
from vpn.operation_plans.quotas import QuotaUse, endpoints_quota_use
from vpn.operation_plans.report import PlanContext
from vpn.operations.endpoint_settings import current_settings
from vpn.operations.models import Operation, OperationStep
from vpn.operations.states import StepStatus
from vpn.quotas.limits import Limits
from vpn.quotas.models import RegionPrices
from vpn.quotas.queries import limits_for

MONTH: Final = timedelta(days=30)


def endpoint_configuration(endpoint: Endpoint, aws_settings: Mapping[str, Any]) -> EndpointConfiguration:
    """The endpoint's last snapshot. ``aws_settings`` has the members of DescribeClientVpnEndpoints."""
    settings_now, chains = current_settings(aws_settings), _ways_out(endpoint)
    return live_configuration(
        rules=(AuthorizationRule(**_known(AuthorizationRule, rule)) for rule in endpoint.authorization_rules),
        routes=(Route(**_known(Route, route)) for route in endpoint.routes),
        target_networks=(
            TargetNetwork(**_known(TargetNetwork, network)) for network in endpoint.target_networks
        ),
        split_tunnel=endpoint.split_tunnel,
        vpn_port=endpoint.vpn_port,
        transport_protocol=endpoint.transport_protocol,
        dns_name=endpoint.dns_name,
        dns_servers=tuple(aws_settings.get("DnsServers", ())),
        server_certificate_arn=aws_settings.get("ServerCertificateArn", ""),
        security_groups=tuple(aws_settings.get("SecurityGroupIds", ())),
        log_group=settings_now["log_group"],
        client_connect_handler=settings_now["client_connect_handler"],
        trust_providers=tuple(settings_now["trust_providers"]),
        traffic=aws_settings.get("TrafficIpAddressType", "ipv4"),
        egress={chain["subnet_id"]: tuple(chain["addresses"]) for chain in chains},
        egress_reasons={chain["subnet_id"]: _known_reasons(chain["reasons"]) for chain in chains},
    )


def _ways_out(endpoint: Endpoint) -> list[dict[str, Any]]:
    """Where each subnet of the VPC leads, associated or not: what the endpoint's own chains say counts more."""
    unused = [subnet["egress"] for subnet in endpoint.account.subnets if "egress" in subnet]
    return [*unused, *(chain for chain in endpoint.egress if chain["subnet_id"] and chain["via"])]


def _known_reasons(reasons: Iterable[str]) -> tuple[EgressReason, ...]:
    """Those of a subnet itself; what is true of the whole endpoint is compared by other means."""
    of_subnets = {reason.value for reason in EgressReason if reason in SUBNET_REASONS}
    return tuple(EgressReason(reason) for reason in reasons if reason in of_subnets)


def plan_context(endpoint: Endpoint) -> PlanContext:
    now = timezone.now()
    return PlanContext(
        known_people(),
        recent_people(endpoint, now),
        endpoint_prices(endpoint),
        connection_hours(endpoint, now),
        blocked=blocked_people(endpoint.account, now),
        log_groups=known_log_groups(endpoint.account),
        limits=limits_for(endpoint.account),
        expectations=expectations_about(endpoint),
    )


def recent_people(endpoint: Endpoint, until: datetime) -> frozenset[str] | None:
    """Keys (account_key) of the names of all who connected in the 30 days before ``until``, by the connection log.

    None where the log doesn't tell: it is off, or the portal hasn't read any of it. "Nobody" would be a claim then.
    """
    is_read = LogSource.objects.filter(
        account=endpoint.account_id, log_group=endpoint.log_group, read_until__isnull=False
    ).exists()
    if not endpoint.log_group or not is_read:
        return None
    connected = Connection.objects.filter(
        user=OuterRef("pk"),
        endpoint_id=endpoint.endpoint_id,
        status__in=CONNECTED,
        at__gt=until - MONTH,
        at__lte=until,
    )
    # By person: each has few connections, and the index begins with the person.
    people = ConnectionUser.objects.filter(Exists(connected), last_connected_at__gt=until - MONTH)
    return frozenset(map(account_key, people.values_list("username", flat=True)))


def blocked_people(account: AwsAccount, now: datetime) -> list[str]:
    """Whom the portal's own operations have put on this account's deny list and not taken off since.

    What somebody else wrote into the list isn't seen: plans never ask AWS.
    """
    operations = Operation.objects.filter(kind__in=("block-person", "unblock-person"))
    steps = OperationStep.objects.filter(
        operation__in=operations,
        key__in=(f"deny:{account.name}", f"admit:{account.name}"),
        status=StepStatus.DONE,
    )
    blocked: dict[str, str] = {}
    for step in steps.select_related("operation").order_by("operation__number"):
        if step.after.get("error") or step.after.get("unusable"):
            continue
        names = step.operation.parameters["usernames"]
        until = step.operation.before.get("until")
        is_over = until is not None and datetime.fromisoformat(until) <= now
        for name in names:
            blocked.pop(deny_list.normalize_username(name), None)
        if step.key.startswith("deny:") and not is_over:
            blocked |= {deny_list.normalize_username(name): name for name in names}
    return sorted(blocked.values())


def known_log_groups(account: AwsAccount) -> frozenset[str]:
    """Log groups that exist: an endpoint writes to them, or the portal has read them."""
    written = Endpoint.objects.filter(account=account, vanished_at=None).exclude(log_group="")
    read = LogSource.objects.filter(
        account=account, kind=LogSourceKind.CONNECTION_LOG, read_until__isnull=False
    )
    return frozenset(
        {*written.values_list("log_group", flat=True), *read.values_list("log_group", flat=True)}
    )


def connection_hours(endpoint: Endpoint, until: datetime) -> Decimal | None:
    """Hours of all connections in the 30 days before ``until``, from the connection log; None if it has none."""
    tallies = ConnectionTally.objects.filter(
        endpoint_id=endpoint.endpoint_id, bucket__gt=until - MONTH, bucket__lte=until
    )
    seconds = tallies.aggregate(all=Sum("seconds"))["all"]
    return Decimal(seconds) / 3600 if seconds else None


def endpoint_quota_use(account: AwsAccount, limits: Limits, *, more: int) -> QuotaUse:
    """Of the account, with ``more`` endpoints added. The portal may not see all of the endpoints that AWS counts."""
    count = Endpoint.objects.filter(account=account, vanished_at=None).count()
    return endpoints_quota_use(count + more, region=account.region, limits=limits)


def known_people() -> list[AccessPerson]:
    rows = User.objects.filter(is_active=True).values_list("username", "name", "groups")
    return [AccessPerson(username, name, frozenset(groups)) for username, name, groups in rows]


def endpoint_prices(endpoint: Endpoint) -> Prices:
    return region_prices(endpoint.account.region)


def region_prices(region: str) -> Prices:
    return stored_prices(region, RegionPrices.objects.filter(region=region).first())


def stored_prices(region: str, row: RegionPrices | None) -> Prices:
    """``row``: AWS's price list as it was last read."""
    listed = row.listed() if row and is_read("prices") else None
    seen_at = row.seen_at if row else None
    return prices_for(region, settings.OPERATION_PRICES, listed=listed, seen_at=seen_at)


def _known(kind: type[Any], fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that ``kind`` has, as an older version may have saved others. JSON has lists where it has tuples."""
    return {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in fields.items()
        if name in kind.__dataclass_fields__
    }
