"""A request before it is made: what was filled in, with its plan."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings

from vpn.endpoints.models import Endpoint
from vpn.operation_plans.plan import Plan
from vpn.operations.base.kind import OperationForm, OperationKind
from vpn.operations.models import Operation
from vpn.operations.queries import find_overlapping, find_unread_change


@dataclass(frozen=True)
class Draft:
    """``plan`` is None, ``parameters`` and ``digest`` empty, if the form is invalid."""

    kind: OperationKind
    endpoint: Endpoint | None
    form: OperationForm
    parameters: dict[str, Any]
    plan: Plan | None
    digest: str

    @property
    def heading(self) -> str:
        return self.kind.heading(self.endpoint, self.parameters) if self.plan else str(self.kind.title)

    @property
    def stored_parameters(self) -> dict[str, Any]:
        """The parameters without long texts, as Operation.parameters keeps them."""
        return self.kind.split_files(self.parameters)[0]

    @property
    def needs_approval(self) -> bool:
        return bool(self.plan and self.plan.destructive and settings.OPERATIONS_REQUIRE_APPROVAL)

    @property
    def people(self) -> int:
        """How many people it disconnects: one with two connections counts once, a connection without a name too."""
        # The limit guards against too much at once: whom AWS doesn't name must not slip below it.
        return len(self.plan.people) if self.plan else 0

    @property
    def busy_with(self) -> Operation | None:
        """A live operation that excludes this one."""
        return (
            None
            if self.plan is None
            else find_overlapping(self.kind.lock_range(self.endpoint, self.parameters))
        )

    @property
    def unread_change(self) -> Operation | None:
        """An operation that has changed what this plan is about, after the snapshot that the plan is from."""
        # What only reads is never in vain, and reading anew is the way out.
        if self.plan is None or not self.plan.changes:
            return None
        return find_unread_change(self.endpoint, self.kind.lock_range(self.endpoint, self.parameters))

    @property
    def asks_permission(self) -> bool:
        """Whether it begins with CheckPermissions."""
        steps = self.kind.steps(self.endpoint, self.stored_parameters, self.plan.before) if self.plan else ()
        return any(step.aws_call for step in steps)

    @property
    def name_to_type(self) -> str:
        """The text to type as a confirmation; empty where nothing is asked for."""
        if self.plan is None or not self.plan.destructive:
            return ""
        return self.kind.name_to_type(self.endpoint, self.parameters)
