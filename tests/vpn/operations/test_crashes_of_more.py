"""A worker that is killed between any two calls to AWS, for the kinds that make several changes."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.aws.control import Control
from sandbox.aws.seed import Architecture
from sandbox.company import EMPLOYEES, TOKYO
from tests.vpn.operations.asking import Ask, abandon, finish
from tests.vpn.operations.test_crashes import described, steps_recorded
from tests.vpn.operations.worker import AFTER, BEFORE, Between
from vpn.endpoints.models import Endpoint
from vpn.operations.kinds import kind_of
from vpn.operations.models import Operation
from vpn.operations.states import Status

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

pytestmark = pytest.mark.django_db(transaction=True)
Look = Callable[[], Endpoint]
OFFICE = {"destination_cidr": "192.168.200.0/24", "who": "group", "group_id": EMPLOYEES.id}
TANAKA = "m.tanaka@example.co.jp"


@pytest.fixture
def between(aws: str) -> Iterator[Between]:
    standing = Between(aws)
    yield standing
    standing.close()


def changes_of(calls: list[str]) -> list[tuple[int, str]]:
    """Before and after each call that changes something, be it a dry run; the looks between them do no harm."""
    numbers = [
        number for number, action in enumerate(calls) if not action.startswith(("Describe", "AssumeRole"))
    ]
    return [(number, moment) for number in numbers for moment in (BEFORE, AFTER)]


@pytest.mark.parametrize(
    ("slug", "data"), [("pause-endpoint", {"when": "now"}), ("give-office-route", OFFICE)]
)
def test_a_killed_worker_leaves_what_an_undisturbed_one_does(
    slug: str,
    data: dict[str, str],
    endpoint: Endpoint,
    ec2: "EC2Client",
    between: Between,
    ask: Ask,
    looked: Look,
) -> None:
    """And the undo, killed after its first change, leaves what was there at first."""
    before = described(ec2, endpoint)
    undisturbed = ask(slug, endpoint, **data)
    assert not between.work(undisturbed)
    points = changes_of(between.calls)
    finish(undisturbed)
    expected = described(ec2, endpoint)
    back(undisturbed, ask, looked, between)
    for point in points:
        operation = ask(slug, looked(), **data)
        assert between.work(operation, kill_at=point), point
        abandon(operation)
        finish(operation)
        assert operation.status == Status.SUCCEEDED, (point, between.killed, operation.error_code)
        assert settled(described(ec2, endpoint)) == settled(expected), (point, between.killed)
        assert steps_recorded(operation) == operation.steps.count()
        back(operation, ask, looked, between)
        assert settled(described(ec2, endpoint)) == settled(before), (point, between.killed)


def settled(found: dict[str, Any]) -> dict[str, Any]:
    """Without the order in which AWS lists security groups, and what only a VPC that was once bound shows."""
    endpoint = {
        name: value for name, value in found["endpoint"].items() if name not in {"SecurityGroupIds", "VpcId"}
    }
    return {**found, "endpoint": endpoint}


def back(operation: Operation, ask: Ask, looked: Look, between: Between) -> None:
    undo = kind_of(operation.kind).undo(operation)
    assert undo is not None
    undoing = ask(undo.kind, looked(), **undo.data)
    between.work(undoing, kill_at=(3, AFTER))
    abandon(undoing)
    done = finish(undoing)
    assert done.status == Status.SUCCEEDED, done.error_code


def test_a_killed_worker_still_ends_everything_of_a_blocked_person(
    endpoint: Endpoint,
    architecture: Architecture,
    control: Control,
    between: Between,
    ask: Ask,
    looked: Look,
) -> None:
    """Two connections; it dies before or after ending the first, and after the second."""
    for calls in ((2, BEFORE), (2, AFTER), (3, AFTER)):
        for _ in range(2):
            control.connect(
                account=TOKYO.account,
                region=TOKYO.region,
                endpoint_id=architecture.tokyo.endpoint_id,
                username=TANAKA,
                device_ip="198.51.100.27",
            )
        looked()
        operation = ask("terminate-person", None, usernames=TANAKA)
        assert between.work(operation, kill_at=calls), calls
        abandon(operation)
        assert finish(operation).status == Status.SUCCEEDED
        assert not looked().live_connections.exists()


@pytest.mark.parametrize("code", ["RequestLimitExceeded", "ConcurrentMutationLimitExceeded"])
def test_a_storm_of_throttling_delays_a_pause_and_nothing_else(
    code: str, endpoint: Endpoint, ec2: "EC2Client", control: Control, ask: Ask, looked: Look, hurried: None
) -> None:
    before = described(ec2, endpoint)
    for slug, data in (("pause-endpoint", {"when": "now"}), ("resume-endpoint", {})):
        operation = ask(slug, looked(), **data)
        control.fail("*", code, times=40)
        finish(operation)
        assert (operation.status, operation.error_id) == (Status.SUCCEEDED, "")
    assert settled(described(ec2, endpoint)) == settled(before)
