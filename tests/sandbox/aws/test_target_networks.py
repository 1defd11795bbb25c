"""EC2 API reference: AssociateClientVpnTargetNetwork; admin guide: "Client VPN target networks"."""

from dataclasses import replace

import pytest

from sandbox.aws.control import Control
from sandbox.aws.seed import administrator
from sandbox.aws.server import AwsServer
from sandbox.company import OSAKA, TOKYO
from tests.sandbox.aws.account import Account, eventually, refused


def test_an_association_takes_a_while_and_brings_the_vpc_s_route(account: Account) -> None:
    endpoint = account.endpoint()
    answer = account.ec2.associate_client_vpn_target_network(
        ClientVpnEndpointId=endpoint, SubnetId=account.subnet_a
    )
    assert answer["Status"] == {"Code": "associating"}
    eventually(lambda: account.association_code(endpoint, answer["AssociationId"]) == "associated")
    assert account.routes(endpoint) == [
        {
            "ClientVpnEndpointId": endpoint,
            "DestinationCidr": "10.0.0.0/16",
            "TargetSubnet": account.subnet_a,
            "Type": "Nat",
            "Origin": "associate",
            "Status": {"Code": "active"},
            "Description": "Default Route",
        }
    ]


def test_the_vpc_s_default_security_group_is_applied(account: Account) -> None:
    endpoint = account.associated_endpoint()
    network = account.ec2.describe_client_vpn_target_networks(ClientVpnEndpointId=endpoint)
    groups = network["ClientVpnTargetNetworks"][0]["SecurityGroups"]
    default = account.ec2.describe_security_groups(GroupIds=groups)["SecurityGroups"][0]
    assert (default["GroupName"], default["VpcId"]) == ("default", account.vpc)


def test_one_subnet_a_zone(account: Account) -> None:
    endpoint = account.associated_endpoint()
    other = account.subnet("10.0.2.0/24", "a")
    with refused("InvalidClientVpnSubnetId.DuplicateAz"):
        account.associate(endpoint, other)
    with refused("InvalidClientVpnDuplicateAssociationException"):
        account.associate(endpoint, account.subnet_a)
    account.associate(endpoint, account.subnet_c)


def test_all_subnets_are_of_one_vpc(account: Account) -> None:
    endpoint = account.associated_endpoint()
    account.vpc = account.ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    with refused("InvalidParameterValue"):
        account.associate(endpoint, account.subnet("10.1.0.0/24", "c"))


def test_the_vpc_must_not_overlap_the_client_cidr(account: Account) -> None:
    endpoint = account.endpoint(ClientCidrBlock="10.0.128.0/22")
    with refused("InvalidClientVpnSubnetId.OverlappingCidr"):
        account.associate(endpoint, account.subnet_a)


def test_a_subnet_must_be_large_enough(account: Account) -> None:
    with refused("InvalidParameterValue"):
        account.associate(account.endpoint(), account.subnet("10.0.3.0/28", "a"))


def test_a_subnet_must_exist(account: Account) -> None:
    with refused("InvalidClientVpnSubnetId.NotFound"):
        account.associate(account.endpoint(), "subnet-00000000000000000")
    with refused("MissingParameter"):
        account.ec2.associate_client_vpn_target_network(ClientVpnEndpointId=account.endpoint())


def test_another_account_s_subnet_is_refused(aws: AwsServer, account: Account) -> None:
    other = administrator(aws.url, replace(OSAKA, region=TOKYO.region))("ec2")
    vpc = other.create_vpc(CidrBlock="10.5.0.0/16")["Vpc"]["VpcId"]
    subnet = other.create_subnet(VpcId=vpc, CidrBlock="10.5.0.0/24")["Subnet"]["SubnetId"]
    with refused("InvalidClientVpnSubnetId.DifferentAccount"):
        account.associate(account.endpoint(), subnet)


def test_a_vpc_that_the_endpoint_was_created_with_binds_it_too(account: Account) -> None:
    endpoint, subnet = account.endpoint(VpcId=account.vpc), account.subnet_a
    account.vpc = account.ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    with refused("InvalidParameterValue"):
        account.associate(endpoint, account.subnet("10.1.0.0/24", "a"))
    account.associate(endpoint, subnet)


def test_an_endpoint_that_is_being_deleted_takes_no_more_changes(account: Account, lifelike: None) -> None:
    endpoint, ec2 = account.endpoint(), account.ec2
    ec2.delete_client_vpn_endpoint(ClientVpnEndpointId=endpoint)
    with refused("IncorrectState"):
        ec2.associate_client_vpn_target_network(ClientVpnEndpointId=endpoint, SubnetId=account.subnet_a)
    with refused("IncorrectState"):
        ec2.authorize_client_vpn_ingress(
            ClientVpnEndpointId=endpoint, TargetNetworkCidr="10.0.0.0/16", AuthorizeAllGroups=True
        )
    with refused("IncorrectState"):
        ec2.modify_client_vpn_endpoint(ClientVpnEndpointId=endpoint, SplitTunnel=True)
    assert account.described(endpoint)["Status"]["Code"] == "deleting"
    answer = ec2.delete_client_vpn_endpoint(ClientVpnEndpointId=endpoint)
    assert answer["Status"]["Code"] == "deleting"


def test_an_endpoint_has_subnets_or_zones_and_never_both(account: Account) -> None:
    endpoint = account.endpoint()
    with refused("InvalidParameterCombination"):
        account.ec2.associate_client_vpn_target_network(
            ClientVpnEndpointId=endpoint, AvailabilityZone="ap-northeast-1a"
        )
    with refused("InvalidParameterCombination"):
        account.ec2.associate_client_vpn_target_network(
            ClientVpnEndpointId=endpoint, SubnetId=account.subnet_a, AvailabilityZone="ap-northeast-1a"
        )


def test_an_association_can_fail_and_be_tried_again(account: Account, control: Control) -> None:
    endpoint = account.endpoint()
    control.fail_associations(1)
    answer = account.ec2.associate_client_vpn_target_network(
        ClientVpnEndpointId=endpoint, SubnetId=account.subnet_a
    )
    eventually(lambda: account.association_code(endpoint, answer["AssociationId"]) == "association-failed")
    network = account.ec2.describe_client_vpn_target_networks(ClientVpnEndpointId=endpoint)
    assert network["ClientVpnTargetNetworks"][0]["Status"]["Message"]
    assert account.described(endpoint)["Status"]["Code"] == "pending-associate"
    assert account.routes(endpoint) == []
    account.associate(endpoint, account.subnet_a)


def test_the_same_token_associates_once(account: Account) -> None:
    arguments = {
        "ClientVpnEndpointId": account.endpoint(),
        "SubnetId": account.subnet_a,
        "ClientToken": "once",
    }
    first = account.ec2.associate_client_vpn_target_network(**arguments)
    assert (
        account.ec2.associate_client_vpn_target_network(**arguments)["AssociationId"]
        == (first["AssociationId"])
    )
    with refused("IdempotentParameterMismatch"):
        account.ec2.associate_client_vpn_target_network(**{**arguments, "SubnetId": account.subnet_c})


def test_disassociating_takes_the_subnet_s_routes_with_it(account: Account) -> None:
    endpoint = account.endpoint()
    association = account.associate(endpoint, account.subnet_a)
    account.ec2.create_client_vpn_route(
        ClientVpnEndpointId=endpoint,
        DestinationCidrBlock="0.0.0.0/0",
        TargetVpcSubnetId=account.subnet_a,
    )
    answer = account.ec2.disassociate_client_vpn_target_network(
        ClientVpnEndpointId=endpoint, AssociationId=association
    )
    assert answer["Status"] == {"Code": "disassociating"}
    eventually(lambda: account.association_code(endpoint, association) is None)
    assert account.routes(endpoint) == []


def test_associations_that_do_not_exist_are_named_without_a_dot(account: Account) -> None:
    endpoint = account.endpoint()
    unknown = "cvpn-assoc-00000000000000000"
    with refused("InvalidClientVpnAssociationIdNotFound"):
        account.ec2.disassociate_client_vpn_target_network(
            ClientVpnEndpointId=endpoint, AssociationId=unknown
        )
    with refused("InvalidClientVpnAssociationIdNotFound"):
        account.ec2.describe_client_vpn_target_networks(
            ClientVpnEndpointId=endpoint, AssociationIds=[unknown]
        )


@pytest.mark.parametrize("name", ["association-id", "target-network-id", "vpc-id"])
def test_target_networks_are_filtered(account: Account, name: str) -> None:
    endpoint = account.endpoint()
    association = account.associate(endpoint, account.subnet_a)
    value = {"association-id": association, "target-network-id": account.subnet_a, "vpc-id": account.vpc}[
        name
    ]

    def found(values: list[str]) -> int:
        filters = [{"Name": name, "Values": values}]
        answer = account.ec2.describe_client_vpn_target_networks(
            ClientVpnEndpointId=endpoint, Filters=filters
        )
        return len(answer["ClientVpnTargetNetworks"])

    assert (found([value]), found(["none"])) == (1, 0)


def test_security_groups_are_replaced_for_every_association(account: Account) -> None:
    endpoint = account.associated_endpoint()
    account.associate(endpoint, account.subnet_c)
    group = account.ec2.create_security_group(GroupName="vpn", Description="vpn", VpcId=account.vpc)[
        "GroupId"
    ]
    arguments = {"ClientVpnEndpointId": endpoint, "VpcId": account.vpc}
    apply = account.ec2.apply_security_groups_to_client_vpn_target_network
    assert apply(**arguments, SecurityGroupIds=[group])["SecurityGroupIds"] == [group]
    networks = account.ec2.describe_client_vpn_target_networks(ClientVpnEndpointId=endpoint)
    assert [n["SecurityGroups"] for n in networks["ClientVpnTargetNetworks"]] == [[group], [group]]
    with refused("InvalidGroup.NotFound"):
        apply(**arguments, SecurityGroupIds=["sg-00000000000000000"])
    with refused("SecurityGroupLimitExceeded"):
        apply(**arguments, SecurityGroupIds=[group] * 6)


def test_what_an_endpoint_uses_cannot_be_deleted(account: Account) -> None:
    account.associated_endpoint()
    group = account.ec2.create_security_group(GroupName="vpn", Description="vpn", VpcId=account.vpc)[
        "GroupId"
    ]
    account.ec2.delete_security_group(GroupId=group)
    with refused("DependencyViolation"):
        account.ec2.delete_subnet(SubnetId=account.subnet_a)
    with refused("ResourceInUseException"):
        account.client("acm").delete_certificate(CertificateArn=account.certificate)
    account.ec2.delete_subnet(SubnetId=account.subnet_c)


def test_security_groups_of_the_endpoint_are_applied_to_its_target_networks(account: Account) -> None:
    """EC2 API reference, ModifyClientVpnEndpoint: "the security groups to apply to the target network"."""
    endpoint = account.endpoint()
    account.ec2.associate_client_vpn_target_network(ClientVpnEndpointId=endpoint, SubnetId=account.subnet_a)
    made = account.ec2.create_security_group(GroupName="other", Description="another", VpcId=account.vpc)
    groups = [made["GroupId"]]
    account.ec2.modify_client_vpn_endpoint(
        ClientVpnEndpointId=endpoint, VpcId=account.vpc, SecurityGroupIds=groups
    )
    networks = account.ec2.describe_client_vpn_target_networks(ClientVpnEndpointId=endpoint)
    assert networks["ClientVpnTargetNetworks"][0]["SecurityGroups"] == groups
