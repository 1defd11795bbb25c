"""Keep a managed prefix list in step with an endpoint's published fixed addresses."""

from collections.abc import Sequence
from ipaddress import ip_network
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from vpn.allowlist.queries import allow_list
from vpn.endpoints.models import Endpoint
from vpn.operation_kinds.prefix_lists.steps import MakePrefixList, SetPrefixListEntries, published_entries
from vpn.operation_plans.consequences import Topic
from vpn.operation_plans.plan import PROFILES_UNAFFECTED, Plan, PlanCheck, PlannedChange
from vpn.operations.base.fields import LinesField, PlainField, clean_cidr
from vpn.operations.base.kind import (
    OperationForm,
    OperationKind,
    Parameters,
    Undo,
    recorded_before,
    require_endpoint,
)
from vpn.operations.base.step import Step
from vpn.operations.models import Operation

# EC2 API reference, CreateManagedPrefixList: at most 255 characters, and AWS's own begin with this.
NAME_LENGTH: Final = 255
AWS_PREFIX: Final = "com.amazonaws"
# VPC user guide, quotas: a list has at most 1,000 entries.
MOST_ENTRIES: Final = 1000


def _ipv4_cidr(text: str) -> str:
    cidr = clean_cidr(text)
    if ":" in cidr:
        raise ValidationError(_("A prefix list is for IPv4 or for IPv6; this one is for IPv4."))
    return cidr


class SyncPrefixListForm(OperationForm):
    name = PlainField(
        label=_("Name of the prefix list"),
        max_length=NAME_LENGTH,
        help_text=_("In the endpoint's account and Region. One that doesn't exist yet is made."),
    )
    max_entries = forms.IntegerField(
        label=_("Largest number of entries, if it is made"),
        min_value=1,
        max_value=MOST_ENTRIES,
        initial=10,
        help_text=_("Each security group that refers to the list counts as many rules, used or not."),
    )
    entries = LinesField(
        label=_("Entries of the prefix list"),
        clean_line=_ipv4_cidr,
        required=False,
        help_text=_("Leave empty for the addresses of this endpoint that are to be permitted when it runs."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].initial = f"genkan-{require_endpoint(self.endpoint).endpoint_id}"

    def clean_name(self) -> str:
        name = str(self.cleaned_data["name"])
        if name.startswith(AWS_PREFIX):
            raise ValidationError(_("Such names are AWS's own."))
        return name

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if self.errors:
            return data
        # Kept as they were typed: who leaves them empty wants the list as it is when the operation runs.
        entries = data["entries"] or published_entries(require_endpoint(self.endpoint).endpoint_id)
        if not entries:
            # An empty list would lock everybody out of what refers to it.
            self.add_error("entries", _("No fixed IPv4 address of this endpoint is known."))
        elif len(entries) > data["max_entries"]:
            self.add_error("max_entries", _("It has more entries than that."))
        return data


def _compared_with_list(endpoint: Endpoint, entries: Sequence[str]) -> tuple[PlanCheck, ...]:
    """What is to be permitted now and the entries leave out, and what they have beside it."""
    networks = [ip_network(entry) for entry in entries]
    published = allow_list(endpoint.endpoint_id).valid
    left_out = [line.cidr for line in published if not any(line.address in network for network in networks)]
    listed = {line.cidr for line in published}
    others = [entry for entry in entries if entry not in listed]
    texts = (
        (_("On the endpoint's list, but not among the entries: %(addresses)s."), left_out),
        (_("Among the entries, but not on the endpoint's list: %(addresses)s."), others),
    )
    return tuple(
        PlanCheck("warn", text % {"addresses": ", ".join(cidrs)}, Topic.INTERNET)
        for text, cidrs in texts
        if cidrs
    )


class SyncPrefixListKind(OperationKind):
    slug = "sync-prefix-list"
    title = _("Keep a prefix list in step")
    summary = _(
        "A managed prefix list, which security groups refer to, gets the endpoint's fixed IP addresses."
    )
    form = SyncPrefixListForm
    # It touches nothing of the endpoint itself.
    ignores_endpoint_lock = True

    def lock_name(self, endpoint: Endpoint | None, parameters: Parameters) -> str:
        return f"prefix-list:{parameters['name']}"

    def heading(self, endpoint: Endpoint | None, parameters: Parameters) -> str:
        return gettext("Keep the prefix list %(name)s in step") % {"name": parameters["name"]}

    def plan(self, endpoint: Endpoint | None, parameters: Parameters) -> Plan:
        endpoint = require_endpoint(endpoint)
        name, typed = parameters["name"], parameters["entries"]
        entries = typed or published_entries(endpoint.endpoint_id)
        text = _(
            "It sets the addresses that are on the endpoint's list when it runs. Those above are today's."
        )
        return Plan(
            changes=(PlannedChange(f"prefix list {name}", None, ", ".join(entries)),),
            checks=(
                PROFILES_UNAFFECTED,
                *_compared_with_list(endpoint, entries),
                *(() if typed else (PlanCheck("info", text, Topic.INTERNET),)),
                PlanCheck(
                    "unknown",
                    _(
                        "What the list has now isn't in any snapshot. The operation looks first; other entries than "
                        "these are removed, and are kept with the operation."
                    ),
                    Topic.INTERNET,
                ),
            ),
            undo=_("Undoing gives the list the entries that it had. A list that was made stays."),
        )

    def steps(
        self, endpoint: Endpoint | None, parameters: Parameters, before: dict[str, Any]
    ) -> Sequence[Step]:
        endpoint_id = require_endpoint(endpoint).endpoint_id
        name, typed = parameters["name"], tuple(parameters["entries"])
        return [
            MakePrefixList(name, endpoint_id, typed, parameters["max_entries"]),
            SetPrefixListEntries(name, endpoint_id, typed),
        ]

    def undo(self, operation: Operation) -> Undo | None:
        parameters = operation.parameters
        before = recorded_before(operation, f"prefix-list-entries:{parameters['name']}").get("entries")
        if not before:
            return None
        return Undo(
            self.slug,
            {
                "name": parameters["name"],
                "max_entries": str(max(len(before), parameters["max_entries"])),
                "entries": "\n".join(before),
            },
        )
