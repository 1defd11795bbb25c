"""A worker that is killed between any two calls to AWS: another goes on, and AWS ends up with exactly one change."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from portal.audit.models import AuditEvent
from sandbox.aws.control import Control
from sandbox.aws.seed import Architecture
from sandbox.company import EMPLOYEES, TOKYO
from tests.vpn.operations.asking import Ask, abandon, finish
from tests.vpn.operations.worker import AFTER, BEFORE, Between
from vpn.endpoints.models import Endpoint
from vpn.operations.kinds import kind_of
from vpn.operations.kinds.endpoint_settings import form_data
from vpn.operations.models import Operation
from vpn.operations.settings import current_of
from vpn.operations.states import Status, StepStatus

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

pytestmark = pytest.mark.django_db(transaction=True)
Look = Callable[[], Endpoint]
LAB = "192.168.77.0/24"


def create_route(endpoint: Endpoint) -> dict[str, str]:
    return {"destination_cidr": LAB, "target_subnet": _subnet(endpoint), "description": "lab"}


def delete_route(endpoint: Endpoint) -> dict[str, str]:
    return {"route": f"0.0.0.0/0 {_subnet(endpoint)}"}


def authorize_ingress(_endpoint: Endpoint) -> dict[str, str]:
    return {"destination_cidr": LAB, "who": "group", "group_id": EMPLOYEES.id}


def revoke_ingress(_endpoint: Endpoint) -> dict[str, str]:
    return {"rule": f"0.0.0.0/0 {EMPLOYEES.id}"}


def modify_endpoint(endpoint: Endpoint) -> dict[str, str]:
    return form_data(current_of(endpoint.settings)) | {"vpn_port": "1194", "dns_servers": "10.20.0.2"}


def disassociate_target_network(endpoint: Endpoint) -> dict[str, str]:
    return {"subnet_id": _subnet(endpoint)}


def _subnet(endpoint: Endpoint) -> str:
    return str(endpoint.target_networks[0]["subnet_id"])


KINDS = (
    create_route,
    delete_route,
    authorize_ingress,
    revoke_ingress,
    modify_endpoint,
    disassociate_target_network,
)


@pytest.fixture
def between(aws: str) -> Iterator[Between]:
    standing = Between(aws)
    yield standing
    standing.close()


def described(ec2: "EC2Client", endpoint: Endpoint) -> dict[str, Any]:
    """All of the endpoint that AWS shows, but for what is different each time."""
    which = endpoint.endpoint_id
    found = ec2.describe_client_vpn_endpoints(ClientVpnEndpointIds=[which])
    networks = ec2.describe_client_vpn_target_networks(ClientVpnEndpointId=which)["ClientVpnTargetNetworks"]
    rules = ec2.describe_client_vpn_authorization_rules(ClientVpnEndpointId=which)["AuthorizationRules"]
    routes = ec2.describe_client_vpn_routes(ClientVpnEndpointId=which)["Routes"]
    return {
        "endpoint": {**found["ClientVpnEndpoints"][0], "ConnectionLogOptions": None},
        "routes": _sorted(routes),
        "rules": _sorted(rules),
        "networks": _sorted([{**one, "AssociationId": ""} for one in networks]),
    }


def _sorted(rows: Any) -> list[str]:
    return sorted(str(row) for row in rows)


@pytest.mark.parametrize("given", KINDS)
def test_a_killed_worker_leaves_exactly_one_change(
    given: Callable[[Endpoint], dict[str, str]],
    endpoint: Endpoint,
    architecture: Architecture,
    control: Control,
    ec2: "EC2Client",
    between: Between,
    ask: Ask,
    looked: Look,
) -> None:
    """After AWS has answered each call that an undisturbed worker makes, and before the one that changes something."""
    slug = given.__name__.replace("_", "-")
    before = described(ec2, endpoint)
    undisturbed = ask(slug, endpoint, **given(endpoint))
    assert not between.work(undisturbed)
    points = points_of(between.calls)
    finish(undisturbed)
    expected = described(ec2, endpoint)
    assert expected != before
    back(undisturbed, ask, looked)
    for point in points:
        operation = ask(slug, looked(), **given(endpoint))
        assert between.work(operation, kill_at=point), point
        abandon(operation)
        finish(operation)
        assert operation.status == Status.SUCCEEDED, (point, between.killed, operation.error_code)
        assert described(ec2, endpoint) == expected, (point, between.killed)
        assert steps_recorded(operation) == operation.steps.count()
        back(operation, ask, looked)
        assert described(ec2, endpoint) == before


def points_of(calls: list[str]) -> list[tuple[int, str]]:
    """The first call of each kind that changes something is only the dry run."""
    changes = [number for number, action in enumerate(calls) if not action.startswith("Describe")]
    assert len(changes) == 2
    return [*((number, AFTER) for number in range(len(calls))), (changes[1], BEFORE)]


def steps_recorded(operation: Operation) -> int:
    """Each once, with what was there before and after."""
    assert set(operation.steps.values_list("status", flat=True)) == {StepStatus.DONE}
    events = AuditEvent.objects.filter(tag="operation:step", details__operation=operation.number)
    assert len({event.details["step"] for event in events}) == len(events)
    return len(events)


def back(operation: Operation, ask: Ask, looked: Look) -> None:
    undo = kind_of(operation.kind).undo(operation)
    assert undo is not None
    done = finish(ask(undo.kind, looked(), **undo.data))
    assert done.status == Status.SUCCEEDED, done.error_code


def test_a_killed_worker_ends_a_connection_once(
    endpoint: Endpoint,
    architecture: Architecture,
    control: Control,
    between: Between,
    ask: Ask,
    looked: Look,
) -> None:
    for point in [(0, AFTER), (1, AFTER), (2, BEFORE), (2, AFTER), (3, AFTER)]:
        control.connect(
            account=TOKYO.account,
            region=TOKYO.region,
            endpoint_id=architecture.tokyo.endpoint_id,
            username="m.tanaka@example.co.jp",
            device_ip="198.51.100.27",
        )
        connection = looked().live_connections.get()
        operation = ask("terminate-connection", endpoint, connection=connection.connection_id)
        assert between.work(operation, kill_at=point), point
        abandon(operation)
        assert finish(operation).status == Status.SUCCEEDED
        assert not looked().live_connections.exists()


def test_a_killed_worker_associates_once(
    endpoint: Endpoint, ec2: "EC2Client", between: Between, ask: Ask, looked: Look
) -> None:
    """At the call that associates: before it reaches AWS, and after AWS has taken it."""
    expected = described(ec2, endpoint)
    for moment in (BEFORE, AFTER):
        gone = finish(ask("disassociate-target-network", looked(), subnet_id=_subnet(endpoint)))
        undo = kind_of(gone.kind).undo(gone)
        assert undo is not None
        operation = ask(undo.kind, looked(), **undo.data)
        # Dry runs of each kind of call come first, then a look.
        dry_runs = len(
            {"associate", "groups", "route"} if undo.data["security_groups"] else {"associate", "route"}
        )
        assert between.work(operation, kill_at=(dry_runs + 1, moment))
        assert between.killed == "AssociateClientVpnTargetNetwork"
        abandon(operation)
        assert finish(operation).status == Status.SUCCEEDED, operation.error_code
        assert described(ec2, endpoint) == expected
        assert steps_recorded(operation) == operation.steps.count()
