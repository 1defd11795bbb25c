"""Disassociate a target network: take a subnet away, with its routes."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from vpn.endpoints.models import Endpoint
from vpn.endpoints.places import has_transit_gateway, place_name
from vpn.operation_kinds.routes.fields import routes_on, subnet_choices, why_no_subnet
from vpn.operation_kinds.target_networks.pause_endpoint import added_route_keys, confirm_remembered
from vpn.operation_kinds.target_networks.steps import DisassociateTargetNetwork
from vpn.operation_plans.configuration import LIVE_ASSOCIATIONS, without_subnet
from vpn.operation_plans.consequences import Topic
from vpn.operation_plans.plan import Plan, PlanCheck, PlannedChange, Text, find_consequences
from vpn.operations.base.fields import TargetField
from vpn.operations.base.kind import OperationForm, OperationKind, Parameters, Undo, require_endpoint
from vpn.operations.base.step import Step
from vpn.operations.models import Operation

FAILED: Final = "association-failed"


class DisassociateTargetNetworkForm(OperationForm):
    subnet_id = forms.ChoiceField(label=_("Subnet"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        endpoint = require_endpoint(self.endpoint)
        self.removable = removable(endpoint)
        self.fields["subnet_id"] = TargetField(
            label=_("Availability Zone") if has_transit_gateway(endpoint) else self.fields["subnet_id"].label,
            choices=[(key, _label(network)) for key, network in self.removable.items()],
            error_messages={"invalid_choice": _("%(value)s isn't associated with this endpoint.")},
        )

    def parameters(self) -> Parameters:
        chosen = self.removable[self.cleaned_data["subnet_id"]]
        return {
            "subnet_id": place_name(chosen),
            "association_id": chosen["association_id"],
            "failed": chosen["status"] == FAILED,
        }


def removable(endpoint: Endpoint) -> dict[str, dict[str, Any]]:
    """Associations by subnet or zone; those that failed by their own id, because it may have a working one as well."""
    networks = endpoint.target_networks
    live = {place_name(network): network for network in networks if network["status"] in LIVE_ASSOCIATIONS}
    failed = {network["association_id"]: network for network in networks if network["status"] == FAILED}
    return {**live, **failed}


def _label(network: dict[str, Any]) -> str:
    if network["status"] != FAILED:
        return place_name(network)
    return gettext("%(subnet)s (the association failed)") % {"subnet": place_name(network)}


class DisassociateTargetNetworkKind(OperationKind):
    slug = "disassociate-target-network"
    title = _("Disassociate a subnet")
    summary = _("The endpoint loses a subnet and the routes through it. Without any, nobody can connect.")
    form = DisassociateTargetNetworkForm
    time_limit = timedelta(hours=2)

    def why_not(self, endpoint: Endpoint | None) -> Text:
        endpoint = require_endpoint(endpoint)
        if removable(endpoint):
            return ""
        return why_no_subnet(endpoint) or _("This endpoint has no Availability Zone.")

    def heading(self, endpoint: Endpoint | None, parameters: Parameters) -> str:
        if parameters.get("failed"):
            return gettext("Remove the failed association of %(subnet)s") % {
                "subnet": parameters["subnet_id"]
            }
        return gettext("Disassociate %(subnet)s") % {"subnet": parameters["subnet_id"]}

    def plan(self, endpoint: Endpoint | None, parameters: Parameters) -> Plan:
        endpoint = require_endpoint(endpoint)
        subnet = parameters["subnet_id"]
        if parameters["failed"]:
            return _plan_of_failed(subnet)
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
        going = DisassociateTargetNetwork(parameters["association_id"], parameters["subnet_id"])
        return [*confirm_remembered(before), going]

    def form_data(self, operation: Operation) -> dict[str, str]:
        given = operation.parameters
        return {"subnet_id": given["association_id"] if given.get("failed") else given["subnet_id"]}

    def undo(self, operation: Operation) -> Undo | None:
        """None for an association that had failed.

        With the last subnet AWS forgets the security groups; other subnets keep them.
        """
        kept = operation.before
        if not kept:
            return None
        groups = kept["security_groups"] if kept["last"] else []
        data = {"routes": "\n".join(kept["routes"]), "security_groups": "\n".join(groups)}
        return Undo("associate-target-network", {"subnet_id": operation.parameters["subnet_id"], **data})


def _plan_of_failed(subnet: str) -> Plan:
    """Nobody can be connected through an association that never worked."""
    nobody = PlanCheck(
        "ok", _("Nobody is disconnected: this association has never worked."), Topic.CONNECTIONS
    )
    return Plan(
        changes=(PlannedChange("target network", f"{subnet} ({FAILED})", None),),
        checks=(nobody,),
        undo=_("There is nothing to undo: associate the subnet anew."),
    )


def _kept(endpoint: Endpoint, subnet: str, routes: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "routes": [route["destination_cidr"] for route in routes if route["origin"] == "add-route"],
        "security_groups": list(endpoint.settings.get("SecurityGroupIds", ())),
        "last": subnet_choices(endpoint) == [(subnet, subnet)],
        "associations": [{"subnet_id": known} for known, _label in subnet_choices(endpoint)],
        "every_route": added_route_keys(endpoint),
    }
