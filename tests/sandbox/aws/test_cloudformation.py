"""Stacks: what CloudFormation does around the resources, with small templates."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.aws.server import AwsServer
from tests.sandbox.aws.account import Account, Clients, eventually, refused

VPN = """
Parameters:
  Certificate: {Type: String, AllowedPattern: "arn:aws:acm:.+"}
  Provider: {Type: String}
  Subnet: {Type: "AWS::EC2::Subnet::Id"}
  Zone: {Type: "AWS::EC2::AvailabilityZone::Name", Default: ap-northeast-1a}
  Hours: {Type: Number, Default: 10, AllowedValues: [8, 10]}
  Label: {Type: String, Default: vpn}
  Group: {Type: String, Default: ""}
  Wide: {Type: String, Default: "false"}
Rules:
  WideIsForGroups:
    RuleCondition: !Equals [!Ref Wide, "true"]
    Assertions:
      - Assert: !Not [!Equals [!Ref Group, ""]]
        AssertDescription: Wide needs a group
Conditions:
  Everyone: !Equals [!Ref Group, ""]
  IsWide: !Equals [!Ref Wide, "true"]
Resources:
  Log: {Type: "AWS::Logs::LogGroup", DeletionPolicy: Retain, Properties: {RetentionInDays: 30}}
  Endpoint:
    Type: AWS::EC2::ClientVpnEndpoint
    UpdateReplacePolicy: Retain
    Properties:
      ServerCertificateArn: !Ref Certificate
      ClientCidrBlock: 10.20.0.0/22
      SessionTimeoutHours: !Ref Hours
      DnsServers: [10.0.0.2]
      AuthenticationOptions:
        - Type: federated-authentication
          FederatedAuthentication: {SAMLProviderArn: !Ref Provider}
      ConnectionLogOptions: {Enabled: true, CloudwatchLogGroup: !Ref Log}
      TagSpecifications:
        - ResourceType: client-vpn-endpoint
          Tags: [{Key: Name, Value: !Ref Label}]
  Association:
    Type: AWS::EC2::ClientVpnTargetNetworkAssociation
    Properties: {ClientVpnEndpointId: !Ref Endpoint, SubnetId: !Ref Subnet}
  Rule:
    Type: AWS::EC2::ClientVpnAuthorizationRule
    Properties:
      ClientVpnEndpointId: !Ref Endpoint
      TargetNetworkCidr: !If [IsWide, 0.0.0.0/0, 10.0.0.0/16]
      AccessGroupId: !If [Everyone, !Ref "AWS::NoValue", !Ref Group]
      AuthorizeAllGroups: !If [Everyone, true, !Ref "AWS::NoValue"]
  Route:
    Type: AWS::EC2::ClientVpnRoute
    DependsOn: Association
    Properties:
      ClientVpnEndpointId: !Ref Endpoint
      DestinationCidrBlock: 0.0.0.0/0
      TargetVpcSubnetId: !Ref Subnet
Outputs:
  EndpointId: {Value: !Ref Endpoint, Description: its id}
  Where: {Value: !Sub "${AWS::Region} ${Endpoint.Id} ${!Literal}", Condition: Everyone}
"""
Deploy = Callable[..., dict[str, Any]]


@pytest.fixture
def cloudformation(aws: AwsServer, clients: Clients) -> Any:
    return clients("cloudformation")


@pytest.fixture
def deploy(cloudformation: Any, account: Account) -> Deploy:
    """Create the stack, or update it, and wait."""

    def act(method: str = "create_stack", **changes: Any) -> dict[str, Any]:
        given = {
            "Certificate": account.certificate,
            "Provider": account.saml_provider,
            "Subnet": account.subnet_a,
            **changes.pop("parameters", {}),
        }
        parameters = [{"ParameterKey": key, "ParameterValue": value} for key, value in given.items()]
        body = {} if changes.get("UsePreviousTemplate") else {"TemplateBody": VPN}
        getattr(cloudformation, method)(StackName="vpn", Parameters=parameters, **{**body, **changes})
        return settled(cloudformation, "vpn")

    return act


def settled(cloudformation: Any, name: str) -> dict[str, Any]:
    def stack() -> dict[str, Any]:
        stacks: list[dict[str, Any]] = cloudformation.describe_stacks(StackName=name)["Stacks"]
        return stacks[0]

    eventually(lambda: not stack()["StackStatus"].endswith("_IN_PROGRESS"), seconds=10)
    return stack()


def physical(cloudformation: Any, name: str) -> dict[str, str]:
    resources = cloudformation.describe_stack_resources(StackName=name)["StackResources"]
    return {resource["LogicalResourceId"]: resource["PhysicalResourceId"] for resource in resources}


def test_a_stack_makes_its_resources_in_order_and_waits_until_they_have_come(
    deploy: Deploy, cloudformation: Any, account: Account
) -> None:
    stack = deploy(parameters={"Group": "g-1"})
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    ids = physical(cloudformation, "vpn")
    endpoint = ids["Endpoint"]
    assert [output["OutputValue"] for output in stack["Outputs"]] == [endpoint]
    described = account.described(endpoint)
    assert (described["Status"]["Code"], described["SessionTimeoutHours"]) == ("available", 10)
    assert [(rule["DestinationCidr"], rule["GroupId"]) for rule in account.rules(endpoint)] == [
        ("10.0.0.0/16", "g-1")
    ]
    assert {route["DestinationCidr"] for route in account.routes(endpoint)} == {"10.0.0.0/16", "0.0.0.0/0"}
    done = [
        event["LogicalResourceId"]
        for event in reversed(cloudformation.describe_stack_events(StackName="vpn")["StackEvents"])
        if event["ResourceStatus"] == "CREATE_COMPLETE"
    ]
    assert done.index("Log") < done.index("Endpoint") < done.index("Association") < done.index("Route")
    assert done[-1] == "vpn"


def test_cloudtrail_says_that_it_was_cloudformation(deploy: Deploy, clients: Clients) -> None:
    deploy()
    events = clients("cloudtrail").lookup_events(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "CreateClientVpnEndpoint"}]
    )["Events"]
    assert [json.loads(event["CloudTrailEvent"])["userIdentity"]["invokedBy"] for event in events] == [
        "cloudformation.amazonaws.com"
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        {"Hours": "9"},
        {"Certificate": "none"},
        {"Subnet": "subnet-0"},
        {"Zone": "ap-northeast-1x"},
        {"Wide": "true"},
        {"Nobody": "knows"},
    ],
    ids=str,
)
def test_impossible_input_is_refused_before_anything_is_made(
    deploy: Deploy, cloudformation: Any, account: Account, wrong: dict[str, str]
) -> None:
    with refused("ValidationError"):
        deploy(parameters=wrong)
    assert cloudformation.list_stacks()["StackSummaries"] == []
    assert account.ec2.describe_client_vpn_endpoints()["ClientVpnEndpoints"] == []


def test_a_failure_takes_back_what_was_made_and_says_why(
    deploy: Deploy, cloudformation: Any, account: Account
) -> None:
    stack = deploy(parameters={"Certificate": "arn:aws:acm:ap-northeast-1:1:certificate/none"})
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "[Endpoint]" in stack["StackStatusReason"]
    assert physical(cloudformation, "vpn") == {}
    assert account.ec2.describe_client_vpn_endpoints()["ClientVpnEndpoints"] == []
    with refused("ValidationError"):
        deploy("update_stack")


def test_an_update_changes_what_can_be_changed_and_replaces_the_rest(
    deploy: Deploy, cloudformation: Any, account: Account
) -> None:
    deploy()
    before = physical(cloudformation, "vpn")
    with refused("ValidationError"):
        deploy("update_stack")
    assert deploy("update_stack", parameters={"Hours": "8"})["StackStatus"] == "UPDATE_COMPLETE"
    assert physical(cloudformation, "vpn") == before
    assert account.described(before["Endpoint"])["SessionTimeoutHours"] == 8
    assert deploy("update_stack", Tags=[{"Key": "Team", "Value": "net"}])["StackStatus"] == "UPDATE_COMPLETE"
    assert deploy("update_stack", parameters={"Group": "g-1"})["StackStatus"] == "UPDATE_COMPLETE"
    after = physical(cloudformation, "vpn")
    assert {name for name in after if after[name] != before[name]} == {"Rule"}
    eventually(lambda: [rule["GroupId"] for rule in account.rules(before["Endpoint"])] == ["g-1"])


def test_a_tag_replaces_an_endpoint_unless_the_stack_s_policy_denies_it(
    deploy: Deploy, cloudformation: Any, account: Account
) -> None:
    """As AWS's schema has it. What UpdateReplacePolicy retains is still there, and nobody's."""
    deploy()
    first = physical(cloudformation, "vpn")["Endpoint"]
    denied = [{"Effect": "Deny", "Action": "Update:Replace", "Principal": "*", "Resource": "*"}]
    cloudformation.set_stack_policy(StackName="vpn", StackPolicyBody=json.dumps({"Statement": denied}))
    stack = deploy("update_stack", parameters={"Label": "other"})
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert "stack policy" in stack["StackStatusReason"]
    assert physical(cloudformation, "vpn")["Endpoint"] == first
    allowed = [{"Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*"}]
    cloudformation.set_stack_policy(StackName="vpn", StackPolicyBody=json.dumps({"Statement": allowed}))
    assert deploy("update_stack", parameters={"Label": "other"})["StackStatus"] == "UPDATE_COMPLETE"
    second = physical(cloudformation, "vpn")["Endpoint"]
    endpoints = account.ec2.describe_client_vpn_endpoints()["ClientVpnEndpoints"]
    assert {endpoint["ClientVpnEndpointId"] for endpoint in endpoints} == {first, second}


def test_a_deletion_keeps_what_is_retained_and_forgets_the_name(
    deploy: Deploy, cloudformation: Any, account: Account, clients: Clients
) -> None:
    deploy()
    stack_id = cloudformation.describe_stacks(StackName="vpn")["Stacks"][0]["StackId"]
    log = physical(cloudformation, "vpn")["Log"]
    cloudformation.update_termination_protection(StackName="vpn", EnableTerminationProtection=True)
    with refused("ValidationError"):
        cloudformation.delete_stack(StackName="vpn")
    cloudformation.update_termination_protection(StackName="vpn", EnableTerminationProtection=False)
    cloudformation.delete_stack(StackName="vpn")
    assert settled(cloudformation, stack_id)["StackStatus"] == "DELETE_COMPLETE"
    with refused("ValidationError"):
        cloudformation.describe_stacks(StackName="vpn")
    assert account.ec2.describe_client_vpn_endpoints()["ClientVpnEndpoints"] == []
    groups = clients("logs").describe_log_groups()["logGroups"]
    assert log in {group["logGroupName"] for group in groups}
    cloudformation.delete_stack(StackName="vpn")


def test_what_has_gone_by_other_hands_is_no_obstacle(
    deploy: Deploy, cloudformation: Any, account: Account
) -> None:
    """Nor does a stack in trouble keep anybody else's calls from being answered."""
    deploy()
    ids = physical(cloudformation, "vpn")
    account.ec2.delete_client_vpn_route(
        ClientVpnEndpointId=ids["Endpoint"],
        DestinationCidrBlock="0.0.0.0/0",
        TargetVpcSubnetId=account.subnet_a,
    )
    account.ec2.disassociate_client_vpn_target_network(
        ClientVpnEndpointId=ids["Endpoint"], AssociationId=ids["Association"]
    )
    eventually(lambda: account.association_code(ids["Endpoint"], ids["Association"]) is None)
    account.ec2.delete_subnet(SubnetId=account.subnet_a)
    stack_id = cloudformation.describe_stacks(StackName="vpn")["Stacks"][0]["StackId"]
    cloudformation.delete_stack(StackName="vpn")
    assert settled(cloudformation, stack_id)["StackStatus"] == "DELETE_COMPLETE"


def test_a_property_that_is_missing_fails_its_resource_only(cloudformation: Any, account: Account) -> None:
    body = "Resources: {Alone: {Type: 'AWS::EC2::NatGateway'}, Group: {Type: 'AWS::EC2::SecurityGroup'}}"
    cloudformation.create_stack(StackName="short", TemplateBody=body)
    assert settled(cloudformation, "short")["StackStatus"] == "ROLLBACK_COMPLETE"
    assert account.ec2.describe_vpcs()["Vpcs"]


def test_a_change_set_makes_nothing_until_it_is_executed(cloudformation: Any, account: Account) -> None:
    """The way of ``aws cloudformation deploy``."""
    given = {
        "Certificate": account.certificate,
        "Provider": account.saml_provider,
        "Subnet": account.subnet_a,
    }
    parameters = [{"ParameterKey": key, "ParameterValue": value} for key, value in given.items()]
    wanted = {"StackName": "vpn", "TemplateBody": VPN, "Parameters": parameters}
    cloudformation.create_change_set(**wanted, ChangeSetName="first", ChangeSetType="CREATE")
    described = cloudformation.describe_change_set(StackName="vpn", ChangeSetName="first")
    assert {change["ResourceChange"]["Action"] for change in described["Changes"]} == {"Add"}
    assert account.ec2.describe_client_vpn_endpoints()["ClientVpnEndpoints"] == []
    cloudformation.execute_change_set(StackName="vpn", ChangeSetName="first")
    assert settled(cloudformation, "vpn")["StackStatus"] == "CREATE_COMPLETE"
    cloudformation.create_change_set(**wanted, ChangeSetName="again", ChangeSetType="UPDATE")
    again = cloudformation.describe_change_set(StackName="vpn", ChangeSetName="again")
    assert (again["Status"], again["ExecutionStatus"]) == ("FAILED", "UNAVAILABLE")
    assert "didn't contain changes" in again["StatusReason"]


def test_types_and_actions_that_are_not_modelled_are_named(cloudformation: Any) -> None:
    body = "Resources: {Broker: {Type: 'AWS::AmazonMQ::Broker'}}"
    with refused("NotModelled") as caught:
        cloudformation.create_stack(StackName="mq", TemplateBody=body)
    assert "AWS::AmazonMQ::Broker" in str(caught.value)
    with pytest.raises(ClientError, match="NotModelled"):
        cloudformation.list_stack_sets()
