"""What the comparison needs, from the database: the only part of it that reads. None of it asks AWS."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings

from portal.access.models import User
from vpn.aws.snapshots import AuthorizationRule, Route, TargetNetwork
from vpn.endpoints.models import Endpoint
from vpn.operations.impact.access import Person
from vpn.operations.impact.costs import Prices, prices_for
from vpn.operations.impact.report import Around
from vpn.operations.impact.state import State, live_state
from vpn.profiles.models import ProfileDownload


def state_of(endpoint: Endpoint, aws_settings: Mapping[str, Any]) -> State:
    """``aws_settings`` by AWS's own member names, as DescribeClientVpnEndpoints gives them."""
    return live_state(
        rules=(AuthorizationRule(**_known(AuthorizationRule, one)) for one in endpoint.authorization_rules),
        routes=(Route(**_known(Route, one)) for one in endpoint.routes),
        target_networks=(TargetNetwork(**_known(TargetNetwork, one)) for one in endpoint.target_networks),
        split_tunnel=endpoint.split_tunnel,
        vpn_port=endpoint.vpn_port,
        transport_protocol=endpoint.transport_protocol,
        dns_name=endpoint.dns_name,
        dns_servers=tuple(aws_settings.get("DnsServers", ())),
        server_certificate_arn=aws_settings.get("ServerCertificateArn", ""),
        egress={one["subnet_id"]: tuple(one["addresses"]) for one in endpoint.egress if one["subnet_id"]},
    )


def around(endpoint: Endpoint) -> Around:
    return Around(known_people(), holders_of(endpoint), prices_of(endpoint))


def known_people() -> list[Person]:
    rows = User.objects.filter(is_active=True).values_list("username", "name", "groups")
    return [Person(username, name, frozenset(groups)) for username, name, groups in rows]


def holders_of(endpoint: Endpoint) -> int:
    """How many people have downloaded the profile that is valid now."""
    found = ProfileDownload.objects.filter(endpoint=endpoint, configuration_hash=endpoint.configuration_hash)
    return found.values("user").distinct().count()


def prices_of(endpoint: Endpoint) -> Prices:
    return prices_for(endpoint.account.region, settings.OPERATION_PRICES)


def _known(kind: type[Any], fields: Mapping[str, Any]) -> dict[str, Any]:
    """JSON has lists where the snapshot had tuples."""
    return {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in fields.items()
        if name in kind.__dataclass_fields__
    }
