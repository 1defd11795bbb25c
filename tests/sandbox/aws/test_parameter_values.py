"""EC2 API reference, "Common client error codes": InvalidAction and InvalidParameterValue.

What no SDK would send: the parameters are changed on the wire, after botocore has made the request.
"""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from tests.sandbox.aws.account import Account, Clients, refused

UNKNOWN = "cvpn-endpoint-00000000000000000"
NOT_FOUND = "InvalidClientVpnEndpointId.NotFound"
UNFIT = "InvalidParameterValue"
CASES = [
    ("DescribeClientVpnFleets", {}, "InvalidAction"),
    ("CreateNothing", {}, "InvalidAction"),
    ("describe_vpcs", {}, "InvalidAction"),
    ("DescribeFleetHistory", {"FleetId": "fleet-1", "StartTime": "2026-01-01"}, "NotModelled"),
    ("DescribeClientVpnRoutes", {"MaxResults": "abc"}, UNFIT),
    ("DescribeClientVpnRoutes", {"MaxResults": "abc", "DryRun": "true"}, UNFIT),
    ("DescribeClientVpnRoutes", {"MaxResults": ""}, UNFIT),
    ("DescribeClientVpnRoutes", {"DryRun": "perhaps"}, UNFIT),
    ("DescribeClientVpnRoutes", {"Filter": "nonsense"}, UNFIT),
    ("DescribeClientVpnRoutes", {"DryRun": "TRUE"}, "DryRunOperation"),
    ("DescribeClientVpnRoutes", {"MaxResults": "5", "DryRun": "false", "Nobody.Knows": "x"}, NOT_FOUND),
    ("AuthorizeClientVpnIngress", {"TargetNetworkCidr": "0.0.0.0/0", "AuthorizeAllGroups": "1"}, UNFIT),
    ("AcceptTransitGatewayClientVpnAttachment", {"DryRun": "perhaps"}, UNFIT),
    ("CreateClientVpnEndpoint", {"TrafficIpAddressType": "ipv5"}, UNFIT),
    ("CreateClientVpnEndpoint", {"TrafficIpAddressType": "ipv5", "DryRun": "true"}, "DryRunOperation"),
    ("CreateClientVpnEndpoint", {"TransportProtocol": ""}, UNFIT),
    ("CreateClientVpnEndpoint", {"Authentication.1.Type": "password"}, UNFIT),
    ("CreateClientVpnEndpoint", {"TagSpecification.1.ResourceType": "kettle"}, UNFIT),
    ("CreateClientVpnEndpoint", {"ConnectionLogOptions.Enabled": "maybe"}, UNFIT),
    ("ModifyClientVpnEndpoint", {"SplitTunnel": "maybe"}, UNFIT),
    ("ModifyClientVpnEndpoint", {"VpnPort": "https"}, UNFIT),
    ("ModifyClientVpnEndpoint", {"SelfServicePortal": "on"}, UNFIT),
    ("ModifyClientVpnEndpoint", {"DnsServers": "not-an-ip"}, UNFIT),
    ("ModifyClientVpnEndpoint", {"DevicePostureOptions.TrustProvider.1.TrustProviderType": "acme"}, UNFIT),
    ("ModifyClientVpnEndpointAuthorizationPolicy", {"ShadowMode": "maybe"}, UNFIT),
]


@pytest.fixture(scope="module")
def wire(clients: Clients) -> Iterator[Any]:
    """Sends an action and parameters as they are given, with boto3's signature and reading of the answer."""
    sent: dict[str, str] = {}

    def change(params: dict[str, Any], **_: Any) -> None:
        params["body"].update(sent)

    with closing(clients.another("ec2")) as ec2:
        ec2.meta.events.register("before-call.ec2", change)

        def send(action: str, parameters: dict[str, str]) -> None:
            sent.clear()
            sent.update({"Action": action, **parameters})
            ec2.describe_client_vpn_routes(ClientVpnEndpointId=UNKNOWN)

        yield send


@pytest.mark.parametrize(("action", "parameters", "code"), CASES)
def test_what_no_sdk_would_send_is_refused_as_by_ec2(
    wire: Any, action: str, parameters: dict[str, str], code: str
) -> None:
    with refused(code, 412 if code == "DryRunOperation" else 400):
        wire(action, parameters)


def test_a_dns_server_is_an_address_even_where_none_is_to_be_used(account: Account) -> None:
    endpoint = account.endpoint()
    for options in ({"Enabled": False}, {"Enabled": True}, {}):
        with refused(UNFIT):
            account.ec2.modify_client_vpn_endpoint(
                ClientVpnEndpointId=endpoint, DnsServers={"CustomDnsServers": ["not-an-ip"], **options}
            )
