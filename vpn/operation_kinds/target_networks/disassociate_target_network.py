"""Disassociate a target network: take a subnet away, with its routes."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from vpn.endpoints.models import Endpoint
from vpn.operation_kinds.routes.fields import routes_on, subnet_choices, why_no_subnet
from vpn.operation_kinds.target_networks.steps import DisassociateTargetNetwork
from vpn.operation_kinds.target_networks.transit_gateways import why_transit_gateway
from vpn.operations.base.kind import OperationForm, OperationKind, Parameters, Undo, require_endpoint
from vpn.operations.base.step import Step
from vpn.operations.models import Operation
from vpn.operations.plan.configuration import LIVE_ASSOCIATIONS, without_subnet
from vpn.operations.plan.plan import Plan, PlannedChange, Text, find_consequences


class DisassociateTargetNetworkForm(OperationForm):
    subnet_id = forms.ChoiceField(label=_("Subnet"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = subnet_choices(require_endpoint(self.endpoint))
        self.fields["subnet_id"] = forms.ChoiceField(label=self.fields["subnet_id"].label, choices=choices)

    def parameters(self) -> Parameters:
        subnet = self.cleaned_data["subnet_id"]
        association = next(
            network
            for network in require_endpoint(self.endpoint).target_networks
            if network["subnet_id"] == subnet and network["status"] in LIVE_ASSOCIATIONS
        )
        return {"subnet_id": subnet, "association_id": association["association_id"]}


class DisassociateTargetNetworkKind(OperationKind):
    slug = "disassociate-target-network"
    title = _("Disassociate a subnet")
    summary = _("The endpoint loses a subnet and the routes through it. Without any, nobody can connect.")
    form = DisassociateTargetNetworkForm
    time_limit = timedelta(hours=2)

    def why_not(self, endpoint: Endpoint | None) -> Text:
        endpoint = require_endpoint(endpoint)
        return why_transit_gateway(endpoint) or why_no_subnet(endpoint)

    def heading(self, endpoint: Endpoint | None, parameters: Parameters) -> str:
        return gettext("Disassociate %(subnet)s") % {"subnet": parameters["subnet_id"]}

    def plan(self, endpoint: Endpoint | None, parameters: Parameters) -> Plan:
        endpoint = require_endpoint(endpoint)
        subnet = parameters["subnet_id"]
        routes = routes_on(endpoint, subnet)
        gone = [PlannedChange("route", f"{route['destination_cidr']} → {subnet}", None) for route in routes]
        consequences = find_consequences(endpoint, lambda state: without_subnet(state, subnet))
        return Plan(
            changes=(PlannedChange("target network", subnet, None), *gone),
            disconnects=consequences.disconnects,
            reconnection=consequences.reconnection,
            checks=consequences.checks,
            destructive=True,
            undo=_("Undoing associates the subnet again, with these routes and security groups."),
            before=_kept(endpoint, subnet, routes),
        )

    def steps(
        self, endpoint: Endpoint | None, parameters: Parameters, before: dict[str, Any]
    ) -> Sequence[Step]:
        return [DisassociateTargetNetwork(parameters["association_id"], parameters["subnet_id"])]

    def undo(self, operation: Operation) -> Undo | None:
        """With the last subnet AWS forgets the security groups; other subnets keep them."""
        kept = operation.before
        groups = kept["security_groups"] if kept["last"] else []
        data = {"routes": "\n".join(kept["routes"]), "security_groups": "\n".join(groups)}
        return Undo("associate-target-network", {"subnet_id": operation.parameters["subnet_id"], **data})


def _kept(endpoint: Endpoint, subnet: str, routes: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "routes": [route["destination_cidr"] for route in routes if route["origin"] == "add-route"],
        "security_groups": list(endpoint.settings.get("SecurityGroupIds", ())),
        "last": subnet_choices(endpoint) == [(subnet, subnet)],
    }
