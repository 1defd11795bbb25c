"""CloudTrail's event history of what is done through the sandbox's API."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from sandbox.aws.control import Control
from sandbox.aws.seed import Architecture
from sandbox.aws.server import AwsServer
from sandbox.company import OSAKA, TOKYO

Caller = Callable[..., Any]


@pytest.fixture
def caller(aws: AwsServer) -> Caller:
    """Makes a client that calls with an access key, without retries."""

    def client(key: str, service: str = "ec2", *, region: str = TOKYO.region) -> Any:
        session: Any = boto3.session.Session(key, "any", region_name=region)
        return session.client(service, endpoint_url=aws.url, config=Config(retries={"total_max_attempts": 1}))

    return client


def documents(trail: Any, key: str, value: str, **more: Any) -> list[dict[str, Any]]:
    answer = trail.lookup_events(LookupAttributes=[{"AttributeKey": key, "AttributeValue": value}], **more)
    return [json.loads(event["CloudTrailEvent"]) for event in answer["Events"]]


def code(call: Callable[[], Any]) -> str:
    with pytest.raises(ClientError) as refusal:
        call()
    return str(refusal.value.response["Error"]["Code"])


def test_an_event_tells_who_did_what_from_where(
    control: Control, architecture: Architecture, caller: Caller
) -> None:
    endpoint = architecture.tokyo.endpoint_id
    role = control.add_principal(
        "role", "NetworkAdmins", session="j.doe@example.com", source_ip="198.51.100.9", user_agent="Browser"
    )
    caller(role).modify_client_vpn_endpoint(ClientVpnEndpointId=endpoint, SplitTunnel=True)
    by_name = documents(caller(role, "cloudtrail"), "Username", "j.doe@example.com")
    (event,) = by_name
    assert event["userIdentity"]["type"] == "AssumedRole"
    assert event["userIdentity"]["arn"].endswith(":assumed-role/NetworkAdmins/j.doe@example.com")
    assert event["userIdentity"]["sessionContext"]["sessionIssuer"]["userName"] == "NetworkAdmins"
    assert (event["eventName"], event["sourceIPAddress"], event["userAgent"], event["readOnly"]) == (
        "ModifyClientVpnEndpoint",
        "198.51.100.9",
        "Browser",
        False,
    )
    request = event["requestParameters"]["ModifyClientVpnEndpointRequest"]
    assert request == {"ClientVpnEndpointId": endpoint, "SplitTunnel": True}
    assert event["responseElements"] == {"Return": True}


def test_every_kind_of_principal_is_told_apart(
    control: Control, architecture: Architecture, caller: Caller
) -> None:
    endpoint = architecture.tokyo.endpoint_id
    keys = [
        control.add_principal("user", "netops.ito"),
        control.add_principal("root", "root"),
        control.add_principal("service", "acm.amazonaws.com"),
        control.add_principal("role", "Deploy", session="d", invoked_by="cloudformation.amazonaws.com"),
        control.add_principal("user", "guest", home="999999999999"),
    ]
    for minutes, key in enumerate(keys):
        hours = {"SessionTimeoutHours": (8, 10, 12, 24, 8)[minutes]}
        caller(key).modify_client_vpn_endpoint(ClientVpnEndpointId=endpoint, **hours)
    user = caller(keys[0], "iam").create_user(UserName="real")["User"]["UserName"]
    real = caller(keys[0], "iam").create_access_key(UserName=user)["AccessKey"]["AccessKeyId"]
    caller(real).modify_client_vpn_endpoint(ClientVpnEndpointId=endpoint, SplitTunnel=True)
    events = documents(caller(real, "cloudtrail"), "ResourceName", endpoint, MaxResults=6)
    identities = [event["userIdentity"] for event in reversed(events)]
    assert [identity["type"] for identity in identities] == [
        *("IAMUser", "Root", "AWSService", "AssumedRole", "IAMUser", "IAMUser")
    ]
    assert [identity.get("userName") for identity in identities] == [
        "netops.ito",
        *[None] * 3,
        "guest",
        "real",
    ]
    assert identities[4]["accountId"] == "999999999999" != events[1]["recipientAccountId"]
    assert identities[3]["invokedBy"] == events[2]["sourceIPAddress"] == "cloudformation.amazonaws.com"


def test_refusals_are_events_too_and_reads_are_not(
    control: Control, architecture: Architecture, caller: Caller
) -> None:
    ec2, endpoint = caller("AKIAANY"), architecture.tokyo.endpoint_id
    ec2.describe_client_vpn_routes(ClientVpnEndpointId=endpoint)
    missing = {"ClientVpnEndpointId": endpoint, "DestinationCidrBlock": "9.9.9.0/24"}
    assert code(lambda: ec2.delete_client_vpn_route(**missing, TargetVpcSubnetId="subnet-0")) != ""
    assert code(lambda: ec2.modify_client_vpn_endpoint(ClientVpnEndpointId=endpoint, DryRun=True)) != ""
    control.fail("RevokeClientVpnIngress", "UnauthorizedOperation", times=1, status=403)
    rule = {"ClientVpnEndpointId": endpoint, "TargetNetworkCidr": "0.0.0.0/0"}
    assert code(lambda: ec2.revoke_client_vpn_ingress(**rule)) == "UnauthorizedOperation"
    events = documents(caller("AKIAANY", "cloudtrail"), "ResourceName", endpoint, MaxResults=3)
    assert [event["errorCode"] for event in events] == [
        "Client.UnauthorizedOperation",
        "Client.DryRunOperation",
        "Client.InvalidClientVpnRouteNotFound",
    ]
    assert {event["responseElements"] for event in events} == {None}


def test_other_services_are_found_by_what_they_changed(
    architecture: Architecture, caller: Caller, control: Control
) -> None:
    nat, key = architecture.tokyo.network.nat_gateway_id, control.add_principal("user", "ito")
    caller(key).delete_nat_gateway(NatGatewayId=nat)
    (deleted,) = documents(caller(key, "cloudtrail"), "EventName", "DeleteNatGateway")
    assert deleted["requestParameters"] == {"DeleteNatGatewayRequest": {"NatGatewayId": nat}}
    saml = architecture.tokyo.vpn.saml_provider_arn
    caller(key, "iam").update_saml_provider(SAMLProviderArn=saml, SAMLMetadataDocument="x" * 1000)
    # IAM's events are in us-east-1, wherever the caller is.
    time.sleep(1)
    assert documents(caller(key, "cloudtrail"), "EventName", "UpdateSAMLProvider") == []
    updated = documents(caller(key, "cloudtrail", region="us-east-1"), "ResourceName", saml)
    assert updated[0]["requestParameters"]["sAMLProviderArn"] == saml
    assert updated[0]["eventSource"] == "iam.amazonaws.com"
    # Another account's history is its own.
    away = control.add_principal("user", "away", account=OSAKA.account)
    assert documents(caller(away, "cloudtrail"), "EventName", "DeleteNatGateway") == []


def test_events_come_late_and_a_page_at_a_time(
    control: Control, architecture: Architecture, caller: Caller
) -> None:
    endpoint, key = architecture.tokyo.endpoint_id, control.add_principal("user", "ito")
    for hours in (8, 10, 12):
        caller(key).modify_client_vpn_endpoint(ClientVpnEndpointId=endpoint, SessionTimeoutHours=hours)
    trail = caller(key, "cloudtrail")
    asked = {"LookupAttributes": [{"AttributeKey": "Username", "AttributeValue": "ito"}], "MaxResults": 2}
    first = trail.lookup_events(**asked)
    rest = trail.lookup_events(**asked, NextToken=first["NextToken"])
    assert (len(first["Events"]), len(rest["Events"]), "NextToken" in rest) == (2, 1, False)
    times = [event["EventTime"] for event in (*first["Events"], *rest["Events"])]
    assert times == sorted(times, reverse=True)
    control.set_trail_delay(300)
    caller(key).modify_client_vpn_endpoint(ClientVpnEndpointId=endpoint, SessionTimeoutHours=24)
    time.sleep(1)
    assert len(documents(trail, "Username", "ito")) == 3
    control.skip(301)
    assert len(documents(trail, "Username", "ito")) == 4


def test_what_aws_refuses_is_refused(architecture: Architecture, caller: Caller) -> None:
    trail, now = caller("AKIAANY", "cloudtrail"), datetime.now(UTC)
    one = {"AttributeKey": "EventName", "AttributeValue": "X"}
    refused: list[tuple[dict[str, Any], str]] = [
        ({"LookupAttributes": [one, one]}, "InvalidLookupAttributesException"),
        ({"NextToken": "bm8="}, "InvalidNextTokenException"),
        ({"StartTime": now, "EndTime": now - timedelta(hours=1)}, "InvalidTimeRangeException"),
    ]
    for asked, expected in refused:
        time.sleep(0.6)
        assert code(partial(trail.lookup_events, **asked)) == expected
    time.sleep(1)
    for _ in range(2):
        trail.lookup_events()
    assert code(trail.lookup_events) == "ThrottlingException"
