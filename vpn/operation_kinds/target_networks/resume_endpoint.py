"""Resume a paused endpoint: put back what pausing remembered."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from vpn.endpoints.models import Endpoint
from vpn.endpoints.places import place_name
from vpn.operation_kinds.routes.fields import route_text
from vpn.operation_kinds.routes.steps import CreateRoute
from vpn.operation_kinds.target_networks.pause_endpoint import associated
from vpn.operation_kinds.target_networks.steps import ApplySecurityGroups, AssociateTargetNetwork
from vpn.operation_plans.configuration import LIVE_ROUTES, EndpointConfiguration, with_route, with_subnet
from vpn.operation_plans.consequences import Topic
from vpn.operation_plans.context import connection_hours, plan_context, recent_people
from vpn.operation_plans.plan import Plan, PlanCheck, PlannedChange, Text, find_consequences
from vpn.operation_plans.report import PlanContext
from vpn.operations.base.kind import OperationForm, OperationKind, Parameters, Undo, require_endpoint
from vpn.operations.base.start_together import start_together
from vpn.operations.base.step import Step
from vpn.operations.models import Operation
from vpn.operations.states import TERMINAL, StepStatus

CHOICES = 10


class ResumeEndpointForm(OperationForm):
    paused_by = forms.ChoiceField(
        label=_("As it was before"),
        help_text=_("The pause whose subnets, routes and security groups come back; the last one is chosen."),
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.pauses = {str(pause.pk): pause for pause in past_pauses(require_endpoint(self.endpoint))}
        field = self.fields["paused_by"]
        self.fields["paused_by"] = forms.ChoiceField(
            label=field.label,
            help_text=field.help_text,
            required=False,
            choices=[(key, _label(pause)) for key, pause in self.pauses.items()],
            initial=next(iter(self.pauses), None),
        )

    def parameters(self) -> Parameters:
        """Without a choice, as a schedule asks: the last pause."""
        chosen = self.cleaned_data["paused_by"] or next(iter(self.pauses))
        pause = self.pauses[chosen]
        subnets = [association["subnet_id"] for association in pause.before["associations"]]
        kept = {name: pause.before[name] for name in ("routes", "security_groups", "vpc_id")}
        return {"paused_by": chosen, "subnets": subnets, **kept}


def past_pauses(endpoint: Endpoint) -> list[Operation]:
    """The newest first: those that took at least one subnet away."""
    operations = Operation.objects.filter(
        endpoint=endpoint,
        kind="pause-endpoint",
        status__in=sorted(TERMINAL),
        steps__acted_at__isnull=False,
        steps__status__in=[StepStatus.DONE, StepStatus.RUNNING, StepStatus.FAILED],
    )
    return list(operations.distinct().order_by("-number")[:CHOICES])


def _label(operation: Operation) -> str:
    at = date_format(timezone.localtime(operation.created_at), "SHORT_DATETIME_FORMAT")
    subnets = ", ".join(association["subnet_id"] for association in operation.before["associations"])
    return f"#{operation.number} {at} · {subnets}"


class ResumeEndpointKind(OperationKind):
    slug = "resume-endpoint"
    title = _("Resume the endpoint")
    summary = _("The subnets, routes and security groups that a pause took away come back.")
    form = ResumeEndpointForm
    # AWS takes 5 to 15 minutes for a subnet, and has been seen to take 30.
    time_limit = timedelta(hours=2)

    def why_not(self, endpoint: Endpoint | None) -> Text:
        endpoint = require_endpoint(endpoint)
        pause = next(iter(past_pauses(endpoint)), None)
        if pause is None:
            return _(
                "The portal hasn't paused this endpoint. Use “Associate a subnet” for one that has none."
            )
        there = {place_name(association) for association in associated(endpoint)}
        wanted = {association["subnet_id"] for association in pause.before["associations"]}
        if wanted <= there and not missing_routes(endpoint, pause.before["routes"]):
            return _("This endpoint isn't paused.")
        return ""

    def plan(self, endpoint: Endpoint | None, parameters: Parameters) -> Plan:
        endpoint = require_endpoint(endpoint)
        there = {place_name(association) for association in associated(endpoint)}
        missing = [subnet for subnet in parameters["subnets"] if subnet not in there]
        routes = missing_routes(endpoint, parameters["routes"])
        pause = Operation.objects.get(pk=parameters["paused_by"])
        consequences = find_consequences(
            endpoint,
            lambda state: _after(state, missing, routes, pause),
            known=_known(endpoint, pause),
            ends_pause=True,
        )
        return Plan(
            changes=(
                *(PlannedChange("target network", None, subnet) for subnet in missing),
                *(
                    PlannedChange(
                        "route", None, route_text(route["destination_cidr"], route["target_subnet"])
                    )
                    for route in routes
                ),
            ),
            disconnects=consequences.disconnects,
            checks=(*consequences.checks, *_checks(missing)),
            undo=_("Undoing pauses the endpoint again."),
        )

    def steps(
        self, endpoint: Endpoint | None, parameters: Parameters, before: dict[str, Any]
    ) -> Sequence[Step]:
        networks = [AssociateTargetNetwork(subnet) for subnet in parameters["subnets"]]
        groups = tuple(parameters["security_groups"])
        applied = [ApplySecurityGroups(parameters["vpc_id"], groups)] if groups else []
        routes = [
            CreateRoute(route["destination_cidr"], route["target_subnet"], route["description"])
            for route in parameters["routes"]
        ]
        return [*start_together(*networks), *applied, *start_together(*routes)]

    def undo(self, operation: Operation) -> Undo | None:
        return Undo("pause-endpoint", {"when": "now"})


def _after(
    state: EndpointConfiguration, subnets: list[str], routes: list[dict[str, Any]], pause: Operation
) -> EndpointConfiguration:
    """The subnets lead to the addresses that they had; pauses of older versions haven't kept those."""
    kept = {subnet: tuple(addresses) for subnet, addresses in pause.before.get("egress", {}).items()}
    state = replace(state, egress={**kept, **state.egress})
    for subnet in subnets:
        state = with_subnet(state, subnet, local_cidrs=pause.before.get("local", ()))
    for route in routes:
        state = with_route(
            state, destination_cidr=route["destination_cidr"], target_subnet=route["target_subnet"]
        )
    return state


def _known(endpoint: Endpoint, pause: Operation) -> PlanContext:
    """With connections and people from before the pause: since then there were none."""
    return replace(
        plan_context(endpoint),
        connection_hours=connection_hours(endpoint, pause.created_at),
        recent_people=recent_people(endpoint, pause.created_at),
    )


def missing_routes(endpoint: Endpoint, routes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    there = {
        (route["destination_cidr"], route["target_subnet"])
        for route in endpoint.routes
        if route["status"] in LIVE_ROUTES
    }
    return [route for route in routes if (route["destination_cidr"], route["target_subnet"]) not in there]


def _checks(missing: list[str]) -> tuple[PlanCheck, ...]:
    if not missing:
        return (
            PlanCheck(
                "ok", _("All these subnets are associated already; what is missing of the rest is added.")
            ),
        )
    text = gettext("AWS takes 5 to 15 minutes to associate a subnet, in bad cases 30.")
    if len(missing) > 1:
        text = gettext(
            "AWS takes 5 to 15 minutes to associate a subnet, in bad cases 30; %(count)s at the same time."
        )
    return (
        PlanCheck("info", text % {"count": len(missing)}),
        PlanCheck(
            "ok",
            _("Authorization rules and settings were never taken away. The profiles stay valid."),
            Topic.PROFILES,
        ),
    )
