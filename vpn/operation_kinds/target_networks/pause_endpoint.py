"""Pause an endpoint: take all its subnets away, so that AWS bills no association, and remember what to put back."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django import forms
from django.db.models import TextChoices
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from vpn.endpoints.models import Endpoint
from vpn.endpoints.places import has_transit_gateway, place_name
from vpn.operation_kinds.routes.fields import route_text
from vpn.operation_kinds.target_networks.steps import ConfirmRemembered, DisassociateTargetNetwork
from vpn.operation_plans.configuration import LIVE_ASSOCIATIONS, LIVE_ROUTES, without_any_subnet
from vpn.operation_plans.consequences import Reconnection, Topic
from vpn.operation_plans.plan import (
    Consequences,
    Plan,
    PlanCheck,
    PlannedChange,
    Text,
    find_consequences,
    people_connected_to,
)
from vpn.operations.base.kind import OperationForm, OperationKind, Parameters, Undo, require_endpoint
from vpn.operations.base.start_together import start_together
from vpn.operations.base.step import Step
from vpn.operations.models import Operation
from vpn.person_operations.steps import WaitUntilEmpty


class PauseMoment(TextChoices):
    NOW = "now", _("Now: whoever is connected is disconnected")
    EMPTY = "empty", _("When nobody is connected; if that doesn't happen, not at all")
    THEN_ANYWAY = "then-anyway", _("When nobody is connected; if that doesn't happen, anyway")


class PauseEndpointForm(OperationForm):
    when = forms.ChoiceField(label=_("When to pause"), choices=PauseMoment.choices, initial=PauseMoment.NOW)
    hours = forms.IntegerField(
        label=_("Wait at most this many hours"),
        min_value=1,
        max_value=24,
        initial=4,
        required=False,
        help_text=_("1 to 24. Only where it waits until nobody is connected."),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if (
            data.get("when") in {PauseMoment.EMPTY, PauseMoment.THEN_ANYWAY}
            and not data.get("hours")
            and not self.errors
        ):
            self.add_error("hours", _("Say how many hours to wait, 1 to 24."))
        return data

    def parameters(self) -> Parameters:
        when = self.cleaned_data["when"]
        return {"when": when, "hours": 0 if when == PauseMoment.NOW else self.cleaned_data["hours"]}


def associated(endpoint: Endpoint) -> list[dict[str, Any]]:
    return [network for network in endpoint.target_networks if network["status"] in LIVE_ASSOCIATIONS]


def added(endpoint: Endpoint) -> list[dict[str, Any]]:
    """Routes that people made: a subnet's go with its association, and AWS makes only its own again.

    Of a transit gateway's routes AWS doesn't say whether they outlive the last zone, so they are remembered too.
    """
    subnets = {place_name(association) for association in associated(endpoint)}
    if has_transit_gateway(endpoint):
        subnets.add("")
    return [
        {name: route[name] for name in ("destination_cidr", "target_subnet", "description")}
        for route in endpoint.routes
        if route["origin"] == "add-route"
        and route["status"] in LIVE_ROUTES
        and route["target_subnet"] in subnets
    ]


def added_route_keys(endpoint: Endpoint) -> list[list[str]]:
    """Destination and subnet of every route that people made, as ConfirmRemembered compares them."""
    return [
        [route["destination_cidr"], route["target_subnet"]]
        for route in endpoint.routes
        if route["origin"] == "add-route"
        and route["status"] in LIVE_ROUTES
        and route["target_subnet"] != "local"
    ]


def local_cidrs(endpoint: Endpoint) -> list[str]:
    """What AWS itself routes to each subnet that is associated: the VPC's own network."""
    return sorted({route["destination_cidr"] for route in endpoint.routes if route["origin"] == "associate"})


def remembered(endpoint: Endpoint) -> dict[str, Any]:
    """What resuming puts back."""
    return {
        "associations": [
            {"subnet_id": place_name(association), "association_id": association["association_id"]}
            for association in associated(endpoint)
        ],
        "routes": added(endpoint),
        "security_groups": list(endpoint.settings.get("SecurityGroupIds", ())),
        "vpc_id": endpoint.vpc_id,
        "local": local_cidrs(endpoint),
        "every_route": added_route_keys(endpoint),
        "egress": {
            association["subnet_id"]: association["addresses"]
            for association in endpoint.egress
            if association["subnet_id"]
        },
    }


def confirm_remembered(before: Mapping[str, Any]) -> list[Step]:
    """``before``: what remembered() gave. None for an operation of a version that didn't compare."""
    if "every_route" not in before:
        return []
    return [
        ConfirmRemembered(
            tuple(association["subnet_id"] for association in before["associations"]),
            tuple((destination, subnet) for destination, subnet in before["every_route"]),
            tuple(before["security_groups"]),
        )
    ]


class PauseEndpointKind(OperationKind):
    slug = "pause-endpoint"
    title = _("Pause the endpoint")
    summary = _(
        "All subnets are taken away, and nobody can connect. Resuming puts them back with their routes."
    )
    form = PauseEndpointForm
    time_limit = timedelta(hours=2)

    def why_not(self, endpoint: Endpoint | None) -> Text:
        endpoint = require_endpoint(endpoint)
        return "" if associated(endpoint) else _("This endpoint has no subnet: it is paused already.")

    def time_limit_for(self, parameters: Parameters) -> timedelta:
        return self.time_limit + timedelta(hours=parameters["hours"])

    def plan(self, endpoint: Endpoint | None, parameters: Parameters) -> Plan:
        endpoint = require_endpoint(endpoint)
        before = remembered(endpoint)
        networks = [
            PlannedChange("target network", association["subnet_id"], None)
            for association in before["associations"]
        ]
        routes = [
            PlannedChange("route", route_text(route["destination_cidr"], route["target_subnet"]), None)
            for route in before["routes"]
            if route["target_subnet"]
        ]
        consequences = find_consequences(endpoint, without_any_subnet)
        return Plan(
            changes=(*networks, *routes),
            disconnects=consequences.disconnects if parameters["when"] == PauseMoment.NOW else (),
            reconnection=Reconnection.WHEN_RESUMED,
            checks=_checks(endpoint, parameters, consequences),
            destructive=True,
            undo=_("Undoing resumes the endpoint: its zones and routes come back as they are now.")
            if has_transit_gateway(endpoint)
            else _(
                "Undoing resumes the endpoint: subnets, routes and security groups come back as they are now."
            ),
            before=before,
        )

    def steps(
        self, endpoint: Endpoint | None, parameters: Parameters, before: dict[str, Any]
    ) -> Sequence[Step]:
        waiting: list[Step] = []
        if parameters["when"] != PauseMoment.NOW:
            anyway = parameters["when"] == PauseMoment.THEN_ANYWAY
            waiting = [WaitUntilEmpty(hours=parameters["hours"], then_anyway=anyway)]
        networks = [
            DisassociateTargetNetwork(association["association_id"], association["subnet_id"])
            for association in before["associations"]
        ]
        # After the waiting, which may take hours.
        return [*waiting, *confirm_remembered(before), *start_together(*networks)]

    def form_data(self, operation: Operation) -> dict[str, str]:
        data = super().form_data(operation)
        # A pause at once waits for nobody, and keeps 0 hours, which the form doesn't take.
        return data if operation.parameters["hours"] else {"when": data["when"]}

    def undo(self, operation: Operation) -> Undo | None:
        return Undo("resume-endpoint", {"paused_by": str(operation.pk)})


def _checks(endpoint: Endpoint, parameters: Parameters, consequences: Consequences) -> tuple[PlanCheck, ...]:
    stays = PlanCheck(
        "info", _("NAT gateway and fixed IP address stay, and go on costing money."), Topic.COST
    )
    takes = PlanCheck(
        "info", _("The profiles stay valid. Resuming takes AWS 5 to 15 minutes, in bad cases 30.")
    )
    after = [stays, takes]
    if has_transit_gateway(endpoint):
        # Neither a NAT gateway nor an address of this account is known to be behind it.
        after = [PlanCheck("info", _("The attachment to the transit gateway stays."), Topic.COST), takes]
        unknown = _(
            "Its routes are of the transit gateway, not of a zone. Whether they stay without a zone, AWS doesn't say; "
            "resuming creates those that are missing."
        )
        after.append(PlanCheck("info", unknown, Topic.ROUTES))
    if parameters["when"] == PauseMoment.NOW:
        return (*consequences.checks, *after)
    others = (check for check in consequences.checks if check.topic != Topic.CONNECTIONS)
    return (*_soft(endpoint, parameters), *others, *after)


def _soft(endpoint: Endpoint, parameters: Parameters) -> list[PlanCheck]:
    """Who is waited for, and what becomes of those who don't leave."""
    names = ", ".join(dict.fromkeys(person.name for person in people_connected_to(endpoint)))
    connected = PlanCheck(
        "info", gettext("Connected at the moment: %(names)s") % {"names": names}, Topic.CONNECTIONS
    )
    anyway = _("Whoever is still connected when the time is over is disconnected.")
    not_at_all = _("If somebody is still connected when the time is over, nothing is changed.")
    late = (
        PlanCheck("warn", anyway, Topic.CONNECTIONS)
        if parameters["when"] == PauseMoment.THEN_ANYWAY
        else PlanCheck("ok", not_at_all, Topic.CONNECTIONS)
    )
    after = PlanCheck(
        "warn", _("Until it is resumed, nobody can connect to this endpoint."), Topic.CONNECTIONS
    )
    return [*([connected] if names else []), late, after]
