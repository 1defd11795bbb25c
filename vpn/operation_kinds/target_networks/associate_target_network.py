"""Associate a target network: add a subnet, and so an Availability Zone, with the routes that it needs."""

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from vpn.endpoints.models import Endpoint
from vpn.endpoints.places import has_transit_gateway, place_name
from vpn.known_values.queries import availability_zones, known_endpoints, known_security_groups
from vpn.known_values.widgets import offer
from vpn.operation_kinds.routes.fields import check_ip_version, overlaps_clients
from vpn.operation_kinds.routes.steps import CreateRoute
from vpn.operation_kinds.target_networks.steps import ApplySecurityGroups, AssociateTargetNetwork
from vpn.operation_kinds.target_networks.subnets import (
    SubnetUnavailableReason,
    choices_for,
    subnet_label,
    vpc_subnets,
    why_not,
)
from vpn.operation_plans.configuration import (
    LIVE_ASSOCIATIONS,
    LIVE_ROUTES,
    EndpointConfiguration,
    with_route,
    with_subnet,
)
from vpn.operation_plans.plan import Plan, PlanCheck, PlannedChange, find_consequences
from vpn.operations.base.fields import SUBNET_ID, LinesField, PlainField, clean_cidr
from vpn.operations.base.kind import OperationForm, OperationKind, Parameters, Undo, require_endpoint
from vpn.operations.base.step import Step
from vpn.operations.models import Operation
from vpn.operations.states import StepStatus

SECURITY_GROUP_ID = re.compile(r"sg-[0-9a-f]{8,17}")
SECURITY_GROUPS = 5  # AWS: per endpoint ("Client VPN quotas")
ZONES = 5  # Admin guide, "Transit Gateway integration with Client VPN"
ZONE = re.compile(r"[a-z]{2}(-[a-z]+)+-[0-9][a-z]")


def group_line(text: str) -> str:
    if not SECURITY_GROUP_ID.fullmatch(text):
        raise ValidationError(_("Write each security group as sg- and its digits."))
    return text


def zone_line(text: str) -> str:
    """An Availability Zone's name. Its id (apne1-az4) is another in no account, but the portal compares names."""
    if not ZONE.fullmatch(text.lower()):
        raise ValidationError(_("Write each Availability Zone by its name, like ap-northeast-1a."))
    return text.lower()


class AssociateTargetNetworkForm(OperationForm):
    subnet_id = PlainField(
        label=_("Subnet"),
        help_text=_(
            "Its id, like subnet-0a1b2c3d: in the endpoint's VPC, at least a /27 with 20 free addresses."
        ),
    )
    routes = LinesField(
        label=_("Routes to create on it"),
        clean_line=clean_cidr,
        required=False,
        help_text=_("One destination a line. AWS adds only the VPC's own."),
    )
    security_groups = LinesField(
        label=_("Security groups"),
        clean_line=group_line,
        required=False,
        help_text=_("Leave it empty to keep those of the endpoint. They apply to all its subnets."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if has_transit_gateway(require_endpoint(self.endpoint)):
            self._ask_for_zone()
            return
        choices = choices_for(require_endpoint(self.endpoint))
        if len(choices) > 1:
            self.fields["subnet_id"].widget = forms.Select(choices=choices)
            self.fields["subnet_id"].help_text = _(
                "Of the endpoint's VPC, one for each zone. One that is new is here after “Read from AWS now”."
            )
        offer(
            self,
            "security_groups",
            known_security_groups(require_endpoint(self.endpoint)),
            several=True,
        )
        self.fields["routes"].initial = "\n".join(added_routes(require_endpoint(self.endpoint)))

    def _ask_for_zone(self) -> None:
        """All zones have the routes of the transit gateway, and none has security groups."""
        del self.fields["routes"], self.fields["security_groups"]
        self.fields["subnet_id"].label = _("Availability Zone")
        self.fields["subnet_id"].help_text = _(
            "Its name, like ap-northeast-1a: of the endpoint's Region, and supported by the transit gateway. "
            "At most five."
        )
        # Two accounts of one Region call different zones by one name, so only this account's are known by it.
        offer(self, "subnet_id", availability_zones(known_endpoints(require_endpoint(self.endpoint).account)))

    def parameters(self) -> Parameters:
        return {"routes": [], "security_groups": [], **self.cleaned_data}

    def _clean_zone(self, endpoint: Endpoint) -> str:
        zone = zone_line(str(self.cleaned_data["subnet_id"]))
        if zone.rstrip("abcdefghijklmnopqrstuvwxyz") != endpoint.account.region:
            text = gettext("The endpoint is in the Region %(region)s: its zones begin so.")
            raise ValidationError(text % {"region": endpoint.account.region})
        live = [network for network in endpoint.target_networks if network["status"] in LIVE_ASSOCIATIONS]
        if any(place_name(network) == zone for network in live):
            raise ValidationError(_("This zone is associated already."))
        if len(live) >= ZONES:
            raise ValidationError(_("AWS takes at most five zones."))
        return zone

    def clean_subnet_id(self) -> str:
        if has_transit_gateway(require_endpoint(self.endpoint)):
            return self._clean_zone(require_endpoint(self.endpoint))
        subnet = str(self.cleaned_data["subnet_id"]).lower()
        if not SUBNET_ID.fullmatch(subnet):
            raise ValidationError(_("Write the subnet as subnet- and its digits."))
        endpoint = require_endpoint(self.endpoint)
        live = [network for network in endpoint.target_networks if network["status"] in LIVE_ASSOCIATIONS]
        if any(association["subnet_id"] == subnet for association in live):
            raise ValidationError(SubnetUnavailableReason.ASSOCIATED.label)
        known = {subnet["subnet_id"]: subnet for subnet in vpc_subnets(endpoint)}
        if known and subnet not in known:
            text = gettext(
                "The endpoint's VPC %(vpc)s has no such subnet, and AWS takes none of another VPC. If it is new, "
                "“Read from AWS now” first."
            )
            raise ValidationError(text % {"vpc": endpoint.vpc_id})
        why = why_not(endpoint, known[subnet]) if known else None
        if why is not None:
            raise ValidationError(why.label)
        return subnet

    def clean_routes(self) -> list[str]:
        routes: list[str] = self.cleaned_data["routes"]
        for cidr in routes:
            check_ip_version(require_endpoint(self.endpoint), cidr)
            if overlaps_clients(require_endpoint(self.endpoint), cidr):
                raise ValidationError(
                    gettext("%(cidr)s overlaps with the clients' own network."), params={"cidr": cidr}
                )
        return routes

    def clean_security_groups(self) -> list[str]:
        groups: list[str] = self.cleaned_data["security_groups"]
        if len(groups) > SECURITY_GROUPS:
            raise ValidationError(_("AWS takes at most five security groups."))
        return groups


def groups_by_subnet(endpoint: Endpoint) -> dict[str, list[str]]:
    """The security groups of each subnet that is associated, as ApplySecurityGroups compares them."""
    live = [network for network in endpoint.target_networks if network["status"] in LIVE_ASSOCIATIONS]
    return {network["subnet_id"]: list(network["security_groups"]) for network in live}


def added_routes(endpoint: Endpoint) -> list[str]:
    """Destinations of the routes that people made on the other subnets: the new one usually needs them too."""
    destinations = [
        route["destination_cidr"]
        for route in endpoint.routes
        if route["origin"] == "add-route"
        and route["status"] in LIVE_ROUTES
        and route["target_subnet"] != "local"
    ]
    return list(dict.fromkeys(destinations))


class AssociateTargetNetworkKind(OperationKind):
    slug = "associate-target-network"
    title = _("Associate a subnet")
    summary = _(
        "The endpoint gets another subnet, in another Availability Zone, and the routes that go through it; with a "
        "transit gateway, another zone."
    )
    form = AssociateTargetNetworkForm
    # AWS takes 5 to 15 minutes, and has been seen to take 30.
    time_limit = timedelta(hours=2)

    def heading(self, endpoint: Endpoint | None, parameters: Parameters) -> str:
        return gettext("Associate %(subnet)s") % {"subnet": parameters["subnet_id"]}

    def plan(self, endpoint: Endpoint | None, parameters: Parameters) -> Plan:
        endpoint = require_endpoint(endpoint)
        subnet = parameters["subnet_id"]
        routes = [PlannedChange("route", None, f"{cidr} → {subnet}") for cidr in parameters["routes"]]
        consequences = find_consequences(endpoint, lambda state: _after(state, parameters))
        return Plan(
            changes=(PlannedChange("target network", None, subnet), *routes, *_groups(endpoint, parameters)),
            checks=(*consequences.checks, _seen(endpoint, subnet)),
            undo=_("Undoing disassociates the zone.")
            if has_transit_gateway(endpoint)
            else _("Undoing disassociates the subnet, and its routes go with it."),
            before={"by_subnet": groups_by_subnet(endpoint)},
        )

    def steps(
        self, endpoint: Endpoint | None, parameters: Parameters, before: dict[str, Any]
    ) -> Sequence[Step]:
        subnet, groups = parameters["subnet_id"], tuple(parameters["security_groups"])
        planned = before.get("by_subnet", {})
        applied = [ApplySecurityGroups("", groups, planned)] if groups else []
        routes = [CreateRoute(cidr, subnet, "") for cidr in parameters["routes"]]
        return [AssociateTargetNetwork(subnet), *applied, *routes]

    def undo(self, operation: Operation) -> Undo | None:
        """Of an association that failed, that very one, by its own id: the subnet may have another one that works."""
        subnet = operation.parameters["subnet_id"]
        row = operation.steps.filter(key=AssociateTargetNetwork(subnet).key).first()
        if row is None or row.status == StepStatus.DONE:
            return Undo("disassociate-target-network", {"subnet_id": subnet})
        association_id = row.after.get("association_id")
        return Undo("disassociate-target-network", {"subnet_id": association_id}) if association_id else None


def _seen(endpoint: Endpoint, subnet: str) -> PlanCheck:
    if has_transit_gateway(endpoint):
        return PlanCheck("info", _("Whether the transit gateway supports the zone, AWS says only then."))
    known = next(
        (known_subnet for known_subnet in vpc_subnets(endpoint) if known_subnet["subnet_id"] == subnet), None
    )
    if known is None:
        return PlanCheck(
            "info", _("Whether the subnet is in the right VPC and zone, AWS says only when it is associated.")
        )
    text = gettext("It is in the endpoint's VPC, in a zone of its own: %(subnet)s.")
    return PlanCheck("ok", text % {"subnet": subnet_label(known)})


def _groups(endpoint: Endpoint, parameters: Parameters) -> list[PlannedChange]:
    if not parameters["security_groups"]:
        return []
    now = ", ".join(endpoint.settings.get("SecurityGroupIds", ()))
    return [PlannedChange("SecurityGroupIds", now or None, ", ".join(parameters["security_groups"]))]


def _after(state: EndpointConfiguration, parameters: Parameters) -> EndpointConfiguration:
    state = with_subnet(state, parameters["subnet_id"])
    for cidr in parameters["routes"]:
        state = with_route(state, destination_cidr=cidr, target_subnet=parameters["subnet_id"])
    return state
