"""OperationKind: one kind of operation, with its form, its plan, its steps and its undo."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, ClassVar

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.access.permissions import Permission
from portal.forms import PortalForm
from vpn.endpoints.models import Endpoint
from vpn.operation_plans.plan import Plan, PlanCheck, Text
from vpn.operations.base.step import Step
from vpn.operations.concurrency import compute_lock_range
from vpn.operations.models import Operation

Parameters = dict[str, Any]


class KindGroup(TextChoices):
    """The heading under which the page of all kinds shows a kind."""

    PEOPLE = "people", _("People")
    ACCESS = "access", _("Access and routes")
    ENDPOINT = "endpoint", _("Endpoint")
    PORTAL = "portal", _("Portal")


class OperationForm(PortalForm):
    """The parameters of a kind, validated against the endpoint's last snapshot, never against AWS itself.

    ``endpoint`` is None only for kinds with ``needs_endpoint = False``.
    """

    def __init__(self, *args: Any, endpoint: Endpoint | None = None, **kwargs: Any) -> None:
        self.endpoint = endpoint
        super().__init__(*args, **kwargs)

    def parameters(self) -> Parameters:
        """What Operation.parameters keeps of a valid form: JSON values only."""
        return dict(self.cleaned_data)


@dataclass(frozen=True)
class Undo:
    """The operation that reverses another one: the slug of its kind, and its form's data by field name."""

    kind: str
    data: dict[str, str] = field(default_factory=dict)


class OperationKind:
    """Base class. There is one instance of each kind, in vpn.operation_kinds.KINDS, and it has no state of its own.

    ``summary`` is one sentence for the page of all kinds. ``time_limit`` is how long the operation may take from the
    moment at which it may begin. ``ignores_endpoint_lock``: it may also run beside operations that lock the whole
    endpoint; only another operation of the same kind with the same lock name excludes it. ``form_lists_connections``:
    its form shows who is connected to the endpoint. ``own_permission``: who holds it may request this kind, without
    the permission for all kinds.
    """

    slug: ClassVar[str]
    title: ClassVar[Promise]
    summary: ClassVar[Text]
    group: ClassVar[KindGroup] = KindGroup.ENDPOINT
    form: ClassVar[type[OperationForm]] = OperationForm
    needs_endpoint: ClassVar[bool] = True
    ignores_endpoint_lock: ClassVar[bool] = False
    form_lists_connections: ClassVar[bool] = False
    own_permission: ClassVar[Permission | None] = None
    time_limit: ClassVar[timedelta] = timedelta(hours=1)

    @property
    def permissions(self) -> frozenset[Permission]:
        """Each of them is enough to request an operation of this kind."""
        return frozenset({Permission.OPERATION_REQUEST, self.own_permission or Permission.OPERATION_REQUEST})

    def time_limit_for(self, parameters: Parameters) -> timedelta:
        """The time limit where it depends on the parameters."""
        return self.time_limit

    def name_to_type(self, endpoint: Endpoint | None, parameters: Parameters) -> str:
        """The text that a person must type to confirm a destructive operation. Empty: nothing."""
        return endpoint.label if endpoint else ""

    def lock_name(self, endpoint: Endpoint | None, parameters: Parameters) -> str:
        """Operations on one endpoint with the same lock name exclude each other. Empty: it locks the whole endpoint."""
        return ""

    def lock_range(self, endpoint: Endpoint | None, parameters: Parameters) -> tuple[int, int]:
        """The integers that Operation.lock_range keeps for the lock name; see vpn/operations/concurrency.py."""
        name = self.lock_name(endpoint, parameters)
        if endpoint is not None and self.ignores_endpoint_lock:
            # A range outside the endpoint's own, so that nothing that locks the endpoint overlaps with it.
            return compute_lock_range(None, f"{self.slug}:{endpoint.pk}:{name}")
        return compute_lock_range(endpoint.pk if endpoint else None, name)

    def split_files(self, parameters: Parameters) -> tuple[Parameters, dict[str, str]]:
        """Separate long texts from the parameters: what Operation.parameters keeps, and text by OperationFile name."""
        return parameters, {}

    def heading(self, endpoint: Endpoint | None, parameters: Parameters) -> str:
        """What the operation does, with its object: "Create the route 10.0.0.0/16". In the current language."""
        return str(self.title)

    def why_not(self, endpoint: Endpoint | None) -> Text:
        """Why the operation can't be done on this endpoint as it is now; empty: it can. It isn't offered then."""
        return ""

    def form_notes(self, endpoint: Endpoint | None) -> Sequence[PlanCheck]:
        """What the page says beside the empty form."""
        return ()

    def run_label(self, plan: Plan) -> Text:
        """The label of the button that starts it, when nobody is disconnected by it."""
        return _("Run")

    def plan(self, endpoint: Endpoint | None, parameters: Parameters) -> Plan:
        """What the operation would do, computed from snapshots: pages never call AWS."""
        raise NotImplementedError

    def steps(
        self, endpoint: Endpoint | None, parameters: Parameters, before: dict[str, Any]
    ) -> Sequence[Step]:
        """The steps in order. ``before`` is Plan.before, as the row keeps it.

        Each run of a worker calls this again, so the same arguments must always give the same steps.
        """
        raise NotImplementedError

    def form_data(self, operation: Operation) -> dict[str, str]:
        """The form's data by field name, to plan the same once more: for a second attempt, or for who approves it.

        Here for kinds whose parameters have the names of the form's fields.
        """
        given = operation.parameters
        return {name: as_form_data(given[name]) for name in self.form.base_fields if name in given}

    def undo(self, operation: Operation) -> Undo | None:
        """How to reverse an operation that has succeeded or has done some of its steps. None: it can't be undone."""
        return None


def as_form_data(value: Any) -> str:
    """A parameter as a browser sends it; JSON for a field of JSON."""
    if value is None or value is False:
        return ""
    if value is True:
        return "on"
    if isinstance(value, dict):
        return json.dumps(value, sort_keys=True)
    return "\n".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def recorded_before(operation: Operation, key: str) -> dict[str, Any]:
    """What AWS had when the step with this key acted; empty if it has not acted."""
    row = operation.steps.filter(key=key, acted_at__isnull=False).first()
    return row.before if row is not None else {}


def require_endpoint(endpoint: Endpoint | None) -> Endpoint:
    """``endpoint``, for kinds that always have one. Raises ValueError for None."""
    if endpoint is None:
        raise ValueError("this kind of operation needs an endpoint")
    return endpoint
