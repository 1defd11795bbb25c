"""How many calls a snapshot takes: by the number of accounts and endpoints, never by the number of people."""

from collections import Counter

from portal.access.models import User
from sandbox.aws.control import Control
from sandbox.aws.seed import Architecture
from sandbox.company import TOKYO
from tests.conftest import SignedIn
from vpn.endpoints import services
from vpn.endpoints.models import LiveConnection

PER_ENDPOINT = {
    "DescribeClientVpnTargetNetworks": 1,
    "DescribeClientVpnAuthorizationRules": 1,
    "DescribeClientVpnRoutes": 1,
    "DescribeClientVpnConnections": 1,
    "ExportClientVpnClientConfiguration": 1,
}
PER_ACCOUNT = {
    "DescribeClientVpnEndpoints": 1,
    "DescribeRouteTables": 1,
    "DescribeNatGateways": 1,
    "DescribeAddresses": 1,
    "DescribeVpnConnections": 1,
}


def calls_of_a_look(control: Control) -> Counter[str]:
    before = len(control.calls())
    assert not any(result.failures for result in services.sync_all())
    return Counter(call["action"] for call in control.calls()[before:])


def test_a_look_costs_the_same_however_many_people_are_connected(
    architecture: Architecture, control: Control, db: None
) -> None:
    expected = Counter(PER_ENDPOINT | PER_ACCOUNT)
    both = expected + expected
    # The role that Osaka asks for is used for a while.
    assert calls_of_a_look(control)["AssumeRole"] == 1
    assert calls_of_a_look(control) == both
    for number in range(200):
        control.connect(
            account=TOKYO.account,
            region=TOKYO.region,
            endpoint_id=architecture.tokyo.endpoint_id,
            username=f"person-{number}",
            device_ip="198.51.100.27",
        )
    assert calls_of_a_look(control) == both
    assert LiveConnection.objects.count() == 200


def test_no_page_calls_aws(
    synced: Architecture, control: Control, takahashi: User, signed_in: SignedIn
) -> None:
    client, before = signed_in(takahashi), len(control.calls())
    for path in ("/", "/profiles/", "/egress/", "/endpoints/", f"/endpoints/{synced.tokyo.endpoint_id}/"):
        assert client.get(path).status_code == 200
    assert len(control.calls()) == before
