"""Create a route: where the endpoint sends a destination."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from vpn.endpoints.models import Endpoint
from vpn.endpoints.places import has_transit_gateway
from vpn.operation_kinds.routes.fields import (
    check_ip_version,
    overlaps_clients,
    route_change,
    route_key,
    routes_on,
    target_choices,
    why_no_subnet,
)
from vpn.operation_kinds.routes.steps import CreateRoute
from vpn.operation_plans.configuration import with_route
from vpn.operation_plans.plan import Plan, Text, find_consequences
from vpn.operations.base.fields import DESCRIPTION_LENGTH, CidrField, RecordField, TargetField
from vpn.operations.base.kind import (
    KindGroup,
    OperationForm,
    OperationKind,
    Parameters,
    Undo,
    require_endpoint,
)
from vpn.operations.base.step import Step
from vpn.operations.models import Operation

LOCAL = "local"


class CreateRouteForm(OperationForm):
    destination_cidr = CidrField(
        ipv6=True,
        label=_("Destination"),
        help_text=_("A CIDR block, like 10.0.0.0/16; 0.0.0.0/0 for the internet."),
    )
    target_subnet = forms.ChoiceField(
        label=_("Subnet"), help_text=_("Only subnets that are associated with the endpoint can be chosen.")
    )
    description = RecordField(label=_("Description"), required=False, max_length=DESCRIPTION_LENGTH)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        endpoint = require_endpoint(self.endpoint)
        choices = target_choices(endpoint)
        # Admin guide, "IPv6 considerations": clients can't reach each other by IPv6.
        if endpoint.client_cidr_block:
            choices.append((LOCAL, _("local (from client to client)")))
        field = self.fields["target_subnet"]
        if has_transit_gateway(endpoint):
            # Its routes are of no subnet: nothing needs to be chosen.
            self.fields["target_subnet"] = forms.ChoiceField(
                label=_("Target"), choices=choices, required=False
            )
        else:
            self.fields["target_subnet"] = TargetField(
                label=field.label, help_text=field.help_text, choices=choices
            )

    def clean_destination_cidr(self) -> str:
        cidr = str(self.cleaned_data["destination_cidr"])
        check_ip_version(require_endpoint(self.endpoint), cidr)
        return cidr

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        cidr, subnet = data.get("destination_cidr"), data.get("target_subnet")
        if cidr and subnet is not None:
            self._check(require_endpoint(self.endpoint), cidr, subnet)
        return data

    def _check(self, endpoint: Endpoint, cidr: str, subnet: str) -> None:
        if subnet == LOCAL and cidr != endpoint.client_cidr_block:
            self.add_error(
                "destination_cidr",
                gettext("A route to local must be to the clients' own network, %(cidr)s.")
                % {"cidr": endpoint.client_cidr_block},
            )
        if subnet != LOCAL and overlaps_clients(endpoint, cidr):
            self.add_error(
                "destination_cidr",
                gettext("It overlaps with the clients' own network, %(cidr)s.")
                % {"cidr": endpoint.client_cidr_block},
            )
        if any(route["destination_cidr"] == cidr for route in routes_on(endpoint, subnet)):
            text = (
                _("This subnet has a route to that destination already.")
                if subnet
                else _("The endpoint has a route to that destination already.")
            )
            self.add_error("destination_cidr", text)


class CreateRouteKind(OperationKind):
    slug = "create-route"
    title = _("Create a route")
    summary = _(
        "The endpoint then sends traffic for a destination through one of its subnets, or its transit gateway."
    )
    group = KindGroup.ACCESS
    form = CreateRouteForm

    def why_not(self, endpoint: Endpoint | None) -> Text:
        return why_no_subnet(require_endpoint(endpoint))

    def lock_name(self, endpoint: Endpoint | None, parameters: Parameters) -> str:
        return f"route:{parameters['destination_cidr']}:{parameters['target_subnet']}"

    def heading(self, endpoint: Endpoint | None, parameters: Parameters) -> str:
        return gettext("Create the route %(cidr)s") % {"cidr": parameters["destination_cidr"]}

    def plan(self, endpoint: Endpoint | None, parameters: Parameters) -> Plan:
        destination, subnet = parameters["destination_cidr"], parameters["target_subnet"]
        consequences = find_consequences(
            require_endpoint(endpoint),
            lambda state: with_route(state, destination_cidr=destination, target_subnet=subnet),
        )
        return Plan(
            changes=(route_change(parameters, exists_before=False),),
            disconnects=consequences.disconnects,
            destructive=bool(consequences.disconnects),
            checks=consequences.checks,
            undo=_("Undoing deletes the route."),
        )

    def steps(
        self, endpoint: Endpoint | None, parameters: Parameters, before: dict[str, Any]
    ) -> Sequence[Step]:
        return [
            CreateRoute(
                parameters["destination_cidr"], parameters["target_subnet"], parameters["description"]
            )
        ]

    def undo(self, operation: Operation) -> Undo | None:
        return Undo("delete-route", {"route": route_key(operation.parameters)})
