"""Apply security groups to the associations of an endpoint."""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from vpn.endpoints.models import Endpoint
from vpn.endpoints.places import has_transit_gateway
from vpn.known_values.queries import known_security_groups
from vpn.known_values.widgets import offer
from vpn.operation_kinds.routes.fields import why_no_subnet
from vpn.operation_kinds.target_networks.associate_target_network import (
    SECURITY_GROUPS,
    group_line,
    groups_by_subnet,
)
from vpn.operation_kinds.target_networks.steps import ApplySecurityGroups
from vpn.operation_plans.configuration import with_settings
from vpn.operation_plans.consequences import Topic
from vpn.operation_plans.plan import Plan, PlanCheck, PlannedChange, Text, find_consequences
from vpn.operations.base.fields import LinesField
from vpn.operations.base.kind import OperationForm, OperationKind, Parameters, Undo, require_endpoint
from vpn.operations.base.step import Step
from vpn.operations.models import Operation


class ApplySecurityGroupsForm(OperationForm):
    security_groups = LinesField(
        label=_("Security groups"),
        clean_line=group_line,
        help_text=_("At most five, all of the endpoint's VPC. They replace those that it has."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        endpoint = require_endpoint(self.endpoint)
        self.fields["security_groups"].initial = "\n".join(security_groups(endpoint))
        offer(self, "security_groups", known_security_groups(endpoint), several=True)

    def clean_security_groups(self) -> list[str]:
        groups: list[str] = self.cleaned_data["security_groups"]
        if len(groups) > SECURITY_GROUPS:
            raise ValidationError(_("AWS takes at most five security groups."))
        if sorted(groups) == sorted(security_groups(require_endpoint(self.endpoint))):
            raise ValidationError(_("The endpoint has these security groups already."))
        return groups


def security_groups(endpoint: Endpoint) -> list[str]:
    return list(endpoint.settings.get("SecurityGroupIds", ()))


class ApplySecurityGroupsKind(OperationKind):
    slug = "apply-security-groups"
    title = _("Apply security groups")
    summary = _("They decide what people's traffic may reach in the VPC, for all subnets of the endpoint.")
    form = ApplySecurityGroupsForm

    def why_not(self, endpoint: Endpoint | None) -> Text:
        endpoint = require_endpoint(endpoint)
        if has_transit_gateway(endpoint):
            return _(
                "This endpoint is attached to a transit gateway, and has no security groups. Its authorization rules "
                "decide what people reach."
            )
        return why_no_subnet(endpoint)

    def plan(self, endpoint: Endpoint | None, parameters: Parameters) -> Plan:
        endpoint = require_endpoint(endpoint)
        now = security_groups(endpoint)
        consequences = find_consequences(endpoint, lambda state: with_settings(state, parameters))
        return Plan(
            changes=(
                PlannedChange(
                    "SecurityGroupIds", ", ".join(now) or None, ", ".join(parameters["security_groups"])
                ),
            ),
            checks=(
                *consequences.checks,
                PlanCheck(
                    "warn",
                    _(
                        "What the new groups don't let out no longer works at once. The portal doesn't see their rules."
                    ),
                    Topic.ACCESS,
                ),
            ),
            undo=_("Undoing applies the groups that it has now."),
            before={
                "security_groups": now,
                "vpc_id": endpoint.vpc_id,
                "by_subnet": groups_by_subnet(endpoint),
            },
        )

    def steps(
        self, endpoint: Endpoint | None, parameters: Parameters, before: dict[str, Any]
    ) -> Sequence[Step]:
        groups = tuple(parameters["security_groups"])
        return [ApplySecurityGroups(before["vpc_id"], groups, before.get("by_subnet", {}))]

    def undo(self, operation: Operation) -> Undo | None:
        groups = operation.before["security_groups"]
        return Undo(self.slug, {"security_groups": "\n".join(groups)}) if groups else None
