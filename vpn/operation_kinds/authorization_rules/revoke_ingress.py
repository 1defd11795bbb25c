"""Revoke access: take an authorization rule away."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.text import with_note
from vpn.directory.queries import group_names
from vpn.endpoints.models import Endpoint
from vpn.operation_kinds.authorization_rules.fields import (
    EVERYBODY,
    GROUP,
    lane_of_rule,
    rule_change,
)
from vpn.operation_kinds.authorization_rules.steps import RevokeIngress
from vpn.operation_plans.configuration import LIVE_RULES, without_rule
from vpn.operation_plans.plan import Plan, Text, find_consequences
from vpn.operations.base.fields import TargetField
from vpn.operations.base.kind import (
    KindGroup,
    OperationForm,
    OperationKind,
    Parameters,
    Undo,
    recorded_before,
    require_endpoint,
)
from vpn.operations.base.step import Step
from vpn.operations.models import Operation


class RevokeIngressForm(OperationForm):
    rule = forms.ChoiceField(label=_("Rule"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rules = revocable(require_endpoint(self.endpoint))
        choices = [(key, _label(rule)) for key, rule in rules.items()]
        self.fields["rule"] = TargetField(label=self.fields["rule"].label, choices=choices)

    def parameters(self) -> Parameters:
        rule = revocable(require_endpoint(self.endpoint))[self.cleaned_data["rule"]]
        return {name: rule[name] for name in ("destination_cidr", "group_id")}


def revocable(endpoint: Endpoint) -> dict[str, dict[str, Any]]:
    """By destination and group; the group of a rule for everybody is empty."""
    return {
        f"{authorization_rule['destination_cidr']} {authorization_rule['group_id']}": authorization_rule
        for authorization_rule in endpoint.authorization_rules
        if authorization_rule["status"] in {*LIVE_RULES, "failed"}
    }


def _label(rule: dict[str, Any]) -> str:
    whom = group_names().label(rule["group_id"]) if rule["group_id"] else gettext("Everyone")
    return with_note(f"{rule['destination_cidr']} ← {whom}", rule["description"])


class RevokeIngressKind(OperationKind):
    slug = "revoke-ingress"
    title = _("Revoke access to a network")
    summary = _("An authorization rule is taken away.")
    group = KindGroup.ACCESS
    form = RevokeIngressForm

    def why_not(self, endpoint: Endpoint | None) -> Text:
        return "" if revocable(require_endpoint(endpoint)) else _("This endpoint has no authorization rule.")

    def lock_name(self, endpoint: Endpoint | None, parameters: Parameters) -> str:
        return lane_of_rule(parameters)

    def heading(self, endpoint: Endpoint | None, parameters: Parameters) -> str:
        return gettext("Revoke access to %(cidr)s") % {"cidr": parameters["destination_cidr"]}

    def plan(self, endpoint: Endpoint | None, parameters: Parameters) -> Plan:
        endpoint = require_endpoint(endpoint)
        key = f"{parameters['destination_cidr']} {parameters['group_id']}"
        rule = revocable(endpoint).get(key, {})
        consequences = find_consequences(
            endpoint,
            lambda state: without_rule(state, parameters["destination_cidr"], parameters["group_id"]),
        )
        return Plan(
            changes=(rule_change(parameters, exists_before=True),),
            disconnects=consequences.disconnects,
            destructive=True,
            checks=consequences.checks,
            undo=_("Undoing authorizes it again."),
            before={"description": rule.get("description", "")},
        )

    def steps(
        self, endpoint: Endpoint | None, parameters: Parameters, before: dict[str, Any]
    ) -> Sequence[Step]:
        return [RevokeIngress(parameters["destination_cidr"], parameters["group_id"])]

    def form_data(self, operation: Operation) -> dict[str, str]:
        given = operation.parameters
        return {"rule": f"{given['destination_cidr']} {given['group_id']}"}

    def undo(self, operation: Operation) -> Undo | None:
        who = GROUP if operation.parameters["group_id"] else EVERYBODY
        step = RevokeIngress(operation.parameters["destination_cidr"], operation.parameters["group_id"])
        before = {**operation.before, **recorded_before(operation, step.key)}
        described = {"description": before["description"]}
        return Undo("authorize-ingress", {**operation.parameters, "who": who, **described})
