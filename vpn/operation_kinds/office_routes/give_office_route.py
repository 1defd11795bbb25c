"""Give the office route: a route through every subnet and the rule that lets people use it, as one operation."""

from collections.abc import Iterator, Mapping, Sequence
from ipaddress import ip_network
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.addresses import contains
from vpn.endpoints.models import Endpoint
from vpn.endpoints.places import has_transit_gateway
from vpn.endpoints.queries import site_to_site_vpns
from vpn.operation_kinds.authorization_rules.fields import (
    EVERYBODY,
    GROUP,
    RuleForm,
    rule_change,
    rules_for_destination,
)
from vpn.operation_kinds.authorization_rules.steps import AuthorizeIngress
from vpn.operation_kinds.routes.fields import (
    THROUGH_GATEWAY,
    overlaps_clients,
    route_change,
    routes_on,
    target_choices,
    why_no_subnet,
)
from vpn.operation_kinds.routes.steps import CreateRoute
from vpn.operation_plans.configuration import EndpointConfiguration, with_route, with_rule
from vpn.operation_plans.consequences import Consequence, ConsequenceId, Tone, Topic
from vpn.operation_plans.plan import Plan, PlanCheck, PlannedChange, Text, find_consequences, make_check
from vpn.operations.base.fields import DESCRIPTION_LENGTH, CidrField, RecordField
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
from vpn.operations.states import StepStatus

# RFC 1918, RFC 6598 (shared address space) and RFC 4193
PRIVATE_NETWORKS: Final = tuple(
    ip_network(cidr)
    for cidr in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")
)


class RestoredField(forms.JSONField):
    """What an operation has taken away: ``routes``, descriptions by subnet, and whether the ``rule``. None: not given.

    A description that is too long or could hide something isn't restored to what it was, but refused.
    """

    widget = forms.HiddenInput

    def clean(self, value: Any) -> dict[str, Any] | None:
        given = super().clean(value)
        if not given:
            return None
        routes = given.get("routes") if isinstance(given, dict) else None
        if not isinstance(routes, dict):
            raise ValidationError(self.error_messages["invalid"], code="invalid", params={"value": value})
        described = RecordField(required=False, max_length=DESCRIPTION_LENGTH)
        return {
            "routes": {subnet: described.clean(text) for subnet, text in routes.items()},
            "rule": bool(given.get("rule")),
        }


class GiveOfficeRouteForm(RuleForm):
    destination_cidr = CidrField(
        ipv6=True,
        label=_("Office network"),
        help_text=_("The office's private network as a CIDR block, like 172.16.0.0/16."),
    )
    description = RecordField(
        label=_("Description"), required=False, max_length=DESCRIPTION_LENGTH, initial="Office"
    )
    # Of an undo: nothing else is made, though other subnets have no such route either.
    restores = RestoredField(label=_("What is put back"), required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("destination_cidr"):
            self._check(require_endpoint(self.endpoint), data)
        return data

    def clean_destination_cidr(self) -> str:
        cidr = super().clean_destination_cidr()
        if ip_network(cidr).prefixlen == 0:
            raise ValidationError(
                _(
                    "This is the whole internet, not an office's network. For that, use “Create a route” and "
                    "“Authorize access to a network”."
                )
            )
        return cidr

    def _check(self, endpoint: Endpoint, data: dict[str, Any]) -> None:
        cidr = data["destination_cidr"]
        subnets, rule = _missing(endpoint, data)
        if overlaps_clients(endpoint, cidr):
            text = gettext("It overlaps with the clients' own network, %(cidr)s.")
            self.add_error("destination_cidr", text % {"cidr": endpoint.client_cidr_block})
        if not subnets and not rule:
            self.add_error("destination_cidr", _("Every subnet has this route, and the rule is there too."))

    def parameters(self) -> Parameters:
        given = self.cleaned_data
        subnets, rule = _missing(require_endpoint(self.endpoint), given)
        restores = given["restores"]
        return {
            **{name: given[name] for name in ("destination_cidr", "group_id", "description")},
            "subnets": subnets,
            "rule": rule,
            **({"restores": restores} if restores else {}),
        }


def _missing(endpoint: Endpoint, given: Mapping[str, Any]) -> tuple[list[str], bool]:
    """Subnets that get the route, and whether the rule is made; of an undo only what had been taken away."""
    cidr, restores = given["destination_cidr"], given.get("restores")
    subnets = missing_subnets(endpoint, cidr)
    rule = rule_is_missing(endpoint, cidr, given.get("group_id", ""))
    if not restores:
        return subnets, rule
    return [subnet for subnet in subnets if subnet in restores["routes"]], rule and restores["rule"]


def missing_subnets(endpoint: Endpoint, cidr: str) -> list[str]:
    """Associated subnets without a route to this destination: whoever is connected through one wouldn't get there.

    An empty text stands for the transit gateway, whose routes all zones have.
    """
    return [
        subnet
        for subnet, _label in target_choices(endpoint)
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
    title = _("Add an office route")
    summary = _(
        "People then reach the office network: a route through every subnet or the transit gateway, and the rule that "
        "allows it."
    )
    group = KindGroup.ACCESS
    form = GiveOfficeRouteForm

    def why_not(self, endpoint: Endpoint | None) -> Text:
        return why_no_subnet(require_endpoint(endpoint))

    def lock_name(self, endpoint: Endpoint | None, parameters: Parameters) -> str:
        return f"office:{parameters['destination_cidr']}"

    def heading(self, endpoint: Endpoint | None, parameters: Parameters) -> str:
        return gettext("Add the office route %(cidr)s") % {"cidr": parameters["destination_cidr"]}

    def plan(self, endpoint: Endpoint | None, parameters: Parameters) -> Plan:
        endpoint = require_endpoint(endpoint)
        consequences = find_consequences(endpoint, lambda state: _after(state, parameters))
        return Plan(
            changes=office_changes(parameters, exists_before=False),
            disconnects=consequences.disconnects,
            destructive=bool(consequences.disconnects),
            checks=(
                *consequences.checks,
                *(
                    make_check(consequence)
                    for consequence in _office_consequences(require_endpoint(endpoint), parameters)
                ),
                *_route_checks(endpoint, parameters),
            ),
            undo=_("Undoing takes away only what this operation adds, and nothing that was there before."),
        )

    def steps(
        self, endpoint: Endpoint | None, parameters: Parameters, before: dict[str, Any]
    ) -> Sequence[Step]:
        cidr, described = parameters["destination_cidr"], parameters["description"]
        had = parameters.get("restores", {}).get("routes", {})
        routes = [CreateRoute(cidr, subnet, had.get(subnet, described)) for subnet in parameters["subnets"]]
        rules = [AuthorizeIngress(cidr, parameters["group_id"], described)] if parameters["rule"] else []
        return start_together(*routes, *rules)

    def form_data(self, operation: Operation) -> dict[str, str]:
        who = GROUP if operation.parameters["group_id"] else EVERYBODY
        return {**super().form_data(operation), "who": who}

    def undo(self, operation: Operation) -> Undo | None:
        """What the steps really made; a route that somebody else had made meanwhile stays."""
        subnets, rule = made_by(operation)
        if not subnets and not rule:
            return None
        given = operation.parameters
        data = {"destination_cidr": given["destination_cidr"], "group_id": given["group_id"]}
        lines = "\n".join(subnet or THROUGH_GATEWAY for subnet in subnets)
        return Undo("take-office-route", {**data, "subnets": lines, "rule": "on" if rule else ""})


def _route_checks(endpoint: Endpoint, parameters: Parameters) -> tuple[PlanCheck, ...]:
    afterwards, beyond = (
        (
            _("All zones have the route afterwards."),
            _("The transit gateway's route tables must lead there too; they are not checked."),
        )
        if has_transit_gateway(endpoint)
        else (
            _("Every associated subnet has the route afterwards."),
            _("The subnets' route tables in the VPC must lead there too; they are not checked."),
        )
    )
    if "restores" in parameters and not has_transit_gateway(endpoint):
        afterwards = _("The subnets that had the route have it again, and no others.")
    return PlanCheck("ok", afterwards, Topic.ROUTES), PlanCheck("info", beyond, Topic.ROUTES)


def _office_consequences(endpoint: Endpoint, parameters: Parameters) -> Iterator[Consequence]:
    cidr = parameters["destination_cidr"]
    network = ip_network(cidr)
    if not any(contains(private, network) for private in PRIVATE_NETWORKS):
        yield Consequence(ConsequenceId.ROUTE_OFFICE_PUBLIC, Tone.OUT, {"network": cidr})
    # A transit gateway's line to the office is often in the network team's account, which isn't seen.
    if not has_transit_gateway(endpoint) and not site_to_site_vpns(endpoint.account):
        yield Consequence(ConsequenceId.ROUTE_OFFICE_WITHOUT_VPN, Tone.OUT)


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
