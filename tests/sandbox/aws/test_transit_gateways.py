"""Admin guide, "Transit Gateway integration with Client VPN"; transit gateway guide, "Client VPN attachments"."""

from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.aws.control import Control, SandboxError
from sandbox.aws.seed import administrator
from sandbox.aws.server import AwsServer
from sandbox.company import HOME_ADDRESS, OSAKA, TOKYO
from tests.sandbox.aws.account import Account, eventually, refused

ZONES = ["ap-northeast-1a", "ap-northeast-1c"]


def connect(control: Control, endpoint: str) -> None:
    place = {"account": TOKYO.account, "region": TOKYO.region, "endpoint_id": endpoint}
    control.connect(**place, username="m.tanaka@example.co.jp", device_ip=HOME_ADDRESS)


def transit_gateway(ec2: Any, *cidrs: str) -> str:
    answer = ec2.create_transit_gateway(Options={"TransitGatewayCidrBlocks": list(cidrs or ["10.99.0.0/24"])})
    return str(answer["TransitGateway"]["TransitGatewayId"])


def attached_endpoint(account: Account, gateway: str, **changes: Any) -> str:
    configuration = {"TransitGatewayId": gateway, **changes.pop("Zones", {})}
    return account.endpoint(TransitGatewayConfiguration=configuration, **changes)


def networks(account: Account, endpoint: str) -> list[dict[str, Any]]:
    answer = account.ec2.describe_client_vpn_target_networks(ClientVpnEndpointId=endpoint)
    return list(answer["ClientVpnTargetNetworks"])


def status(account: Account, endpoint: str) -> str:
    return str(account.described(endpoint)["Status"]["Code"])


def attachments(ec2: Any, *filters: dict[str, Any]) -> list[dict[str, Any]]:
    answer = ec2.describe_transit_gateway_attachments(Filters=list(filters))
    return list(answer["TransitGatewayAttachments"])


@pytest.fixture
def gateway(account: Account) -> str:
    return transit_gateway(account.ec2)


def test_an_endpoint_is_attached_by_zone_without_subnets(account: Account, gateway: str) -> None:
    arguments = account.endpoint_arguments(TransitGatewayConfiguration={"TransitGatewayId": gateway})
    answer = account.ec2.create_client_vpn_endpoint(**arguments)
    assert answer["Status"]["Code"] == "pending-associate"
    endpoint = answer["ClientVpnEndpointId"]
    eventually(lambda: status(account, endpoint) == "available")
    described = account.described(endpoint)
    configuration = described["TransitGatewayConfiguration"]
    assert configuration["TransitGatewayId"] == gateway
    assert configuration["AvailabilityZones"] == ZONES
    assert configuration["AvailabilityZoneIds"] == ["apne1-az4", "apne1-az1"]
    assert described["AssociatedTargetNetworks"] == []
    assert not {"VpcId", "SecurityGroupIds"} & described.keys()
    for network, zone in zip(networks(account, endpoint), ZONES, strict=True):
        assert network["AvailabilityZones"] == [zone]
        assert network["Status"]["Code"] == "associated"
        assert not {"VpcId", "TargetNetworkId", "SecurityGroups"} & network.keys()
    shown = attachments(account.ec2, {"Name": "resource-type", "Values": ["client-vpn"]})
    assert [(a["TransitGatewayId"], a["ResourceId"], a["State"]) for a in shown] == [
        (gateway, endpoint, "available")
    ]
    assert shown[0]["TransitGatewayAttachmentId"] == configuration["TransitGatewayAttachmentId"]
    with refused("IncorrectState"):
        account.ec2.delete_transit_gateway(TransitGatewayId=gateway)


def test_zones_are_chosen_by_name_or_id_and_five_at_most(account: Account, gateway: str) -> None:
    one = attached_endpoint(account, gateway, Zones={"AvailabilityZoneIds": ["apne1-az2"]})
    assert account.described(one)["TransitGatewayConfiguration"]["AvailabilityZones"] == ["ap-northeast-1d"]
    with refused("InvalidParameterCombination"):
        attached_endpoint(
            account, gateway, Zones={"AvailabilityZones": ZONES, "AvailabilityZoneIds": ["apne1-az2"]}
        )
    with refused("InvalidParameterValue"):
        attached_endpoint(account, gateway, Zones={"AvailabilityZones": ["us-east-1a"]})
    with refused("InvalidParameterValue"):
        attached_endpoint(account, gateway, Zones={"AvailabilityZones": [ZONES[0]] * 2})


def test_zones_come_and_go_one_by_one(account: Account, gateway: str) -> None:
    endpoint, ec2 = attached_endpoint(account, gateway), account.ec2
    arguments = {"ClientVpnEndpointId": endpoint, "ClientToken": "once"}
    added = ec2.associate_client_vpn_target_network(**arguments, AvailabilityZone="ap-northeast-1d")
    assert added["Status"] == {"Code": "associating"}
    again = ec2.associate_client_vpn_target_network(**arguments, AvailabilityZone="ap-northeast-1d")
    assert again["AssociationId"] == added["AssociationId"]
    eventually(lambda: account.association_code(endpoint, added["AssociationId"]) == "associated")
    with refused("InvalidClientVpnDuplicateAssociationException"):
        ec2.associate_client_vpn_target_network(ClientVpnEndpointId=endpoint, AvailabilityZoneId="apne1-az2")
    with refused("InvalidParameterCombination"):
        ec2.associate_client_vpn_target_network(ClientVpnEndpointId=endpoint, SubnetId=account.subnet_a)
    with refused("MissingParameter"):
        ec2.associate_client_vpn_target_network(ClientVpnEndpointId=endpoint)
    for network in networks(account, endpoint):
        ec2.disassociate_client_vpn_target_network(
            ClientVpnEndpointId=endpoint, AssociationId=network["AssociationId"]
        )
    eventually(lambda: networks(account, endpoint) == [])
    assert status(account, endpoint) == "pending-associate"


def test_its_routes_name_the_attachment_and_no_subnet(account: Account, gateway: str) -> None:
    endpoint, ec2 = attached_endpoint(account, gateway), account.ec2
    route = {"ClientVpnEndpointId": endpoint, "DestinationCidrBlock": "0.0.0.0/0"}
    assert account.routes(endpoint) == []
    ec2.create_client_vpn_route(**route)
    eventually(lambda: account.routes(endpoint)[0]["Status"]["Code"] == "active")
    attachment = account.described(endpoint)["TransitGatewayConfiguration"]["TransitGatewayAttachmentId"]
    assert account.routes(endpoint) == [
        {
            "ClientVpnEndpointId": endpoint,
            "DestinationCidr": "0.0.0.0/0",
            "Origin": "add-route",
            "Status": {"Code": "active"},
            "TransitGatewayAttachmentId": attachment,
        }
    ]
    with refused("InvalidClientVpnDuplicateRoute"):
        ec2.create_client_vpn_route(**route)
    with refused("InvalidParameterCombination"):
        ec2.create_client_vpn_route(
            **{**route, "DestinationCidrBlock": "10.1.0.0/16"}, TargetVpcSubnetId=account.subnet_a
        )
    ec2.delete_client_vpn_route(**route)
    eventually(lambda: account.routes(endpoint) == [])


def test_what_belongs_to_a_vpc_is_refused(account: Account, gateway: str) -> None:
    endpoint, ec2 = attached_endpoint(account, gateway), account.ec2
    with refused("InvalidParameterCombination"):
        attached_endpoint(account, gateway, VpcId=account.vpc)
    with refused("InvalidParameterCombination"):
        ec2.modify_client_vpn_endpoint(ClientVpnEndpointId=endpoint, VpcId=account.vpc)
    with refused("InvalidParameterCombination"):
        ec2.modify_client_vpn_endpoint(
            ClientVpnEndpointId=endpoint, TransitGatewayConfiguration={"TransitGatewayId": gateway}
        )
    with refused("InvalidParameterCombination"):
        ec2.apply_security_groups_to_client_vpn_target_network(
            ClientVpnEndpointId=endpoint, VpcId=account.vpc, SecurityGroupIds=["sg-00000000000000000"]
        )


def test_a_transit_gateway_needs_a_block_and_must_not_overlap_the_clients(account: Account) -> None:
    ec2 = account.ec2
    with refused("InvalidTransitGatewayID.NotFound"):
        attached_endpoint(account, "tgw-00000000000000000")
    bare = ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"]
    with refused("InvalidParameterValue"):
        attached_endpoint(account, bare)
    gateway = transit_gateway(ec2)
    with refused("InvalidParameterValue"):
        attached_endpoint(account, gateway, TrafficIpAddressType="dual-stack")
    ec2.create_transit_gateway_vpc_attachment(
        TransitGatewayId=gateway, VpcId=account.vpc, SubnetIds=[account.subnet_a]
    )
    with refused("InvalidParameterValue"):
        attached_endpoint(account, gateway, ClientCidrBlock="10.0.128.0/22")
    both = transit_gateway(ec2, "10.98.0.0/24", "2001:db8:98::/64")
    attached_endpoint(account, both, TrafficIpAddressType="dual-stack")


@pytest.fixture
def shared(aws: AwsServer, account: Account) -> tuple[Any, str, str]:
    """The other account's EC2, the endpoint that is attached to its transit gateway, and the attachment."""
    owner = administrator(aws.url, replace(OSAKA, region=TOKYO.region))("ec2")
    endpoint = attached_endpoint(account, transit_gateway(owner))
    configuration = account.described(endpoint)["TransitGatewayConfiguration"]
    return owner, endpoint, configuration["TransitGatewayAttachmentId"]


def test_another_account_s_transit_gateway_waits_for_its_owner(
    account: Account, control: Control, shared: tuple[Any, str, str]
) -> None:
    owner, endpoint, attachment = shared
    assert status(account, endpoint) == "pending"
    assert {n["Status"]["Code"] for n in networks(account, endpoint)} == {"associating"}
    mine = {"Name": "state", "Values": ["pendingAcceptance"]}
    assert [a["ResourceOwnerId"] for a in attachments(owner, mine)] == [TOKYO.account]
    with pytest.raises(SandboxError):
        connect(control, endpoint)
    with refused("InvalidTransitGatewayAttachmentID.NotFound"):
        account.ec2.accept_transit_gateway_client_vpn_attachment(TransitGatewayAttachmentId=attachment)
    answer = owner.accept_transit_gateway_client_vpn_attachment(TransitGatewayAttachmentId=attachment)
    accepted = answer["TransitGatewayClientVpnAttachment"]
    assert (accepted["ClientVpnEndpointId"], accepted["ClientVpnOwnerId"]) == (endpoint, TOKYO.account)
    assert accepted["State"] == "pending"
    eventually(lambda: status(account, endpoint) == "available")
    assert attachments(owner)[0]["State"] == "available"
    with refused("IncorrectState"):
        owner.reject_transit_gateway_client_vpn_attachment(TransitGatewayAttachmentId=attachment)


def test_a_rejected_attachment_associates_nothing(account: Account, shared: tuple[Any, str, str]) -> None:
    owner, endpoint, attachment = shared
    answer = owner.reject_transit_gateway_client_vpn_attachment(TransitGatewayAttachmentId=attachment)
    assert answer["TransitGatewayClientVpnAttachment"]["State"] == "rejected"
    assert status(account, endpoint) == "pending-associate"
    assert {n["Status"]["Code"] for n in networks(account, endpoint)} == {"association-failed"}
    with refused("IncorrectState"):
        account.ec2.associate_client_vpn_target_network(
            ClientVpnEndpointId=endpoint, AvailabilityZone="ap-northeast-1d"
        )


def test_a_deleted_attachment_ends_all_connections(account: Account, gateway: str, control: Control) -> None:
    endpoint, ec2 = attached_endpoint(account, gateway), account.ec2
    eventually(lambda: status(account, endpoint) == "available")
    connect(control, endpoint)
    attachment = account.described(endpoint)["TransitGatewayConfiguration"]["TransitGatewayAttachmentId"]
    answer = ec2.delete_transit_gateway_client_vpn_attachment(TransitGatewayAttachmentId=attachment)
    assert answer["TransitGatewayClientVpnAttachment"]["State"] == "deleting"
    eventually(lambda: networks(account, endpoint) == [])
    connections = ec2.describe_client_vpn_connections(ClientVpnEndpointId=endpoint)["Connections"]
    assert [c["Status"]["Code"] for c in connections] == ["terminated"]
    assert attachments(ec2)[0]["State"] == "deleted"
    ec2.delete_client_vpn_endpoint(ClientVpnEndpointId=endpoint)


@pytest.mark.parametrize("verb", ["accept", "reject", "delete"])
def test_parameters_and_dry_run_are_looked_at_first(account: Account, verb: str) -> None:
    act = getattr(account.ec2, f"{verb}_transit_gateway_client_vpn_attachment")
    with pytest.raises(ClientError) as caught:
        act(TransitGatewayAttachmentId="tgw-attach-00000000000000000", DryRun=True)
    assert caught.value.response["Error"]["Code"] == "DryRunOperation"
    with refused("MissingParameter"):
        act(TransitGatewayAttachmentId="")
    with refused("InvalidTransitGatewayAttachmentID.NotFound"):
        act(TransitGatewayAttachmentId="tgw-attach-00000000000000000")
