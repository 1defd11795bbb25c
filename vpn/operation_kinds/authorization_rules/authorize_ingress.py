"""Authorize access: let a group, or everybody, reach a network."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from vpn.endpoints.models import Endpoint
from vpn.operation_kinds.authorization_rules.fields import (
    EVERYBODY,
    GROUP,
    RuleForm,
    lane_of_rule,
    rule_change,
    rules_for_destination,
)
from vpn.operation_kinds.authorization_rules.steps import AuthorizeIngress
from vpn.operation_plans.configuration import with_rule
from vpn.operation_plans.plan import Plan, find_consequences
from vpn.operations.base.kind import (
    KindGroup,
    OperationKind,
    Parameters,
    Undo,
    require_endpoint,
)
from vpn.operations.base.step import Step
from vpn.operations.models import Operation


class AuthorizeIngressForm(RuleForm):
    def clean(self) -> dict[str, Any]:
        data = super().clean()
        existing = rules_for_destination(require_endpoint(self.endpoint), data.get("destination_cidr", ""))
        if any(rule["group_id"] == data.get("group_id", "") for rule in existing):
            self.add_error("destination_cidr", _("There is a rule for this destination and group already."))
        return data

    def parameters(self) -> Parameters:
        return {name: self.cleaned_data[name] for name in ("destination_cidr", "group_id", "description")}


class AuthorizeIngressKind(OperationKind):
    slug = "authorize-ingress"
    title = _("Authorize access to a network")
    summary = _("A group, or everybody, may then reach a destination.")
    group = KindGroup.ACCESS
    form = AuthorizeIngressForm

    def lock_name(self, endpoint: Endpoint | None, parameters: Parameters) -> str:
        return lane_of_rule(parameters)

    def heading(self, endpoint: Endpoint | None, parameters: Parameters) -> str:
        return gettext("Authorize access to %(cidr)s") % {"cidr": parameters["destination_cidr"]}

    def plan(self, endpoint: Endpoint | None, parameters: Parameters) -> Plan:
        destination, group = parameters["destination_cidr"], parameters["group_id"]
        consequences = find_consequences(
            require_endpoint(endpoint),
            lambda state: with_rule(state, destination_cidr=destination, group_id=group),
        )
        return Plan(
            changes=(rule_change(parameters, exists_before=False),),
            disconnects=consequences.disconnects,
            destructive=bool(consequences.disconnects),
            checks=consequences.checks,
            undo=_("Undoing revokes the access."),
        )

    def steps(
        self, endpoint: Endpoint | None, parameters: Parameters, before: dict[str, Any]
    ) -> Sequence[Step]:
        return [
            AuthorizeIngress(
                parameters["destination_cidr"], parameters["group_id"], parameters["description"]
            )
        ]

    def form_data(self, operation: Operation) -> dict[str, str]:
        who = GROUP if operation.parameters["group_id"] else EVERYBODY
        return {**super().form_data(operation), "who": who}

    def undo(self, operation: Operation) -> Undo | None:
        given = operation.parameters
        return Undo("revoke-ingress", {"rule": f"{given['destination_cidr']} {given['group_id']}"})
