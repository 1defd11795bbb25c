"""The shape of a kind of operation: a form, a plan, steps, and an undo where there is one."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, ClassVar

from django import forms
from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from vpn.endpoints.models import Endpoint
from vpn.operations.base.step import Step
from vpn.operations.lanes import lane_of
from vpn.operations.models import Operation
from vpn.operations.plan.plans import Plan, PlanCheck, Words

Parameters = dict[str, Any]


class KindGroup(TextChoices):
    """Where the page of all kinds shows one."""

    PEOPLE = "people", _("People")
    ACCESS = "access", _("Access and routes")
    ENDPOINT = "endpoint", _("Endpoint")
    PORTAL = "portal", _("Portal")


class OperationForm(forms.Form):
    """What a kind asks for; checked against the endpoint's last snapshot, never against AWS.

    ``self.endpoint`` is None only for kinds that need none. ``parameters()`` of a valid form is JSON.
    """

    def __init__(self, *args: Any, endpoint: Endpoint | None = None, **kwargs: Any) -> None:
        self.endpoint = endpoint
        super().__init__(*args, **kwargs)

    def parameters(self) -> Parameters:
        return dict(self.cleaned_data)


@dataclass(frozen=True)
class Undo:
    """The operation that takes another one back: a kind's slug and what to fill into its form."""

    kind: str
    data: dict[str, str] = field(default_factory=dict)


class OperationKind:
    """One instance each, in vpn.operation_kinds.KINDS. It keeps nothing; the operation's row does."""

    slug: ClassVar[str]
    title: ClassVar[Promise]
    lead: ClassVar[Words]  # one sentence on the page of all kinds
    group: ClassVar[KindGroup] = KindGroup.ENDPOINT
    form: ClassVar[type[OperationForm]] = OperationForm
    needs_endpoint: ClassVar[bool] = True
    # Beside anything else on the endpoint, also what must be alone there: only its own lane excludes it.
    independent: ClassVar[bool] = False
    deadline: ClassVar[timedelta] = timedelta(hours=1)

    def deadline_of(self, parameters: Parameters) -> timedelta:
        """How long it may take, from when it may begin."""
        return self.deadline

    def name_to_type(self, endpoint: Endpoint | None, parameters: Parameters) -> str:
        """What must be typed before a destructive operation is asked for."""
        return endpoint.label if endpoint else ""

    def lane(self, endpoint: Endpoint | None, parameters: Parameters) -> str:
        """Operations on the same endpoint with the same lane exclude each other. "": alone on the endpoint."""
        return ""

    def range(self, endpoint: Endpoint | None, parameters: Parameters) -> tuple[int, int]:
        """The lane as the database compares it."""
        name = self.lane(endpoint, parameters)
        if endpoint is not None and self.independent:
            return lane_of(None, f"{self.slug}:{endpoint.pk}:{name}")
        return lane_of(endpoint.pk if endpoint else None, name)

    def apart(self, parameters: Parameters) -> tuple[Parameters, dict[str, str]]:
        """What the row keeps of a form's parameters, and by name the long texts that are kept beside it."""
        return parameters, {}

    def heading(self, endpoint: Endpoint | None, parameters: Parameters) -> str:
        """What is done, with what it is about: "Create a route: 10.0.0.0/16"."""
        return str(self.title)

    def notes(self, endpoint: Endpoint | None) -> Sequence[PlanCheck]:
        """Said beside the form, before one tries."""
        return ()

    def run_label(self, plan: Plan) -> Words:
        """On the button that starts it while nobody is disconnected."""
        return _("Run")

    def plan(self, endpoint: Endpoint | None, parameters: Parameters) -> Plan:
        """From snapshots only: pages never call AWS."""
        raise NotImplementedError

    def steps(
        self, endpoint: Endpoint | None, parameters: Parameters, before: dict[str, Any]
    ) -> Sequence[Step]:
        """The same for the same arguments, at every run. ``before`` is the plan's."""
        raise NotImplementedError

    def undo(self, operation: Operation) -> Undo | None:
        """For an operation that has succeeded, or has done some of its steps."""
        return None


def endpoint_of(endpoint: Endpoint | None) -> Endpoint:
    """For kinds that always have one."""
    if endpoint is None:
        raise ValueError("this kind of operation needs an endpoint")
    return endpoint
