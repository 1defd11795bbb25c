"""Every kind of operation, broken at every call to AWS: another worker goes on, and AWS is changed exactly once.

The worker dies before a call reaches AWS, or after AWS has answered and before anything of it is stored; or the
connection breaks and no answer comes. test_crashes.py kills a process for real.
"""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone

from portal.audit import chain
from portal.audit.models import AuditEvent
from portal.audit.queries import chain as events
from portal.audit.serialize import as_mapping
from sandbox.aws.seed import Architecture
from sandbox.company import TOKYO
from tests.vpn.operations.asking import after_a_death
from tests.vpn.operations.every_kind import DENY_TABLE, Given, World, shown
from tests.vpn.operations.kind_cases import KIND_CASES, prepared
from tests.vpn.operations.wire import Died, Moment, Wire
from vpn.aws import deny_list
from vpn.aws.accounts import Account
from vpn.aws.session import dynamodb_client, forget_sessions
from vpn.operation_kinds import KINDS
from vpn.operations.engine import worker
from vpn.operations.engine.advancing import advance
from vpn.operations.models import Operation
from vpn.operations.states import OperationStatus, StepStatus

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

pytestmark = pytest.mark.crash


@pytest.fixture
def denials(synced: Architecture, wire: Wire) -> Iterator["DynamoDBClient"]:
    with dynamodb_client(Account("tokyo", TOKYO.region)) as client:
        yield client


@dataclass(frozen=True)
class Bench:
    """Where a kind is carried out again and again, from the same beginning."""

    given: Given
    world: World
    wire: Wire
    denials: "DynamoDBClient"

    def run(self, moment: Moment | None = None) -> tuple[str, Counter[str]]:
        """What AWS is in the end, and what it did for that."""
        before = self._denied()
        forget_sessions()
        try:
            with transaction.atomic():
                operation = self.given.ask(self.world.ask)
                with self.wire.listen(moment):
                    self._carry_out(operation)
                recorded_once(operation)
                transaction.set_rollback(True)
            return self._shown(), self.wire.changes()
        finally:
            self.world.control.put_back()
            self._deny_again(before)

    def _carry_out(self, operation: Operation) -> None:
        with time_machine.travel(timezone.now()) as clock:
            for _ in range(200):
                with suppress(Died):
                    worker.run(operation.pk)
                operation.refresh_from_db()
                if operation.is_terminal:
                    break
                clock.shift(self.given.pause)
                self.world.control.skip(60)
                after_a_death(operation)()
                assert str(operation.pk) in advance()
        assert (operation.status, operation.error_id) == (OperationStatus.SUCCEEDED, ""), (
            operation.error_message
        )

    def _shown(self) -> str:
        """Everything that AWS has of Client VPN, and who is on the deny list."""
        return json.dumps(
            [shown(self.world.control), [entry.username for entry in self._denied()]], sort_keys=True
        )

    def _denied(self) -> list[deny_list.DenyListEntry]:
        return deny_list.read_entries(self.denials, table=DENY_TABLE, now=timezone.now())

    def _deny_again(self, before: list[deny_list.DenyListEntry]) -> None:
        for entry in before:
            deny_list.deny(self.denials, table=DENY_TABLE, username=entry.username, until=entry.until)
        for entry in self._denied():
            if entry not in before:
                deny_list.admit(self.denials, table=DENY_TABLE, username=entry.username)


def recorded_once(operation: Operation) -> None:
    """Each step was done once, the record says so, and nobody has touched it."""
    assert set(operation.steps.values_list("status", flat=True)) == {StepStatus.DONE}
    told = AuditEvent.objects.filter(details__operation=operation.number).values_list("tag", "details__step")
    steps = Counter(("operation:step", key) for key in operation.steps.values_list("key", flat=True))
    assert Counter(told) == steps + Counter([("operation:requested", None), ("operation:succeeded", None)])
    assert not chain.verify(map(as_mapping, events())).problem


def test_no_kind_is_missing_here() -> None:
    assert set(KIND_CASES) == {kind.slug for kind in KINDS}


@pytest.mark.parametrize("slug", KIND_CASES)
def test_whatever_breaks_there_is_exactly_one_change(
    slug: str, world: World, wire: Wire, denials: "DynamoDBClient"
) -> None:
    bench = Bench(prepared(slug, world), world, wire, denials)
    world.control.keep()
    undisturbed = bench.run()
    for moment in Moment:
        assert bench.run(moment) == undisturbed, moment
        assert {call.action for call in wire.broken} >= set(undisturbed[1]), "each change was broken"
