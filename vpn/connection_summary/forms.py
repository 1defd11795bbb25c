"""What the summary is about; the URL says it. Both fields may be left out."""

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from portal.forms import PortalForm
from vpn.connection_summary.models import ALL, SummaryDay
from vpn.connection_summary.ranges import RangePreset
from vpn.endpoints.models import Endpoint


class SummaryForm(PortalForm):
    range = forms.ChoiceField(
        label=_("Range"), required=False, choices=RangePreset.choices, widget=forms.HiddenInput
    )
    endpoint = forms.ChoiceField(label=_("Endpoint"), required=False)

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data)
        field = self.fields["endpoint"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [("", _("All")), *sorted(labels().items(), key=lambda pair: pair[1])]

    @property
    def preset(self) -> RangePreset:
        return RangePreset(self.cleaned_data.get("range") or RangePreset.WEEK)

    @property
    def endpoint_id(self) -> str:
        return self.cleaned_data.get("endpoint") or ALL


def labels() -> dict[str, str]:
    """Of the endpoints that AWS lists or listed, and of those that only the log knows."""
    counted = SummaryDay.objects.exclude(endpoint_id=ALL).values_list("endpoint_id", flat=True).distinct()
    known = dict(Endpoint.objects.values_list("endpoint_id", "label"))
    return {endpoint_id: endpoint_id for endpoint_id in counted} | known
