"""Endpoints of a transit gateway, where a zone is what a subnet is elsewhere; and of dual stack."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.aws.control import Control
from sandbox.aws.seed_kinds import seed_kinds
from sandbox.company import DUAL, ENGINEERING, HUB, TOKYO
from tests.vpn.operations.asking import Ask, finish, plan
from vpn.endpoints.models import ChangedPart, Endpoint, EndpointChange
from vpn.endpoints.places import place_name
from vpn.operation_kinds import get_kind
from vpn.operations.models import Operation
from vpn.operations.states import OperationStatus

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

ZONES = [f"{TOKYO.region}a", f"{TOKYO.region}c"]


@pytest.fixture
def read_hub(aws: str, resync: Callable[[], Endpoint]) -> Callable[[], Endpoint]:
    """Read the account anew, and give the endpoint of the transit gateway."""
    seed_kinds(aws)

    def read() -> Endpoint:
        resync()
        return Endpoint.objects.get(label=HUB.label)

    return read


def succeeded(operation: Operation) -> Operation:
    finish(operation)
    assert (operation.status, operation.error_id, operation.error_message) == (
        OperationStatus.SUCCEEDED,
        "",
        "",
    )
    return operation


def shape(endpoint: Endpoint) -> dict[str, Any]:
    """All that it is, but for the ids of its associations."""
    return {
        "status": endpoint.status,
        "places": sorted(
            place_name(network) for network in endpoint.target_networks if network["status"] == "associated"
        ),
        "routes": sorted((route["destination_cidr"], route["target_subnet"]) for route in endpoint.routes),
        "rules": sorted(
            (rule["destination_cidr"], rule["group_id"]) for rule in endpoint.authorization_rules
        ),
    }


def undo(ask: Ask, operation: Operation, endpoint: Endpoint) -> Operation:
    undoing = get_kind(operation.kind).undo(operation)
    assert undoing is not None
    return succeeded(ask(undoing.kind, endpoint, **undoing.data))


def test_it_is_paused_and_resumed_by_zone(
    ask: Ask, read_hub: Callable[[], Endpoint], control: Control
) -> None:
    before = read_hub()
    assert shape(before)["places"] == ZONES
    pause = succeeded(ask("pause-endpoint", before, when="now"))
    assert [change["before"] for change in pause.plan["changes"]] == ZONES
    paused = read_hub()
    assert (paused.status, shape(paused)["places"]) == ("pending-associate", [])
    draft = plan("resume-endpoint", paused)
    assert draft.plan is not None
    assert [change.after for change in draft.plan.changes] == ZONES
    # The internet is reached again: the routes are the gateway's, and every zone has them.
    assert not draft.plan.gravest
    undo(ask, pause, paused)
    assert shape(read_hub()) == shape(before)


def test_zones_come_and_go(ask: Ask, read_hub: Callable[[], Endpoint]) -> None:
    before = read_hub()
    third = f"{TOKYO.region}d"
    added = succeeded(ask("associate-target-network", before, subnet_id=third))
    there = read_hub()
    assert shape(there)["places"] == [*ZONES, third]
    undo(ask, added, there)
    removed = succeeded(ask("disassociate-target-network", read_hub(), subnet_id=ZONES[1]))
    gone = read_hub()
    assert shape(gone)["places"] == ZONES[:1]
    assert shape(gone)["routes"] == shape(before)["routes"]
    undo(ask, removed, gone)
    assert shape(read_hub()) == shape(before)
    # The history has each once, not again as a setting of the transit gateway.
    changes = EndpointChange.objects.filter(endpoint=before).exclude(part=ChangedPart.ENDPOINT)
    assert set(changes.values_list("part", flat=True)) == {ChangedPart.NETWORK}


@pytest.mark.parametrize(
    "zone", ["apne1-az4", "subnet-0a1b2c3d", "ap-northeast-3a", "ap-northeast-1a", "ap-northeast-1"]
)
def test_what_is_no_free_zone_of_its_region_is_refused(read_hub: Callable[[], Endpoint], zone: str) -> None:
    draft = plan("associate-target-network", read_hub(), subnet_id=zone)
    assert "subnet_id" in draft.form.errors


def test_its_routes_have_no_subnet(ask: Ask, read_hub: Callable[[], Endpoint], ec2: "EC2Client") -> None:
    endpoint = read_hub()
    created = succeeded(ask("create-route", endpoint, destination_cidr="10.1.0.0/16", description="dr"))
    described = ec2.describe_client_vpn_routes(ClientVpnEndpointId=endpoint.endpoint_id)["Routes"]
    route = next(route for route in described if route["DestinationCidr"] == "10.1.0.0/16")
    assert "TargetSubnet" not in route
    with_route = read_hub()
    row = next(row for row in with_route.routes if row["destination_cidr"] == "10.1.0.0/16")
    assert row["attachment_id"] == route["TransitGatewayAttachmentId"]
    assert plan("create-route", with_route, destination_cidr="10.1.0.0/16").form.errors
    deleted = undo(ask, created, with_route)
    assert ("10.1.0.0/16", "") not in shape(read_hub())["routes"]
    # What was deleted can be made again, with its description.
    undo(ask, deleted, read_hub())
    assert [row["description"] for row in read_hub().routes if row["destination_cidr"] == "10.1.0.0/16"] == [
        "dr"
    ]


def test_a_route_to_the_internet_is_of_all_zones(read_hub: Callable[[], Endpoint], english: None) -> None:
    draft = plan("delete-route", read_hub(), route="0.0.0.0/0")
    assert draft.plan is not None
    assert [change.before for change in draft.plan.changes] == ["0.0.0.0/0"]
    assert any(all(zone in str(check.text) for zone in ZONES) for check in draft.plan.gravest)


def test_an_office_route_goes_through_the_gateway(ask: Ask, read_hub: Callable[[], Endpoint]) -> None:
    before = read_hub()
    data = {"destination_cidr": "172.16.0.0/16", "who": "group", "group_id": ENGINEERING.id}
    given = succeeded(ask("give-office-route", before, **data))
    there = read_hub()
    assert ("172.16.0.0/16", "") in shape(there)["routes"]
    undo(ask, given, there)
    assert shape(read_hub()) == shape(before)


def test_the_copy_has_the_gateway_the_zones_and_the_routes(
    ask: Ask, read_hub: Callable[[], Endpoint]
) -> None:
    original = read_hub()
    form = plan("copy-endpoint", original).form
    filled = {name: str(form[name].initial or "") for name in form.fields}
    filled |= {"label": "hub-new", "client_cidr_block": "10.30.0.0/22"}
    succeeded(ask("copy-endpoint", original, **filled))
    copy = Endpoint.objects.get(label="hub-new")
    assert shape(copy) == shape(original)
    gateways = [e.settings["TransitGatewayConfiguration"]["TransitGatewayId"] for e in (original, copy)]
    assert gateways[0] == gateways[1]
    succeeded(ask("delete-endpoint", copy))
    read_hub()
    assert not Endpoint.objects.filter(label="hub-new", vanished_at=None).exists()


def test_security_groups_are_refused_in_words(read_hub: Callable[[], Endpoint], english: None) -> None:
    hub = read_hub()
    assert "transit gateway" in str(get_kind("apply-security-groups").why_not(hub))
    assert plan("apply-security-groups", hub, security_groups="sg-0a1b2c3d").plan is None


@pytest.fixture
def read_dual(aws: str, resync: Callable[[], Endpoint]) -> Callable[[], Endpoint]:
    seed_kinds(aws)

    def read() -> Endpoint:
        resync()
        return Endpoint.objects.get(label=DUAL.label)

    return read


def test_a_dual_stack_endpoint_is_paused_resumed_and_copied_without_loss(
    ask: Ask, read_dual: Callable[[], Endpoint]
) -> None:
    before = first = read_dual()
    assert {"0.0.0.0/0", "::/0"} <= {route["destination_cidr"] for route in before.routes}
    paused = succeeded(ask("pause-endpoint", before, when="now"))
    undo(ask, paused, read_dual())
    before = read_dual()
    assert shape(before) == shape(first)
    form = plan("copy-endpoint", before).form
    filled = {name: str(form[name].initial or "") for name in form.fields}
    filled |= {"label": "dual-new", "client_cidr_block": "10.30.0.0/22"}
    filled["subnets"] = before.target_networks[0]["subnet_id"]
    succeeded(ask("copy-endpoint", before, **filled))
    copy = Endpoint.objects.get(label="dual-new")
    assert shape(copy) == shape(before)
    for name in ("EndpointIpAddressType", "TrafficIpAddressType"):
        assert copy.settings[name] == "dual-stack"


def test_ipv6_routes_and_rules_come_and_go(ask: Ask, read_dual: Callable[[], Endpoint]) -> None:
    before = read_dual()
    subnet = before.target_networks[0]["subnet_id"]
    cidr = "2001:db8:1::/48"
    route = succeeded(ask("create-route", before, destination_cidr=cidr, target_subnet=subnet))
    rule = succeeded(ask("authorize-ingress", read_dual(), destination_cidr=cidr, who="everybody"))
    there = read_dual()
    assert (cidr, "") in shape(there)["rules"]
    undo(ask, rule, there)
    undo(ask, route, read_dual())
    assert shape(read_dual()) == shape(before)
