"""End one connection."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.access.permissions import Permission
from portal.text import with_note
from vpn.endpoints.models import Endpoint
from vpn.live_connections.queries import LiveConnectionRow, live_rows
from vpn.moments import format_table_moment
from vpn.operation_plans.consequences import Topic
from vpn.operation_plans.context import endpoint_prices
from vpn.operation_plans.costs import connection_cost
from vpn.operation_plans.plan import (
    PROFILES_UNAFFECTED,
    Plan,
    PlanCheck,
    PlannedChange,
    Text,
    make_check,
)
from vpn.operations.base.fields import TargetField
from vpn.operations.base.kind import KindGroup, OperationForm, OperationKind, Parameters, require_endpoint
from vpn.operations.base.step import Step
from vpn.operations.models import Operation
from vpn.person_operations.fields import people_on
from vpn.person_operations.terminate_steps import TerminateConnection


class TerminateConnectionForm(OperationForm):
    connection = forms.ChoiceField(label=_("Connection"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = live_rows(require_endpoint(self.endpoint), newest=None)
        choices = [(row.row.connection_id, _label(row)) for row in rows]
        self.fields["connection"] = TargetField(
            label=self.fields["connection"].label,
            choices=choices,
            # The list that it was chosen from may be older than the last look at AWS.
            error_messages={"invalid_choice": _("This connection has ended.")},
        )

    def parameters(self) -> Parameters:
        chosen = self.cleaned_data["connection"]
        rows = live_rows(require_endpoint(self.endpoint), newest=None)
        row = next(row for row in rows if row.row.connection_id == chosen)
        return {"connection_id": chosen, "who": row.name or row.username or chosen}


def _label(row: LiveConnectionRow) -> str:
    """Enough to tell one person's connections from each other: who, since when, with what, from where."""
    who = with_note(row.name, row.username) if row.name else row.username or row.row.connection_id
    since = row.row.established_at
    since_text = gettext("since %(time)s") % {"time": format_table_moment(since)} if since else ""
    parts = (who, since_text, row.device, row.device_ip, *row.row.client_addresses)
    return " · ".join(part for part in parts if part)


class TerminateConnectionKind(OperationKind):
    slug = "terminate-connection"
    form_lists_connections = True
    title = _("End a connection")
    summary = _("One person's connection ends now. Their computer may connect again by itself.")
    group = KindGroup.PEOPLE
    ignores_endpoint_lock = True
    # Of the person whose page the agent has opened: vpn/helpdesk/ending.py sees to that.
    own_permission = Permission.HELPDESK_END_CONNECTION
    form = TerminateConnectionForm

    def why_not(self, endpoint: Endpoint | None) -> Text:
        if require_endpoint(endpoint).live_connections.exists():
            return ""
        return _("Nobody was connected to this endpoint when AWS was last asked.")

    def lock_name(self, endpoint: Endpoint | None, parameters: Parameters) -> str:
        return f"connection:{parameters['connection_id']}"

    def heading(self, endpoint: Endpoint | None, parameters: Parameters) -> str:
        return gettext("End the connection of %(who)s") % {"who": parameters["who"]}

    def plan(self, endpoint: Endpoint | None, parameters: Parameters) -> Plan:
        endpoint = require_endpoint(endpoint)
        connection = parameters["connection_id"]
        people = people_on(endpoint.live_connections.filter(connection_id=connection))
        return Plan(
            changes=(PlannedChange(f"connection {connection}", "active", "terminated"),),
            disconnects=people,
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

    def form_data(self, operation: Operation) -> dict[str, str]:
        return {"connection": operation.parameters["connection_id"]}
