"""The search of the history of changes. Every field may be left empty; the URL is the search."""

from datetime import timedelta
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from portal.forms import PortalForm
from vpn.changes.queries import ChangeSearch
from vpn.connection_summary.ranges import midnight
from vpn.endpoints.models import ChangeOrigin
from vpn.endpoints.queries import all_endpoints


def _day(label: Any) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=False, widget=widget)


class ChangeSearchForm(PortalForm):
    endpoint = forms.ChoiceField(label=_("Endpoint"), required=False)
    origin = forms.ChoiceField(
        label=_("Made by"), required=False, choices=[("", _("Everything")), *ChangeOrigin.choices]
    )
    who = forms.CharField(
        label=_("Person, role or event id"),
        required=False,
        max_length=255,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    since = _day(_("First day"))
    until = _day(_("Last day"))

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data)
        endpoints = sorted(all_endpoints(), key=lambda endpoint: endpoint.label)
        choices = [(endpoint.endpoint_id, endpoint.label) for endpoint in endpoints]
        self.fields["endpoint"] = forms.ChoiceField(
            label=self.fields["endpoint"].label, required=False, choices=[("", _("Everything")), *choices]
        )

    @property
    def is_narrowed(self) -> bool:
        return bool(self.conditions())

    def conditions(self) -> dict[str, str]:
        """The parameters of this search's URL."""
        values = {name: self.data.get(name, "").strip() for name in self.fields}
        return {name: value for name, value in values.items() if value}

    def clean_who(self) -> str:
        return str(self.cleaned_data["who"]).strip()

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("since") and data.get("until") and data["until"] < data["since"]:
            self.add_error("until", _("The last day must be on or after the first day."))
        return data

    def search(self) -> ChangeSearch:
        """What a valid form asks for; days are those of the portal's time zone."""
        data = self.cleaned_data
        return ChangeSearch(
            endpoint_id=data["endpoint"],
            origin=data["origin"],
            who=data["who"],
            since=midnight(data["since"]) if data["since"] else None,
            # The form's last day is included; the search's end is not.
            until=midnight(data["until"] + timedelta(days=1)) if data["until"] else None,
        )
