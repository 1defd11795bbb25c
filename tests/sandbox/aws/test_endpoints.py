"""EC2 API reference: Create-, Modify-, DeleteClientVpnEndpoint; admin guide: "Client VPN endpoints"."""

from typing import Any

import pytest

from sandbox.aws.control import Control
from tests.sandbox.aws.account import CLIENT_CIDR, Account, eventually, refused


def test_create_answers_as_aws_does(account: Account) -> None:
    answer = account.ec2.create_client_vpn_endpoint(**account.endpoint_arguments())
    endpoint = answer["ClientVpnEndpointId"]
    assert len(endpoint) == len("cvpn-endpoint-") + 17
    assert answer["Status"] == {"Code": "pending-associate"}
    assert answer["DnsName"] == f"{endpoint}.prod.clientvpn.ap-northeast-1.amazonaws.com"


def test_describe_shows_what_was_created_and_aws_s_defaults(account: Account) -> None:
    described = account.described(account.endpoint(Description="office", DnsServers=["10.0.0.2"]))
    assert described["DnsName"].startswith("*.cvpn-endpoint-")
    assert described["Description"] == "office"
    assert described["DnsServers"] == ["10.0.0.2"]
    assert (described["TransportProtocol"], described["VpnPort"]) == ("udp", 443)
    assert (described["VpnProtocol"], described["SessionTimeoutHours"]) == ("openvpn", 24)
    assert described["SplitTunnel"] is False
    assert described["ConnectionLogOptions"]["CloudwatchLogGroup"] == "vpn"
    assert len(described["CreationTime"]) == len("2020-11-13T11:37:27")
    federated = described["AuthenticationOptions"][0]["FederatedAuthentication"]
    assert federated["SamlProviderArn"] == account.saml_provider


def test_it_is_available_from_the_first_association_to_the_last(account: Account) -> None:
    endpoint = account.endpoint()
    assert account.described(endpoint)["Status"]["Code"] == "pending-associate"
    association = account.associate(endpoint, account.subnet_a)
    assert account.described(endpoint)["Status"]["Code"] == "available"
    assert account.described(endpoint)["VpcId"] == account.vpc
    account.ec2.disassociate_client_vpn_target_network(
        ClientVpnEndpointId=endpoint, AssociationId=association
    )
    eventually(lambda: account.described(endpoint)["Status"]["Code"] == "pending-associate")
    assert "VpcId" not in account.described(endpoint)


@pytest.mark.parametrize("cidr", ["10.20.0.0/23", "10.0.0.0/11", "10.20.0.1/22", "nonsense", "2001:db8::/64"])
def test_the_client_cidr_is_a_block_between_22_and_12(account: Account, cidr: str) -> None:
    with refused("InvalidParameterValue"):
        account.endpoint(ClientCidrBlock=cidr)


@pytest.mark.parametrize(
    "changes",
    [
        {"ServerCertificateArn": "arn:aws:acm:ap-northeast-1:123456789012:certificate/none"},
        {"ConnectionLogOptions": {"Enabled": True, "CloudwatchLogGroup": "none"}},
        {"VpnPort": 8443},
        {"SessionTimeoutHours": 9},
        {"TransportProtocol": "sctp"},
        {"DnsServers": ["10.0.0.2", "10.0.0.3", "10.0.0.4"]},
        {"ClientLoginBannerOptions": {"Enabled": True, "BannerText": "あ" * 1401}},
        {"ClientConnectOptions": {"Enabled": True, "LambdaFunctionArn": "arn:aws:lambda:r:1:function:mine"}},
    ],
)
def test_it_refuses_what_does_not_exist_or_is_out_of_range(account: Account, changes: dict[str, Any]) -> None:
    with refused("InvalidParameterValue"):
        account.endpoint(**changes)


def test_a_server_certificate_needs_a_domain(account: Account) -> None:
    with refused("InvalidParameterValue") as caught:
        account.endpoint(ServerCertificateArn=account.import_certificate("localhost"))
    assert "does not have a domain" in str(caught.value)


def test_logging_needs_a_log_group(account: Account) -> None:
    with refused("MissingParameter"):
        account.endpoint(ConnectionLogOptions={"Enabled": True})


def test_the_log_stream_is_made_and_shown(account: Account) -> None:
    endpoint = account.endpoint()
    stream = account.described(endpoint)["ConnectionLogOptions"]["CloudwatchLogStream"]
    assert stream.startswith(f"{endpoint}-ap-northeast-1-")
    options = {"Enabled": True, "CloudwatchLogGroup": "vpn", "CloudwatchLogStream": "mine"}
    account.ec2.modify_client_vpn_endpoint(ClientVpnEndpointId=endpoint, ConnectionLogOptions=options)
    assert account.described(endpoint)["ConnectionLogOptions"] == options
    streams = account.client("logs").describe_log_streams(logGroupName="vpn")["logStreams"]
    assert sorted(s["logStreamName"] for s in streams) == [stream, "mine"]


def test_logging_can_be_off(account: Account) -> None:
    described = account.described(account.endpoint(ConnectionLogOptions={"Enabled": False}))
    assert described["ConnectionLogOptions"] == {"Enabled": False}


def test_authentication_can_be_mutual_with_one_kind_of_user_authentication(account: Account) -> None:
    both = [account.mutual(), account.federated()]
    described = account.described(account.endpoint(AuthenticationOptions=both))
    chain = described["AuthenticationOptions"][0]["MutualAuthentication"]["ClientRootCertificateChain"]
    assert chain == account.certificate
    with refused("InvalidParameterCombination"):
        account.endpoint(AuthenticationOptions=[account.directory(), account.federated()])
    with refused("InvalidParameterCombination"):
        account.endpoint(AuthenticationOptions=[account.mutual(), account.mutual()])


def test_federated_authentication_needs_its_saml_provider(account: Account) -> None:
    with refused("MissingParameter"):
        account.endpoint(AuthenticationOptions=[{"Type": "federated-authentication"}])
    unknown = {"SAMLProviderArn": "arn:aws:iam::123456789012:saml-provider/none"}
    option = {"Type": "federated-authentication", "FederatedAuthentication": unknown}
    with refused("InvalidParameterValue"):
        account.endpoint(AuthenticationOptions=[option])


def test_security_groups_come_with_their_vpc(account: Account) -> None:
    group = account.ec2.create_security_group(GroupName="vpn", Description="vpn", VpcId=account.vpc)[
        "GroupId"
    ]
    described = account.described(account.endpoint(VpcId=account.vpc, SecurityGroupIds=[group]))
    assert described["SecurityGroupIds"] == [group]
    with refused("MissingParameter"):
        account.endpoint(SecurityGroupIds=[group])
    with refused("InvalidGroup.NotFound"):
        account.endpoint(VpcId=account.vpc, SecurityGroupIds=["sg-00000000000000000"])
    with refused("InvalidVpcID.NotFound"):
        account.endpoint(VpcId="vpc-00000000000000000")


def test_five_endpoints_is_the_quota_of_a_region(account: Account) -> None:
    for _ in range(5):
        account.endpoint()
    with refused("ClientVpnEndpointLimitExceeded"):
        account.endpoint()


def test_the_same_token_creates_one_endpoint_and_no_other(account: Account) -> None:
    arguments = account.endpoint_arguments(ClientToken="once")
    first = account.ec2.create_client_vpn_endpoint(**arguments)
    again = account.ec2.create_client_vpn_endpoint(**arguments)
    assert again["ClientVpnEndpointId"] == first["ClientVpnEndpointId"]
    with refused("IdempotentParameterMismatch"):
        account.ec2.create_client_vpn_endpoint(**{**arguments, "Description": "another"})
    assert len(account.ec2.describe_client_vpn_endpoints()["ClientVpnEndpoints"]) == 1


def test_modify_changes_what_it_names_and_nothing_else(account: Account) -> None:
    endpoint = account.endpoint(Description="before")
    before = account.described(endpoint)
    answer = account.ec2.modify_client_vpn_endpoint(
        ClientVpnEndpointId=endpoint,
        SplitTunnel=True,
        SessionTimeoutHours=8,
        DnsServers={"CustomDnsServers": ["10.0.0.2"], "Enabled": True},
    )
    assert answer["Return"] is True
    changed = {"SplitTunnel": True, "SessionTimeoutHours": 8, "DnsServers": ["10.0.0.2"]}
    assert account.described(endpoint) == {**before, **changed}
    account.ec2.modify_client_vpn_endpoint(ClientVpnEndpointId=endpoint, DnsServers={"Enabled": False})
    assert account.described(endpoint)["DnsServers"] == []


def test_modify_needs_something_to_modify(account: Account) -> None:
    with refused("MissingParameter"):
        account.ec2.modify_client_vpn_endpoint(ClientVpnEndpointId=account.endpoint())


def test_a_connect_handler_is_applied_after_a_while(account: Account) -> None:
    endpoint = account.endpoint()
    arn = "arn:aws:lambda:ap-northeast-1:123456789012:function:AWSClientVPN-check"
    options = {"Enabled": True, "LambdaFunctionArn": arn}
    account.ec2.modify_client_vpn_endpoint(ClientVpnEndpointId=endpoint, ClientConnectOptions=options)
    eventually(lambda: account.described(endpoint)["ClientConnectOptions"]["Status"]["Code"] == "applied")
    assert account.described(endpoint)["ClientConnectOptions"]["LambdaFunctionArn"] == arn


def test_an_endpoint_with_associations_cannot_be_deleted(account: Account) -> None:
    endpoint = account.associated_endpoint()
    with refused("ClientVpnEndpointAssociationExists"):
        account.ec2.delete_client_vpn_endpoint(ClientVpnEndpointId=endpoint)


def test_a_deleted_endpoint_goes_after_a_while_with_its_tags(account: Account, control: Control) -> None:
    endpoint = account.endpoint(
        TagSpecifications=[{"ResourceType": "client-vpn-endpoint", "Tags": [{"Key": "Name", "Value": "x"}]}]
    )
    answer = account.ec2.delete_client_vpn_endpoint(ClientVpnEndpointId=endpoint)
    assert answer["Status"]["Code"] == "deleting"
    control.skip(60)
    with refused("InvalidClientVpnEndpointId.NotFound"):
        account.described(endpoint)
    filters = [{"Name": "resource-id", "Values": [endpoint]}]
    assert account.ec2.describe_tags(Filters=filters)["Tags"] == []


def test_endpoints_are_filtered_by_id_and_protocol(account: Account) -> None:
    udp, tcp = account.endpoint(), account.endpoint(TransportProtocol="tcp")

    def found(name: str, value: str) -> list[str]:
        filters = [{"Name": name, "Values": [value]}]
        answer = account.ec2.describe_client_vpn_endpoints(Filters=filters)
        return [endpoint["ClientVpnEndpointId"] for endpoint in answer["ClientVpnEndpoints"]]

    assert found("endpoint-id", udp) == [udp]
    assert found("transport-protocol", "tcp") == [tcp]
    assert found("transport-protocol", "TCP") == []
    with refused("InvalidFilter"):
        found("tag:Name", "x")


def test_tags_are_written_read_and_removed_like_any_other(account: Account) -> None:
    endpoint = account.endpoint()
    account.ec2.create_tags(Resources=[endpoint], Tags=[{"Key": "Name", "Value": "tokyo"}])
    assert account.described(endpoint)["Tags"] == [{"Key": "Name", "Value": "tokyo"}]
    filters = [{"Name": "resource-type", "Values": ["client-vpn-endpoint"]}]
    assert account.ec2.describe_tags(Filters=filters)["Tags"] == [
        {"ResourceId": endpoint, "ResourceType": "client-vpn-endpoint", "Key": "Name", "Value": "tokyo"}
    ]
    account.ec2.delete_tags(Resources=[endpoint], Tags=[{"Key": "Name"}])
    assert account.described(endpoint)["Tags"] == []
    with refused("InvalidClientVpnEndpointId.NotFound"):
        account.ec2.create_tags(
            Resources=["cvpn-endpoint-00000000000000000"], Tags=[{"Key": "Name", "Value": "x"}]
        )


def test_the_client_cidr_is_shown_as_given(account: Account) -> None:
    assert account.described(account.endpoint())["ClientCidrBlock"] == CLIENT_CIDR
