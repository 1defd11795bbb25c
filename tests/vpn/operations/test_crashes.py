"""A worker in a process of its own, killed for real around each of its calls that change something at AWS.

test_every_crash.py lets the worker of every kind die at every call, but in this process.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.vpn.operations.asking import abandon, finish
from tests.vpn.operations.every_kind import World, shown
from tests.vpn.operations.kind_cases import prepared
from tests.vpn.operations.worker import AFTER, BEFORE, Between
from vpn.operations.models import Operation
from vpn.operations.states import OperationStatus

pytestmark = [pytest.mark.crash, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def between(aws: str) -> Iterator[Between]:
    standing = Between(aws)
    yield standing
    standing.close()


@pytest.mark.parametrize("slug", ["create-route", "terminate-person"])
def test_a_killed_worker_leaves_what_an_undisturbed_one_does(
    slug: str, world: World, between: Between
) -> None:
    given = prepared(slug, world)
    world.control.keep()
    undisturbed = given.ask(world.ask)
    assert not between.run_worker(undisturbed)
    points = points_of(between.calls)
    expected = ended(undisturbed, world)
    for point in points:
        world.control.put_back()
        world.observe()
        operation = given.ask(world.ask)
        assert between.run_worker(operation, kill_at=point), point
        abandon(operation)
        assert ended(operation, world) == expected, (point, between.killed)


def points_of(calls: list[str]) -> list[tuple[int, str]]:
    """Before and after each call that changes something, be it a dry run; the looks between them do no harm."""
    changes = [number for number, action in enumerate(calls) if not action.startswith(("Describe", "Assume"))]
    assert len(changes) > 1
    return [(number, moment) for number in changes for moment in (BEFORE, AFTER)]


def ended(operation: Operation, world: World) -> Any:
    finish(operation, between=lambda: world.control.skip(60))
    assert (operation.status, operation.error_id) == (OperationStatus.SUCCEEDED, "")
    return shown(world.control)
