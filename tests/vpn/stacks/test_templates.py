"""The templates of infra/, deployed to the sandbox over HTTP."""

import pytest
from pytest_django import Settings

from sandbox.company import EMPLOYEES, ENGINEERING, OFFICE_LAN
from tests.sandbox.aws.account import refused
from tests.vpn.stacks.deployment import Deployment
from vpn.endpoints import services
from vpn.endpoints.models import Endpoint

VPN = "client-vpn.yaml"
HUB = "client-vpn-transit-gateway.yaml"
FIRST, SECOND = "ap-northeast-1a", "ap-northeast-1c"
OFFICE = {"OfficeCidr": OFFICE_LAN, "OfficeAddress": "198.51.100.7"}
TOPIC = "arn:aws:sns:ap-northeast-1:123456789012:alarms"


@pytest.fixture
def deployment(empty_aws: str, settings: Settings) -> Deployment:
    # The other account has no role here that could be assumed.
    settings.VPN_ACCOUNTS = [account for account in settings.VPN_ACCOUNTS if account["name"] == "tokyo"]
    return Deployment(empty_aws)


def test_a_whole_vpn_is_made_seen_by_the_portal_changed_and_left_behind(
    deployment: Deployment, db: None
) -> None:
    known = deployment.ec2.allocate_address(Domain="vpc")
    stack = deployment.create(
        VPN,
        {
            "FirstZone": FIRST,
            "SecondZone": SECOND,
            "FirstAllocationId": known["AllocationId"],
            "InternetGroupId": EMPLOYEES.id,
            "OfficeGroupId": ENGINEERING.id,
            "OfficeBgpAsn": "64512",
            "AlarmTopicArn": TOPIC,
            **OFFICE,
        },
        Tags=[{"Key": "Team", "Value": "network"}],
    )
    assert stack["StackStatus"] == "CREATE_COMPLETE", stack.get("StackStatusReason")
    outputs, made = deployment.outputs(), deployment.physical_ids()
    assert "FirstEgressAddress" not in outputs
    assert outputs["FirstEgressAllocationId"] == known["AllocationId"]

    services.sync_all()
    endpoint = Endpoint.objects.get(endpoint_id=outputs["EndpointId"])
    assert (endpoint.label, endpoint.status) == ("tokyo-main", "available")
    assert set(endpoint.egress_ips) == {known["PublicIp"], outputs["SecondEgressAddress"]}
    assert [subnet["reasons"] for subnet in endpoint.egress] == [[], []]
    assert endpoint.log_group == outputs["ConnectionLogGroup"]
    assert endpoint.session_timeout_hours == 10
    rules = {(rule["destination_cidr"], rule["group_id"]) for rule in endpoint.authorization_rules}
    assert rules == {("10.0.0.2/32", ""), ("0.0.0.0/0", EMPLOYEES.id), (OFFICE_LAN, ENGINEERING.id)}
    assert deployment.endpoint()["DnsServers"] == ["10.0.0.2"]

    # Tags of the stack reach what takes them; the endpoint stays the one that it is.
    deployment.protect()
    stack = deployment.update(
        {"SessionTimeoutHours": "8", "OfficeGroupId": ""}, Tags=[{"Key": "Team", "Value": "it"}]
    )
    assert stack["StackStatus"] == "UPDATE_COMPLETE", stack.get("StackStatusReason")
    after = deployment.physical_ids()
    assert {name for name in made if after[name] != made[name]} == {"OfficeRule"}
    (vpc,) = deployment.ec2.describe_vpcs(VpcIds=[outputs["VpcId"]])["Vpcs"]
    assert {"Key": "Team", "Value": "it"} in vpc["Tags"]
    assert deployment.endpoint()["SessionTimeoutHours"] == 8
    # The label is a tag of the endpoint: the stack's policy keeps it from being replaced by another one.
    assert deployment.update({"Name": "other"})["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert deployment.physical_ids()["Endpoint"] == outputs["EndpointId"]

    stack = deployment.delete()
    assert stack["StackStatus"] == "DELETE_COMPLETE", stack.get("StackStatusReason")
    addresses = {address["PublicIp"] for address in deployment.ec2.describe_addresses()["Addresses"]}
    assert addresses == {known["PublicIp"], outputs["SecondEgressAddress"]}
    left = deployment.ec2.describe_client_vpn_endpoints()["ClientVpnEndpoints"]
    assert [endpoint["ClientVpnEndpointId"] for endpoint in left] == [outputs["EndpointId"]]
    nat_gateways = deployment.ec2.describe_nat_gateways()["NatGateways"]
    assert {nat_gateway["State"] for nat_gateway in nat_gateways} <= {"deleted"}
    assert outputs["VpcId"] not in {vpc["VpcId"] for vpc in deployment.ec2.describe_vpcs()["Vpcs"]}


def test_one_zone_with_a_static_line_to_the_office_is_what_little_input_gives(
    deployment: Deployment,
) -> None:
    deployment.create(VPN, {"FirstZone": FIRST, **OFFICE})
    made = deployment.physical_ids()
    assert "SecondAssociation" not in made
    (line,) = deployment.ec2.describe_vpn_connections()["VpnConnections"]
    assert line["Options"]["StaticRoutesOnly"] is True
    assert [route["DestinationCidrBlock"] for route in line["Routes"]] == [OFFICE_LAN]
    (table,) = deployment.ec2.describe_route_tables(RouteTableIds=[made["FirstPrivateRoutes"]])["RouteTables"]
    assert table["PropagatingVgws"] == [{"GatewayId": made["VpnGateway"]}]
    assert not [name for name in made if name.endswith("Alarm")]


def test_a_standby_has_its_addresses_and_is_brought_up_by_one_parameter(
    deployment: Deployment, db: None
) -> None:
    """No association is paid, and the fixed address can be told to other sites before it is needed."""
    deployment.create(VPN, {"Name": "osaka-standby", "FirstZone": FIRST, "Associated": "false"})
    outputs = deployment.outputs()
    assert deployment.endpoint()["Status"]["Code"] == "pending-associate"
    services.sync_all()
    assert Endpoint.objects.get(label="osaka-standby").target_networks == []
    assert deployment.update({"Associated": "true"})["StackStatus"] == "UPDATE_COMPLETE"
    services.sync_all()
    endpoint = Endpoint.objects.get(label="osaka-standby")
    assert (endpoint.status, endpoint.egress_ips) == ("available", [outputs["FirstEgressAddress"]])
    assert deployment.update({"Associated": "false"})["StackStatus"] == "UPDATE_COMPLETE"
    assert deployment.outputs() == outputs


def test_an_existing_network_stays_as_it_is(deployment: Deployment) -> None:
    vpc = deployment.ec2.create_vpc(CidrBlock="10.40.0.0/16")["Vpc"]["VpcId"]
    subnet = deployment.ec2.create_subnet(VpcId=vpc, CidrBlock="10.40.1.0/24")["Subnet"]["SubnetId"]
    given = {"VpcId": vpc, "FirstSubnetId": subnet, "DnsServer": "10.40.0.2", "OfficeCidr": OFFICE_LAN}
    assert deployment.create(VPN, given)["StackStatus"] == "CREATE_COMPLETE"
    assert {name for name in deployment.physical_ids() if "Private" in name or "Nat" in name} == set()
    assert deployment.outputs()["FirstSubnetId"] == subnet
    assert deployment.endpoint()["VpcId"] == vpc
    stack = deployment.delete()
    assert stack["StackStatus"] == "DELETE_COMPLETE", stack.get("StackStatusReason")
    assert deployment.ec2.describe_subnets(SubnetIds=[subnet])["Subnets"]


def test_a_transit_gateway_is_entered_by_zones(deployment: Deployment, db: None) -> None:
    hub = deployment.ec2.create_transit_gateway(Options={"TransitGatewayCidrBlocks": ["10.99.0.0/24"]})
    given = {
        "Name": "hub",
        "TransitGatewayId": hub["TransitGateway"]["TransitGatewayId"],
        "FirstZone": FIRST,
        "SecondZone": SECOND,
        "DnsServer": "10.50.0.2",
        "OfficeCidr": OFFICE_LAN,
        "AuthorizationPolicy": 'permit(principal, action, resource) when { context has "saml" };',
        "LogPolicyContext": "true",
    }
    stack = deployment.create(HUB, given)
    assert stack["StackStatus"] == "CREATE_COMPLETE", stack.get("StackStatusReason")
    services.sync_all()
    endpoint = Endpoint.objects.get(label="hub")
    assert {route["destination_cidr"] for route in endpoint.routes} == {"0.0.0.0/0", OFFICE_LAN}
    configuration = deployment.endpoint()["TransitGatewayConfiguration"]
    assert configuration["TransitGatewayId"] == given["TransitGatewayId"]
    assert configuration["AvailabilityZones"] == [FIRST, SECOND]
    assert deployment.endpoint()["ConnectionLogOptions"]["IncludeAuthorizationPolicyContext"] is True


IMPOSSIBLE = [
    {},
    {"FirstZone": FIRST, "SecondZone": FIRST},
    {"FirstZone": "tokyo"},
    {"FirstZone": FIRST, "VpcId": "vpc-12345678"},
    {"FirstSubnetId": "subnet-12345678", "FirstZone": FIRST},
    {"VpcId": "vpc-12345678", "FirstSubnetId": "subnet-12345678"},
    {"VpcId": "vpc-12345678", "DnsServer": "10.0.0.2"},
    {"FirstZone": FIRST, "SecondAllocationId": "eipalloc-12345678"},
    {"FirstZone": FIRST, "OfficeAddress": "198.51.100.7"},
    {"FirstZone": FIRST, "OfficeCidr": OFFICE_LAN, "OfficeBgpAsn": "64512"},
    {"FirstZone": FIRST, "OfficeGroupId": "g"},
    {"FirstZone": FIRST, "ClientCidr": "10.8.0.0/24"},
    {"FirstZone": FIRST, "DnsServer": "10.0.0.256"},
    {"FirstZone": FIRST, "VpcCidr": "10.0.0.0/24"},
    {"FirstZone": FIRST, "SessionTimeoutHours": "9"},
    {"FirstZone": FIRST, "ClientConnectHandlerArn": "arn:aws:lambda:ap-northeast-1:1:function:mine"},
]


def test_impossible_input_is_refused_before_anything_is_made(deployment: Deployment) -> None:
    for parameters in IMPOSSIBLE:
        with refused("ValidationError"):
            deployment.create(VPN, parameters)
    assert deployment.cloudformation.list_stacks()["StackSummaries"] == []


@pytest.mark.parametrize("template", ["health-events.yaml", "portal-roles.yaml"])
def test_what_stands_beside_it_can_be_deployed_too(deployment: Deployment, template: str) -> None:
    deployment.needed = (
        {}
        if template == "health-events.yaml"
        else {
            "WorkerRoleArn": "arn:aws:iam::123456789012:role/worker",
            "ExternalId": "a-long-random-text",
        }
    )
    stack = deployment.create(template, {}, Capabilities=["CAPABILITY_IAM"])
    assert stack["StackStatus"] == "CREATE_COMPLETE", stack.get("StackStatusReason")
    assert deployment.delete()["StackStatus"] == "DELETE_COMPLETE"
