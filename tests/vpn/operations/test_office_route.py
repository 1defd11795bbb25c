"""The office route: routes and rule together, and only what was added is taken away again."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone

from sandbox.aws.control import Control
from sandbox.company import EMPLOYEES, OFFICE_LAN
from tests.vpn.operations.asking import Ask, after_a_death, finish, plan
from tests.vpn.operations.test_pause import second_subnet as second_subnet
from vpn.endpoints.models import Endpoint, SiteToSiteVpn
from vpn.operation_kinds import get_kind
from vpn.operations.models import Operation
from vpn.operations.requests.scripts import draft_from_values
from vpn.operations.states import OperationStatus

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

Look = Callable[[], Endpoint]
OFFICE = "192.168.200.0/24"


def routes_of(endpoint: Endpoint, cidr: str = OFFICE) -> set[str]:
    return {route["target_subnet"] for route in endpoint.routes if route["destination_cidr"] == cidr}


def rules_of(endpoint: Endpoint, cidr: str = OFFICE) -> set[str]:
    return {rule["group_id"] for rule in endpoint.authorization_rules if rule["destination_cidr"] == cidr}


def give(ask: Ask, endpoint: Endpoint, cidr: str = OFFICE) -> Operation:
    group = {"who": "group", "group_id": EMPLOYEES.id}
    return ask("give-office-route", endpoint, destination_cidr=cidr, description="Office", **group)


def succeeded(operation: Operation) -> Operation:
    finish(operation)
    assert (operation.status, operation.error_id) == (OperationStatus.SUCCEEDED, "")
    return operation


def test_every_subnet_gets_the_route_and_the_group_the_rule(
    ask: Ask, second_subnet: str, resync: Look
) -> None:
    before = resync()
    operation = succeeded(give(ask, before))
    after = resync()
    assert len(routes_of(after)) == 2
    assert rules_of(after) == {EMPLOYEES.id}
    undo = get_kind("give-office-route").undo(operation)
    assert undo is not None
    succeeded(ask(undo.kind, after, **undo.data))
    assert (routes_of(resync()), rules_of(resync())) == (set(), set())


def test_undoing_leaves_what_was_there_before(
    ask: Ask, second_subnet: str, resync: Look, ec2: "EC2Client", control: Control
) -> None:
    endpoint = resync()
    ec2.create_client_vpn_route(
        ClientVpnEndpointId=endpoint.endpoint_id,
        DestinationCidrBlock=OFFICE,
        TargetVpcSubnetId=second_subnet,
    )
    control.skip(60)
    operation = succeeded(give(ask, resync()))
    undo = get_kind("give-office-route").undo(operation)
    assert undo is not None
    succeeded(ask(undo.kind, resync(), **undo.data))
    assert (routes_of(resync()), rules_of(resync())) == ({second_subnet}, set())


def test_undoing_a_removal_gives_no_subnet_a_route_that_it_had_not(
    ask: Ask, second_subnet: str, resync: Look, ec2: "EC2Client", control: Control
) -> None:
    endpoint = resync()
    ec2.create_client_vpn_route(
        ClientVpnEndpointId=endpoint.endpoint_id,
        DestinationCidrBlock=OFFICE,
        TargetVpcSubnetId=second_subnet,
        Description="Rack 7",
    )
    control.skip(60)
    taken = succeeded(
        ask("take-office-route", resync(), destination_cidr=OFFICE, subnets=second_subnet, group_id="")
    )
    assert routes_of(resync()) == set()
    undo = get_kind("take-office-route").undo(taken)
    assert undo is not None
    draft = plan(undo.kind, resync(), **undo.data)
    assert draft.plan is not None
    assert [change.after for change in draft.plan.changes] == [f"{OFFICE} → {second_subnet}"]
    given = succeeded(ask(undo.kind, resync(), **undo.data))
    after = resync()
    assert (routes_of(after), rules_of(after)) == ({second_subnet}, set())
    described = [route["description"] for route in after.routes if route["destination_cidr"] == OFFICE]
    assert described == ["Rack 7"]
    # As a script sends it: JSON and no text
    sent = {**undo.data, "restores": {"routes": {}, "rule": False}}
    nothing = draft_from_values(kind=get_kind(undo.kind), endpoint=endpoint, given=sent)
    assert "destination_cidr" in nothing.form.errors
    # The same once more gives no more either.
    again = get_kind("give-office-route").form_data(given)
    assert again["restores"] == undo.data["restores"]


def test_what_somebody_made_meanwhile_is_not_taken_away_either(
    ask: Ask, endpoint: Endpoint, resync: Look, ec2: "EC2Client", control: Control
) -> None:
    """Between the plan and the worker's turn."""
    operation = give(ask, endpoint)
    ec2.authorize_client_vpn_ingress(
        ClientVpnEndpointId=endpoint.endpoint_id, TargetNetworkCidr=OFFICE, AccessGroupId=EMPLOYEES.id
    )
    control.skip(60)
    succeeded(operation)
    undo = get_kind("give-office-route").undo(operation)
    assert undo is not None
    assert undo.data["rule"] == ""
    succeeded(ask(undo.kind, resync(), **undo.data))
    assert (routes_of(resync()), rules_of(resync())) == (set(), {EMPLOYEES.id})


def test_the_same_route_is_not_given_twice(endpoint: Endpoint) -> None:
    given = {"destination_cidr": OFFICE_LAN, "who": "everybody", "group_id": ""}
    existing = rules_of(endpoint, OFFICE_LAN)
    assert existing
    group = next(iter(existing))
    if group:
        given |= {"who": "group", "group_id": group}
    draft = plan("give-office-route", endpoint, **given)
    assert (draft.plan is None) == bool(routes_of(endpoint, OFFICE_LAN))


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"destination_cidr": "10.8.0.0/16", "who": "everybody"}, "destination_cidr"),
        ({"destination_cidr": "office", "who": "everybody"}, "destination_cidr"),
        ({"destination_cidr": OFFICE, "who": "group"}, "group_id"),
        ({"destination_cidr": OFFICE, "who": "everybody", "group_id": "x"}, "group_id"),
    ],
)
def test_what_cannot_be_is_said_before_it_is_tried(
    endpoint: Endpoint, data: dict[str, str], field: str
) -> None:
    assert set(plan("give-office-route", endpoint, **data).form.errors) == {field}


def test_lost_answers_make_neither_a_second_route_nor_a_missing_rule(
    ask: Ask, second_subnet: str, resync: Look, control: Control, hurried: None
) -> None:
    operation = give(ask, resync())
    for action in ("CreateClientVpnRoute", "AuthorizeClientVpnIngress", "DescribeClientVpnRoutes"):
        control.cut(action, times=1)
    control.fail("CreateClientVpnRoute", "RequestLimitExceeded", times=8)
    control.fail("AuthorizeClientVpnIngress", "ConcurrentMutationLimitExceeded", times=2)
    finish(operation, between=after_a_death(operation))
    assert operation.status == OperationStatus.SUCCEEDED
    assert (len(routes_of(resync())), rules_of(resync())) == (2, {EMPLOYEES.id})


OFFICE_FOR_EVERYBODY = {"who": "everybody", "group_id": "", "description": "Office"}


@pytest.mark.parametrize("cidr", ["0.0.0.0/0", "0.0.0.0"])
def test_the_whole_internet_is_no_office(plain_endpoint: Endpoint, cidr: str) -> None:
    draft = plan("give-office-route", plain_endpoint, destination_cidr=cidr, **OFFICE_FOR_EVERYBODY)
    assert set(draft.form.errors) == {"destination_cidr"}


@pytest.mark.parametrize(
    ("cidr", "public"),
    [("8.8.8.0/24", True), ("172.0.0.0/8", True), ("192.168.200.0/24", False), ("100.64.0.0/16", False)],
)
@pytest.mark.parametrize("has_vpn", [True, False])
def test_a_public_office_or_one_without_a_site_to_site_vpn_is_said_first(
    plain_endpoint: Endpoint, cidr: str, public: bool, has_vpn: bool, english: None
) -> None:
    if has_vpn:
        SiteToSiteVpn.objects.create(
            account=plain_endpoint.account,
            vpn_connection_id="vpn-0",
            state="available",
            seen_at=timezone.now(),
        )
    planned = plan("give-office-route", plain_endpoint, destination_cidr=cidr, **OFFICE_FOR_EVERYBODY).plan
    assert planned is not None
    said = " ".join(str(check.text) for check in planned.gravest)
    assert ("no private network" in said) is public
    assert ("no Site-to-Site VPN" in said) is not has_vpn
    assert planned.destructive or not (public or not has_vpn)
