"""What the kinds that touch authorization rules have in common."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from vpn.directory.queries import group_names
from vpn.endpoints.models import Endpoint
from vpn.known_values.queries import groups, known_endpoints
from vpn.known_values.widgets import offer
from vpn.operation_kinds.routes.fields import check_ip_version
from vpn.operation_plans.configuration import LIVE_RULES
from vpn.operation_plans.plan import PlannedChange
from vpn.operations.base.fields import DESCRIPTION_LENGTH, CidrField, PlainField, RecordField
from vpn.operations.base.kind import OperationForm, require_endpoint

# Client VPN quotas: "Number of characters in a group ID"
GROUP_ID_LENGTH = 255
GROUP, EVERYBODY = "group", "everybody"


class RuleForm(OperationForm):
    """A destination, and who may reach it: a group or everybody."""

    destination_cidr = CidrField(
        ipv6=True,
        label=_("Destination"),
        help_text=_("A CIDR block, like 10.0.0.0/16; 0.0.0.0/0 for the internet."),
    )
    # An empty group id would be enough to say everybody, but it is also what somebody forgets to fill in.
    who = forms.ChoiceField(
        label=_("For whom"), choices=[(GROUP, _("A group")), (EVERYBODY, _("Everybody who can sign in"))]
    )
    group_id = PlainField(
        label=_("Group id"),
        required=False,
        max_length=GROUP_ID_LENGTH,
        help_text=_("As the identity provider sends it. Leave it empty for everybody."),
    )
    description = RecordField(label=_("Description"), required=False, max_length=DESCRIPTION_LENGTH)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "group_id", groups(known_endpoints()))

    def clean_destination_cidr(self) -> str:
        cidr = str(self.cleaned_data["destination_cidr"])
        check_ip_version(require_endpoint(self.endpoint), cidr)
        return cidr

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        group, who = data.get("group_id", ""), data.get("who")
        if who == GROUP and not group and "group_id" not in self.errors:
            self.add_error("group_id", _("Enter the id of the group, or choose everybody."))
        if who == EVERYBODY and group:
            self.add_error("group_id", _("Leave this empty for everybody, or choose a group."))
        return data


def rule_change(rule: Mapping[str, Any], *, exists_before: bool) -> PlannedChange:
    whom = group_names().label(rule["group_id"]) if rule["group_id"] else "*"
    text = f"{rule['destination_cidr']} ← {whom}"
    return PlannedChange(
        "authorization rule", text if exists_before else None, None if exists_before else text
    )


def rules_for_destination(endpoint: Endpoint, destination_cidr: str) -> list[dict[str, Any]]:
    return [
        authorization_rule
        for authorization_rule in endpoint.authorization_rules
        if authorization_rule["destination_cidr"] == destination_cidr
        and authorization_rule["status"] in LIVE_RULES
    ]


def lane_of_rule(parameters: Mapping[str, Any]) -> str:
    return f"rule:{parameters['destination_cidr']}:{parameters['group_id']}"
