"""What a comparison needs from the database. It never calls AWS."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from django.conf import settings
from django.db.models import Sum
from django.utils import timezone

from portal.access.models import User
from vpn.aws.snapshots import AuthorizationRule, Route, TargetNetwork
from vpn.connection_log.models import ConnectionTally
from vpn.endpoints.models import AwsAccount, Endpoint
from vpn.operations.plan.access import AccessPerson
from vpn.operations.plan.configuration import EndpointConfiguration, live_configuration
from vpn.operations.plan.costs import Prices, prices_for
from vpn.operations.plan.quotas import QuotaUse, endpoints_quota_use
from vpn.operations.plan.report import PlanContext
from vpn.profiles.models import ProfileDownload

MONTH: Final = timedelta(days=30)


def endpoint_configuration(endpoint: Endpoint, aws_settings: Mapping[str, Any]) -> EndpointConfiguration:
    """The endpoint's last snapshot. ``aws_settings`` has the members of DescribeClientVpnEndpoints."""
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
        egress={
            chain["subnet_id"]: tuple(chain["addresses"]) for chain in endpoint.egress if chain["subnet_id"]
        },
    )


def plan_context(endpoint: Endpoint) -> PlanContext:
    return PlanContext(
        known_people(),
        count_profile_holders(endpoint),
        endpoint_prices(endpoint),
        connection_hours(endpoint, timezone.now()),
    )


def connection_hours(endpoint: Endpoint, until: datetime) -> Decimal | None:
    """Hours of all connections in the 30 days before ``until``, from the connection log; None if it has none."""
    tallies = ConnectionTally.objects.filter(
        endpoint_id=endpoint.endpoint_id, bucket__gt=until - MONTH, bucket__lte=until
    )
    seconds = tallies.aggregate(all=Sum("seconds"))["all"]
    return Decimal(seconds) / 3600 if seconds else None


def endpoint_quota_use(account: AwsAccount, *, more: int) -> QuotaUse:
    """Of the account, with ``more`` endpoints added. The portal may not see all of the endpoints that AWS counts."""
    count = Endpoint.objects.filter(account=account, vanished_at=None).count()
    return endpoints_quota_use(count + more, region=account.region)


def known_people() -> list[AccessPerson]:
    rows = User.objects.filter(is_active=True).values_list("username", "name", "groups")
    return [AccessPerson(username, name, frozenset(groups)) for username, name, groups in rows]


def count_profile_holders(endpoint: Endpoint) -> int:
    """How many people have downloaded the profile that is valid now."""
    downloads = ProfileDownload.objects.filter(
        endpoint=endpoint, configuration_hash=endpoint.configuration_hash
    )
    return downloads.values("user").distinct().count()


def endpoint_prices(endpoint: Endpoint) -> Prices:
    return region_prices(endpoint.account.region)


def region_prices(region: str) -> Prices:
    return prices_for(region, settings.OPERATION_PRICES)


def _known(kind: type[Any], fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that ``kind`` has, as an older version may have saved others. JSON has lists where it has tuples."""
    return {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in fields.items()
        if name in kind.__dataclass_fields__
    }
