"""PostgreSQL cuts the worker off after every statement that it makes: nothing is done twice, and nothing is lost."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any, Final

import psycopg
import pytest
from django.db import Error, close_old_connections, connection

from tests.vpn.operations.asking import after_a_death
from tests.vpn.operations.every_kind import World, shown
from tests.vpn.operations.kind_cases import prepared
from tests.vpn.operations.test_every_crash import recorded_once
from tests.vpn.operations.wire import Wire
from vpn.operations.engine import worker
from vpn.operations.models import Operation
from vpn.operations.states import OperationStatus

pytestmark = [pytest.mark.crash, pytest.mark.django_db(transaction=True)]
# Another name each time
SAVEPOINT: Final = re.compile(r"s\d+_x\d+")
Execute = Callable[[str, Any, bool, dict[str, Any]], Any]


class Cutting:
    """Ends the connection's backend after each statement, once for each that differs and each change at AWS."""

    def __init__(self, wire: Wire) -> None:
        self.cuts = 0
        self._wire = wire
        self._seen: set[object] = set()
        settings = connection.settings_dict
        self._other = psycopg.connect(
            dbname=settings["NAME"],
            user=settings["USER"],
            password=settings["PASSWORD"],
            host=settings["HOST"],
            port=settings["PORT"],
            autocommit=True,
        )

    def __call__(self, execute: Execute, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        answer = execute(sql, params, many, context)
        key = SAVEPOINT.sub("", sql), self._wire.changes().total()
        if key not in self._seen:
            self._seen.add(key)
            self.cuts += 1
            cut(self._other, context["connection"].connection.info.backend_pid)
        return answer

    def close(self) -> None:
        self._other.close()


def cut(other: "psycopg.Connection[Any]", pid: int) -> None:
    """Returns when the backend has gone; AWS knows nothing of it."""
    assert other.execute("SELECT pg_terminate_backend(%s, 10000)", [pid]).fetchone() == (True,)


@pytest.fixture
def cutting(wire: Wire, transactional_db: None) -> Iterator[Cutting]:
    made = Cutting(wire)
    yield made
    made.close()


@contextmanager
def as_a_task() -> Iterator[None]:
    """What Celery does about a task's connections, and about its errors: it is logged, and sent again by beat."""
    close_old_connections()
    with suppress(Error):
        yield
    close_old_connections()


@pytest.mark.parametrize(
    "slug", ["create-route", "pause-endpoint", "terminate-person", "import-revocation-list"]
)
def test_nothing_is_done_twice_or_lost(slug: str, world: World, wire: Wire, cutting: Cutting) -> None:
    given = prepared(slug, world)
    world.control.keep()
    with wire.listen():
        carry_out(given.ask(world.ask), world)
    expected = shown(world.control), wire.changes()
    world.control.put_back()
    world.observe()
    if given.endpoint is not None:
        # A page reads it anew, too: a plan from before the first operation would be refused.
        given.endpoint.refresh_from_db()
    operation = given.ask(world.ask)
    with wire.listen():
        carry_out(operation, world, cutting)
    assert (shown(world.control), wire.changes()) == expected
    assert cutting.cuts > 20
    recorded_once(operation)


def carry_out(operation: Operation, world: World, *wrappers: Cutting) -> None:
    for _ in range(200):
        with as_a_task(), ExitStack() as stack:
            for wrapper in wrappers:
                stack.enter_context(connection.execute_wrapper(wrapper))
            worker.run(operation.pk)
        operation.refresh_from_db()
        if operation.is_terminal:
            break
        world.control.skip(60)
        after_a_death(operation)()
    assert operation.status == OperationStatus.SUCCEEDED, operation.error_id
