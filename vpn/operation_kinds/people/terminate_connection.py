"""End one connection."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from vpn.endpoints.models import Endpoint
from vpn.operation_kinds.people.terminate_steps import TerminateConnection
from vpn.operations.base.kind import KindGroup, OperationForm, OperationKind, Parameters, require_endpoint
from vpn.operations.base.step import Step
from vpn.operations.plan.consequences import Topic
from vpn.operations.plan.context import endpoint_prices
from vpn.operations.plan.costs import connection_cost
from vpn.operations.plan.plan import (
    PROFILES_UNAFFECTED,
    Plan,
    PlanCheck,
    PlannedChange,
    PlannedPerson,
    make_check,
    people_connected_to,
)


class TerminateConnectionForm(OperationForm):
    connection = forms.ChoiceField(label=_("Connection"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = people_connected_to(require_endpoint(self.endpoint))
        choices = [(person.connection_id, _label(person)) for person in people]
        self.fields["connection"] = forms.ChoiceField(label=self.fields["connection"].label, choices=choices)

    def parameters(self) -> Parameters:
        chosen = self.cleaned_data["connection"]
        people = people_connected_to(require_endpoint(self.endpoint))
        return {"connection_id": chosen, "who": next(p.name for p in people if p.connection_id == chosen)}


def _label(person: PlannedPerson) -> str:
    named = [person.name, *([person.username] if person.username not in {"", person.name} else [])]
    return " · ".join([*named, person.connection_id])


class TerminateConnectionKind(OperationKind):
    slug = "terminate-connection"
    title = _("End a connection")
    summary = _("One person's connection ends now. Their computer may connect again by itself.")
    group = KindGroup.PEOPLE
    ignores_endpoint_lock = True
    form = TerminateConnectionForm

    def lock_name(self, endpoint: Endpoint | None, parameters: Parameters) -> str:
        return f"connection:{parameters['connection_id']}"

    def heading(self, endpoint: Endpoint | None, parameters: Parameters) -> str:
        return gettext("End the connection of %(who)s") % {"who": parameters["who"]}

    def plan(self, endpoint: Endpoint | None, parameters: Parameters) -> Plan:
        endpoint = require_endpoint(endpoint)
        people = people_connected_to(endpoint)
        connection = parameters["connection_id"]
        return Plan(
            changes=(PlannedChange(f"connection {connection}", "active", "terminated"),),
            disconnects=tuple(person for person in people if person.connection_id == connection),
            checks=(
                PlanCheck(
                    "info",
                    _("This locks nobody out. “Block” does."),
                    Topic.ACCESS,
                ),
                PROFILES_UNAFFECTED,
                make_check(connection_cost(1, endpoint_prices(endpoint))),
            ),
            undo=_("This can't be undone."),
        )

    def steps(
        self, endpoint: Endpoint | None, parameters: Parameters, before: dict[str, Any]
    ) -> Sequence[Step]:
        return [TerminateConnection(parameters["connection_id"], parameters["who"])]
