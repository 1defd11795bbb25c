"""What Client VPN asks of the rest of an account, answered from moto's backends."""

from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any, Final

from moto.acm.models import acm_backends
from moto.dynamodb.models import dynamodb_backends
from moto.ec2.models import ec2_backends
from moto.ec2.models.availability_zones_and_regions import RegionsAndZonesBackend
from moto.iam.models import iam_backends
from moto.logs.models import logs_backends

from sandbox.aws.account_resources import Certificate, Subnet, TransitGateway, Zone
from sandbox.aws.certificates import trusted_authority

# The name that infra/client-connect-handler/template.yaml gives it
DENY_LIST: Final = "genkan-deny-list"


class MotoAccountResources:
    """``Surroundings`` on moto: one account in one region."""

    def __init__(self, account: str, region: str) -> None:
        self.account = account
        self.region = region
        self._ec2 = ec2_backends[account][region]

    def subnet(self, subnet_id: str) -> Subnet | None:
        # In every account: a subnet that is shared by another account must be found, to be refused as such.
        for account in list(ec2_backends):
            for zone in ec2_backends[account][self.region].subnets.values():
                if subnet_id in zone:
                    return _subnet(account, zone[subnet_id])
        return None

    def vpc_cidrs(self, vpc_id: str) -> tuple[IPv4Network | IPv6Network, ...]:
        vpc = self._ec2.vpcs.get(vpc_id)
        if vpc is None:
            return ()
        blocks = [*vpc.get_cidr_block_association_set(), *vpc.get_cidr_block_association_set(ipv6=True)]
        return tuple(ip_network(block["cidr_block"]) for block in blocks)

    def transit_gateway(self, transit_gateway_id: str) -> TransitGateway | None:
        # In every account: AWS RAM, by which one shares it, isn't asked.
        for account in list(ec2_backends):
            backend = ec2_backends[account][self.region]
            gateway = backend.transit_gateways.get(transit_gateway_id)
            if gateway is not None:
                attachments = backend.transit_gateway_attachments.values()
                vpcs = [a.resource_id for a in attachments if a.transit_gateway_id == gateway.id]
                cidrs = tuple(ip_network(cidr) for cidr in gateway.options["TransitGatewayCidrBlocks"])
                owner = MotoAccountResources(account, self.region)
                reached = tuple(cidr for vpc_id in vpcs for cidr in owner.vpc_cidrs(vpc_id))
                return TransitGateway(gateway.id, account, cidrs, reached)
        return None

    def zones(self) -> tuple[Zone, ...]:
        return tuple(Zone(zone.name, zone.zone_id) for zone in RegionsAndZonesBackend.zones[self.region])

    def default_security_group(self, vpc_id: str) -> str:
        return next(str(group.id) for group in self._ec2.groups[vpc_id].values() if group.name == "default")

    def vpc_of_security_group(self, group_id: str) -> str | None:
        return next((vpc_id for vpc_id, groups in self._ec2.groups.items() if group_id in groups), None)

    def certificate(self, arn: str) -> Certificate | None:
        bundle = acm_backends[self.account][self.region]._certificates.get(arn)
        if bundle is None:
            return None
        return Certificate((bundle.common_name, *bundle.sans), trusted_authority(bundle.cert, bundle.chain))

    def has_saml_provider(self, arn: str) -> bool:
        providers = iam_backends[self.account]["aws"].saml_providers.values()
        return any(provider.arn == arn for provider in providers)

    def has_log_group(self, name: str) -> bool:
        return name in logs_backends[self.account][self.region].groups

    def create_log_stream(self, group: str, stream: str) -> None:
        log_group = logs_backends[self.account][self.region].groups[group]
        if stream not in log_group.streams:
            log_group.create_log_stream(stream)

    def put_log_event(
        self, group: str, stream: str, message: str, *, published_at: float, arrived_at: float
    ) -> None:
        """Past PutLogEvents, which judges by the computer's clock; a log group that is gone takes nothing."""
        if not self.has_log_group(group):
            return
        self.create_log_stream(group, stream)
        log_stream = logs_backends[self.account][self.region].groups[group].streams[stream]
        log_stream.put_log_events([{"timestamp": int(published_at * 1000), "message": message}])
        # Moto takes the computer's clock for it, which doesn't know of skipped time.
        log_stream.events[-1].ingestion_time = int(arrived_at * 1000)

    def ensure_log_group(self, name: str) -> None:
        logs = logs_backends[self.account][self.region]
        if name not in logs.groups:
            logs.create_log_group(name, {})

    def deny_list_entry(self, username: str) -> dict[str, Any]:
        """The item of the deny list with this key; empty if there is none, or no such table."""
        dynamodb = dynamodb_backends[self.account][self.region]
        if DENY_LIST not in dynamodb.tables:
            return {}
        item = dynamodb.get_item(DENY_LIST, {"username": {"S": username}})
        return dict(item.to_json()["Attributes"]) if item else {}

    def tags(self, resource_id: str) -> dict[str, str]:
        return dict(self._ec2.tags.get(resource_id, {}))

    def set_tags(self, resource_id: str, tags: dict[str, str]) -> None:
        self._ec2.create_tags([resource_id], tags)

    def forget_tags(self, resource_id: str) -> None:
        self._ec2.tags.pop(resource_id, None)


def _subnet(account: str, subnet: Any) -> Subnet:
    return Subnet(
        subnet.id,
        subnet.vpc_id,
        account,
        IPv4Network(subnet.cidr_block),
        subnet.availability_zone,
        subnet.availability_zone_id,
        subnet.available_ip_address_count,
        has_ipv6=bool(subnet.ipv6_cidr_block_association_set),
    )


def account_resources(account: str, region: str) -> MotoAccountResources:
    return MotoAccountResources(account, region)
