"""Take the office route away: the routes through the subnets that are named, and the rule."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from vpn.endpoints.models import Endpoint
from vpn.known_values.queries import groups
from vpn.known_values.widgets import KnownValue, KnownValues, offer
from vpn.operation_kinds.authorization_rules.fields import EVERYBODY, GROUP, GROUP_ID_LENGTH
from vpn.operation_kinds.authorization_rules.revoke_ingress import revocable
from vpn.operation_kinds.authorization_rules.steps import RevokeIngress
from vpn.operation_kinds.office_routes.give_office_route import office_changes
from vpn.operation_kinds.routes.delete_route import deletable
from vpn.operation_kinds.routes.fields import THROUGH_GATEWAY, route_key
from vpn.operation_kinds.routes.steps import DeleteRoute
from vpn.operation_plans.configuration import EndpointConfiguration, without_route, without_rule
from vpn.operation_plans.consequences import Topic
from vpn.operation_plans.plan import Plan, PlanCheck, Text, find_consequences
from vpn.operations.base.fields import SUBNET_ID, CidrField, LinesField, PlainField
from vpn.operations.base.kind import (
    KindGroup,
    OperationForm,
    OperationKind,
    Parameters,
    Undo,
    as_form_data,
    recorded_before,
    require_endpoint,
)
from vpn.operations.base.start_together import StartOnly, start_together
from vpn.operations.base.step import Step
from vpn.operations.models import Operation


def subnet_line(text: str) -> str:
    if not SUBNET_ID.fullmatch(text.lower()):
        raise ValidationError(_("Write the subnet as subnet- and its digits."))
    return text.lower()


def target_line(text: str) -> str:
    """A subnet, or the transit gateway, whose routes have no target."""
    return "" if text.lower() == THROUGH_GATEWAY else subnet_line(text)


class TakeOfficeRouteForm(OperationForm):
    destination_cidr = CidrField(
        ipv6=True,
        label=_("Office network"),
        help_text=_("The office's private network as a CIDR block, like 172.16.0.0/16."),
    )
    subnets = LinesField(
        label=_("Subnets whose route goes"),
        clean_line=target_line,
        required=False,
        help_text=_("One subnet a line; transit-gateway for an endpoint that has one."),
    )
    rule = forms.BooleanField(label=_("Revoke the access too"), required=False)
    group_id = PlainField(
        label=_("Group id"),
        required=False,
        max_length=GROUP_ID_LENGTH,
        help_text=_("Whose access goes. Leave it empty for everybody."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        endpoint = require_endpoint(self.endpoint)
        offer(self, "destination_cidr", _known_destinations(endpoint))
        offer(self, "subnets", _known_subnets(endpoint), several=True)
        offer(self, "group_id", groups([endpoint]))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        cidr = data.get("destination_cidr")
        if not cidr or self.errors:
            return data
        endpoint = require_endpoint(self.endpoint)
        for subnet in data["subnets"]:
            if route_key({"destination_cidr": cidr, "target_subnet": subnet}) not in deletable(endpoint):
                text = gettext("%(subnet)s has no route to %(cidr)s that could be deleted.")
                self.add_error("subnets", text % {"subnet": subnet or THROUGH_GATEWAY, "cidr": cidr})
        if data["rule"] and f"{cidr} {data['group_id']}" not in revocable(endpoint):
            self.add_error("group_id", _("There is no such rule."))
        if not data.get("subnets") and not data["rule"]:
            self.add_error(None, _("Name at least one subnet, or revoke the access."))
        return data

    def parameters(self) -> Parameters:
        names = ("destination_cidr", "group_id", "subnets", "rule")
        return {name: self.cleaned_data[name] for name in names}


def _known_destinations(endpoint: Endpoint) -> KnownValues:
    """Of routes that can be deleted: a rule alone is revoked by an operation of its own."""
    subnets: dict[str, list[str]] = {}
    for route in deletable(endpoint).values():
        subnets.setdefault(route["destination_cidr"], []).append(route["description"])
    values = [
        KnownValue(destination, gettext(", ").join(dict.fromkeys(filter(None, descriptions))))
        for destination, descriptions in subnets.items()
    ]
    return KnownValues(tuple(values), endpoint.seen_at)


def _known_subnets(endpoint: Endpoint) -> KnownValues:
    """With the destinations of each: only a subnet that has the route can lose it."""
    destinations: dict[str, list[str]] = {}
    for route in deletable(endpoint).values():
        target = route["target_subnet"] or THROUGH_GATEWAY
        destinations.setdefault(target, []).append(route["destination_cidr"])
    values = [KnownValue(subnet, gettext(", ").join(cidrs)) for subnet, cidrs in sorted(destinations.items())]
    return KnownValues(tuple(values), endpoint.seen_at)


class TakeOfficeRouteKind(OperationKind):
    slug = "take-office-route"
    title = _("Remove an office route")
    summary = _("People no longer reach the office network through this endpoint.")
    group = KindGroup.ACCESS
    form = TakeOfficeRouteForm

    def why_not(self, endpoint: Endpoint | None) -> Text:
        endpoint = require_endpoint(endpoint)
        if deletable(endpoint) or revocable(endpoint):
            return ""
        return _("This endpoint has neither routes nor authorization rules to take away.")

    def lock_name(self, endpoint: Endpoint | None, parameters: Parameters) -> str:
        return f"office:{parameters['destination_cidr']}"

    def heading(self, endpoint: Endpoint | None, parameters: Parameters) -> str:
        return gettext("Remove the office route %(cidr)s") % {"cidr": parameters["destination_cidr"]}

    def plan(self, endpoint: Endpoint | None, parameters: Parameters) -> Plan:
        endpoint = require_endpoint(endpoint)
        consequences = find_consequences(endpoint, lambda state: _after(state, parameters))
        rule = revocable(endpoint).get(f"{parameters['destination_cidr']} {parameters['group_id']}", {})
        return Plan(
            changes=office_changes(parameters, exists_before=True),
            disconnects=consequences.disconnects,
            destructive=True,
            checks=(
                *consequences.checks,
                PlanCheck(
                    "warn", _("Who is connected now no longer reaches the office network."), Topic.ACCESS
                ),
            ),
            undo=_("Undoing gives the office route again."),
            before={"description": rule.get("description", "")},
        )

    def steps(
        self, endpoint: Endpoint | None, parameters: Parameters, before: dict[str, Any]
    ) -> Sequence[Step]:
        cidr = parameters["destination_cidr"]
        routes = [DeleteRoute(cidr, subnet) for subnet in parameters["subnets"]]
        rules = [RevokeIngress(cidr, parameters["group_id"])] if parameters["rule"] else []
        # The rule first: nobody is let in to where no route leads.
        return start_together(*rules, *routes)

    def form_data(self, operation: Operation) -> dict[str, str]:
        lines = "\n".join(subnet or THROUGH_GATEWAY for subnet in operation.parameters["subnets"])
        return {**super().form_data(operation), "subnets": lines}

    # By what the steps saw, and not by the plan: a subnet without the route before must not get one.
    def undo(self, operation: Operation) -> Undo | None:
        """What the steps really took away, each with its own description."""
        given = operation.parameters
        cidr, group = given["destination_cidr"], given["group_id"]
        routes = {subnet: _taken(operation, DeleteRoute(cidr, subnet)) for subnet in given["subnets"]}
        taken = {subnet: route.get("description", "") for subnet, route in routes.items() if route}
        rule = _taken(operation, RevokeIngress(cidr, group)) if given["rule"] else {}
        if not taken and not rule:
            return None
        return Undo(
            "give-office-route",
            {
                "destination_cidr": cidr,
                "who": GROUP if group else EVERYBODY,
                "group_id": group,
                "description": str(rule.get("description", operation.before["description"])),
                "restores": as_form_data({"routes": taken, "rule": bool(rule)}),
            },
        )


def _taken(operation: Operation, step: Step) -> dict[str, Any]:
    """What AWS had when the step acted: itself, or with several at once the one that began it."""
    return recorded_before(operation, StartOnly(step).key) or recorded_before(operation, step.key)


def _after(state: EndpointConfiguration, parameters: Parameters) -> EndpointConfiguration:
    cidr = parameters["destination_cidr"]
    for subnet in parameters["subnets"]:
        state = without_route(state, cidr, subnet)
    return without_rule(state, cidr, parameters["group_id"]) if parameters["rule"] else state
