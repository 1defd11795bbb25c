"""Give the office route: a route through every subnet and the rule that lets people use it, as one operation."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from vpn.endpoints.models import Endpoint
from vpn.operation_kinds.authorization_rules.fields import (
    RuleForm,
    rule_change,
    rules_for_destination,
)
from vpn.operation_kinds.authorization_rules.steps import AuthorizeIngress
from vpn.operation_kinds.routes.fields import overlaps_clients, route_change, routes_on, subnet_choices
from vpn.operation_kinds.routes.steps import CreateRoute
from vpn.operations.base.fields import DESCRIPTION_LENGTH, CidrField, PlainField
from vpn.operations.base.kind import (
    KindGroup,
    OperationKind,
    Parameters,
    Undo,
    require_endpoint,
)
from vpn.operations.base.start_together import StartOnly, start_together
from vpn.operations.base.step import Step
from vpn.operations.models import Operation
from vpn.operations.plan.configuration import EndpointConfiguration, with_route, with_rule
from vpn.operations.plan.consequences import Topic
from vpn.operations.plan.plan import Plan, PlanCheck, PlannedChange, find_consequences
from vpn.operations.states import StepStatus


class GiveOfficeRouteForm(RuleForm):
    destination_cidr = CidrField(
        label=_("Office network"),
        help_text=_("The office's private network as a CIDR block, like 172.16.0.0/16."),
    )
    description = PlainField(
        label=_("Description"), required=False, max_length=DESCRIPTION_LENGTH, initial="Office"
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("destination_cidr"):
            self._check(require_endpoint(self.endpoint), data["destination_cidr"], data.get("group_id", ""))
        return data

    def _check(self, endpoint: Endpoint, cidr: str, group: str) -> None:
        if overlaps_clients(endpoint, cidr):
            text = gettext("It overlaps with the clients' own network, %(cidr)s.")
            self.add_error("destination_cidr", text % {"cidr": endpoint.client_cidr_block})
        if not subnet_choices(endpoint):
            self.add_error(None, _("This endpoint has no subnet. Associate one, or resume it, first."))
        elif not missing_subnets(endpoint, cidr) and not rule_is_missing(endpoint, cidr, group):
            self.add_error("destination_cidr", _("Every subnet has this route, and the rule is there too."))

    def parameters(self) -> Parameters:
        cidr, group = self.cleaned_data["destination_cidr"], self.cleaned_data["group_id"]
        endpoint = require_endpoint(self.endpoint)
        return {
            "destination_cidr": cidr,
            "group_id": group,
            "description": self.cleaned_data["description"],
            "subnets": missing_subnets(endpoint, cidr),
            "rule": rule_is_missing(endpoint, cidr, group),
        }


def missing_subnets(endpoint: Endpoint, cidr: str) -> list[str]:
    """Associated subnets without a route to this destination: whoever is connected through one wouldn't get there."""
    return [
        subnet
        for subnet, _label in subnet_choices(endpoint)
        if not any(route["destination_cidr"] == cidr for route in routes_on(endpoint, subnet))
    ]


def rule_is_missing(endpoint: Endpoint, cidr: str, group: str) -> bool:
    return not any(rule["group_id"] == group for rule in rules_for_destination(endpoint, cidr))


def office_changes(parameters: Parameters, *, exists_before: bool) -> tuple[PlannedChange, ...]:
    routes = [{**parameters, "target_subnet": subnet} for subnet in parameters["subnets"]]
    rules = [parameters] if parameters["rule"] else []
    return (
        *(route_change(route, exists_before=exists_before) for route in routes),
        *(rule_change(rule, exists_before=exists_before) for rule in rules),
    )


class GiveOfficeRouteKind(OperationKind):
    slug = "give-office-route"
    title = _("Give the office route")
    summary = _(
        "People then reach the office network: a route through every subnet, and the rule that allows it."
    )
    group = KindGroup.ACCESS
    form = GiveOfficeRouteForm

    def lock_name(self, endpoint: Endpoint | None, parameters: Parameters) -> str:
        return f"office:{parameters['destination_cidr']}"

    def heading(self, endpoint: Endpoint | None, parameters: Parameters) -> str:
        return gettext("Give the office route %(cidr)s") % {"cidr": parameters["destination_cidr"]}

    def plan(self, endpoint: Endpoint | None, parameters: Parameters) -> Plan:
        consequences = find_consequences(require_endpoint(endpoint), lambda state: _after(state, parameters))
        return Plan(
            changes=office_changes(parameters, exists_before=False),
            disconnects=consequences.disconnects,
            destructive=bool(consequences.disconnects),
            checks=(
                *consequences.checks,
                PlanCheck("ok", _("Every associated subnet has the route afterwards."), Topic.ROUTES),
                PlanCheck(
                    "info",
                    _("The subnets' route tables in the VPC must lead there too; they are not checked."),
                    Topic.ROUTES,
                ),
            ),
            undo=_("Undoing takes away only what this operation adds, and nothing that was there before."),
        )

    def steps(
        self, endpoint: Endpoint | None, parameters: Parameters, before: dict[str, Any]
    ) -> Sequence[Step]:
        cidr, described = parameters["destination_cidr"], parameters["description"]
        routes = [CreateRoute(cidr, subnet, described) for subnet in parameters["subnets"]]
        rules = [AuthorizeIngress(cidr, parameters["group_id"], described)] if parameters["rule"] else []
        return start_together(*routes, *rules)

    def undo(self, operation: Operation) -> Undo | None:
        """What the steps really made; a route that somebody else had made meanwhile stays."""
        subnets, rule = made_by(operation)
        if not subnets and not rule:
            return None
        given = operation.parameters
        data = {"destination_cidr": given["destination_cidr"], "group_id": given["group_id"]}
        return Undo(
            "take-office-route", {**data, "subnets": "\n".join(subnets), "rule": "on" if rule else ""}
        )


def _after(state: EndpointConfiguration, parameters: Parameters) -> EndpointConfiguration:
    cidr = parameters["destination_cidr"]
    for subnet in parameters["subnets"]:
        state = with_route(state, destination_cidr=cidr, target_subnet=subnet)
    if not parameters["rule"]:
        return state
    return with_rule(state, destination_cidr=cidr, group_id=parameters["group_id"])


def made_by(operation: Operation) -> tuple[list[str], bool]:
    """The subnets whose routes, and whether the rule, this operation asked AWS for."""
    rows = operation.steps.filter(acted_at__isnull=False).exclude(status=StepStatus.FAILED)
    acted = set(rows.values_list("key", flat=True))
    given = operation.parameters

    def asked(step: Step) -> bool:
        return step.key in acted or StartOnly(step).key in acted

    subnets = [
        subnet for subnet in given["subnets"] if asked(CreateRoute(given["destination_cidr"], subnet, ""))
    ]
    rule = AuthorizeIngress(given["destination_cidr"], given["group_id"], "")
    return subnets, bool(given["rule"]) and asked(rule)
