"""Authorize access: let a group, or everybody, reach a network."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from vpn.endpoints.models import Endpoint
from vpn.operation_kinds.authorization_rules.fields import lane_of_rule, rule_change, rules_for_destination
from vpn.operation_kinds.authorization_rules.steps import AuthorizeIngress
from vpn.operations.base.fields import DESCRIPTION_LENGTH, CidrField, PlainField
from vpn.operations.base.kind import (
    KindGroup,
    OperationForm,
    OperationKind,
    Parameters,
    Undo,
    require_endpoint,
)
from vpn.operations.base.step import Step
from vpn.operations.models import Operation
from vpn.operations.plan.configuration import with_rule
from vpn.operations.plan.plan import Plan, find_consequences

# AWS: characters of a group's id ("Client VPN quotas")
GROUP_ID_LENGTH = 255
GROUP, EVERYBODY = "group", "everybody"


class AuthorizeIngressForm(OperationForm):
    destination_cidr = CidrField(
        label=_("Destination"), help_text=_("A CIDR block, like 10.0.0.0/16; 0.0.0.0/0 for the internet.")
    )
    who = forms.ChoiceField(
        label=_("For whom"), choices=[(GROUP, _("A group")), (EVERYBODY, _("Everybody who can sign in"))]
    )
    group_id = PlainField(
        label=_("Group id"),
        required=False,
        max_length=GROUP_ID_LENGTH,
        help_text=_("As the identity provider sends it. Leave it empty for everybody."),
    )
    description = PlainField(label=_("Description"), required=False, max_length=DESCRIPTION_LENGTH)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        group, who = data.get("group_id", ""), data.get("who")
        if who == GROUP and not group and "group_id" not in self.errors:
            self.add_error("group_id", _("Enter the id of the group, or choose everybody."))
        if who == EVERYBODY and group:
            self.add_error("group_id", _("Leave this empty for everybody, or choose a group."))
        existing = rules_for_destination(require_endpoint(self.endpoint), data.get("destination_cidr", ""))
        if any(rule["group_id"] == group for rule in existing):
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
            destructive=bool(consequences.disconnects) or consequences.harmful,
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

    def undo(self, operation: Operation) -> Undo | None:
        given = operation.parameters
        return Undo("revoke-ingress", {"rule": f"{given['destination_cidr']} {given['group_id']}"})
