"""Delete a route."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from vpn.endpoints.models import Endpoint
from vpn.operation_kinds.routes.fields import route_change, route_key, route_text
from vpn.operation_kinds.routes.steps import DeleteRoute
from vpn.operation_plans.configuration import LIVE_ROUTES, without_route
from vpn.operation_plans.plan import Plan, Text, find_consequences
from vpn.operations.base.fields import TargetField
from vpn.operations.base.kind import (
    KindGroup,
    OperationForm,
    OperationKind,
    Parameters,
    Undo,
    recorded_before,
    require_endpoint,
)
from vpn.operations.base.step import Step
from vpn.operations.models import Operation

ADDED = "add-route"


class DeleteRouteForm(OperationForm):
    route = forms.ChoiceField(
        label=_("Route"),
        help_text=_("Routes that AWS made with an association go only with it, and are not listed."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        routes = deletable(require_endpoint(self.endpoint))
        choices = [
            (key, route_text(route["destination_cidr"], route["target_subnet"]))
            for key, route in routes.items()
        ]
        field = self.fields["route"]
        self.fields["route"] = TargetField(label=field.label, help_text=field.help_text, choices=choices)

    def parameters(self) -> Parameters:
        route = deletable(require_endpoint(self.endpoint))[self.cleaned_data["route"]]
        return {name: route[name] for name in ("destination_cidr", "target_subnet")}


def deletable(endpoint: Endpoint) -> dict[str, dict[str, Any]]:
    """By destination and subnet. AWS lets nobody delete the routes of an association itself."""
    return {
        route_key(route): route
        for route in endpoint.routes
        if route["origin"] == ADDED and route["status"] in {*LIVE_ROUTES, "failed"}
    }


class DeleteRouteKind(OperationKind):
    slug = "delete-route"
    title = _("Delete a route")
    summary = _("Traffic for a destination no longer goes through the subnet, or the transit gateway.")
    group = KindGroup.ACCESS
    form = DeleteRouteForm

    def why_not(self, endpoint: Endpoint | None) -> Text:
        endpoint = require_endpoint(endpoint)
        if deletable(endpoint):
            return ""
        return _("This endpoint has no route that somebody made.")

    def lock_name(self, endpoint: Endpoint | None, parameters: Parameters) -> str:
        return f"route:{parameters['destination_cidr']}:{parameters['target_subnet']}"

    def heading(self, endpoint: Endpoint | None, parameters: Parameters) -> str:
        return gettext("Delete the route %(cidr)s") % {"cidr": parameters["destination_cidr"]}

    def plan(self, endpoint: Endpoint | None, parameters: Parameters) -> Plan:
        endpoint = require_endpoint(endpoint)
        route = deletable(endpoint).get(route_key(parameters), {})
        consequences = find_consequences(
            endpoint,
            lambda state: without_route(state, parameters["destination_cidr"], parameters["target_subnet"]),
        )
        return Plan(
            changes=(route_change(parameters, exists_before=True),),
            disconnects=consequences.disconnects,
            destructive=True,
            checks=consequences.checks,
            undo=_("Undoing creates the route again."),
            before={"description": route.get("description", "")},
        )

    def steps(
        self, endpoint: Endpoint | None, parameters: Parameters, before: dict[str, Any]
    ) -> Sequence[Step]:
        return [DeleteRoute(parameters["destination_cidr"], parameters["target_subnet"])]

    def form_data(self, operation: Operation) -> dict[str, str]:
        return {"route": route_key(operation.parameters)}

    def undo(self, operation: Operation) -> Undo | None:
        given = operation.parameters
        step = DeleteRoute(given["destination_cidr"], given["target_subnet"])
        before = {**operation.before, **recorded_before(operation, step.key)}
        return Undo("create-route", {**given, "description": before["description"]})
