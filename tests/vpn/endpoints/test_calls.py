"""How often a look asks AWS: at most 12 calls an endpoint and minute, however many people there are."""

from collections import Counter

from django.conf import settings

from sandbox.aws.control import Control
from sandbox.aws.seed import Architecture
from sandbox.company import TOKYO
from vpn.endpoints import services
from vpn.endpoints.models import Endpoint, LiveConnection

CALLS_A_MINUTE = 12


def calls_of_a_look(control: Control) -> Counter[str]:
    before = len(control.calls())
    services.sync_all()
    return Counter(call["action"] for call in control.calls()[before:])


def test_a_minute_has_few_calls(synced: Architecture, control: Control) -> None:
    looks_a_minute = 60 / settings.SNAPSHOT_SECONDS
    made = calls_of_a_look(control).total() * looks_a_minute
    assert made <= CALLS_A_MINUTE * Endpoint.objects.count()


def test_more_people_do_not_make_more_calls(synced: Architecture, control: Control) -> None:
    with_nobody = calls_of_a_look(control)
    for number in range(40):
        control.connect(
            account=TOKYO.account,
            region=TOKYO.region,
            endpoint_id=synced.tokyo.endpoint_id,
            username=f"{number}@example.co.jp",
            device_ip="198.51.100.27",
        )
    with_many = calls_of_a_look(control)
    assert LiveConnection.objects.count() == 40
    assert with_many == with_nobody


def test_what_endpoints_share_is_asked_once_an_account(synced: Architecture, control: Control) -> None:
    made = calls_of_a_look(control)
    shared = ("DescribeRouteTables", "DescribeNatGateways", "DescribeAddresses", "DescribeVpnConnections")
    assert {action: made[action] for action in shared} == dict.fromkeys(shared, 2)
    assert made["AssumeRole"] == 1
