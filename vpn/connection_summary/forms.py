"""What the summary is about; the URL says it. All fields may be left out."""

from datetime import date, timedelta
from typing import Any, Final

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from portal.forms import PortalForm
from vpn.connection_summary.models import ALL, SummaryDay
from vpn.connection_summary.ranges import DateRange, RangePreset, preset_range
from vpn.endpoints.models import Endpoint

LONGEST: Final = timedelta(days=400)


def _day_input() -> forms.DateInput:
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


class SummaryForm(PortalForm):
    """``since`` and ``until``: first and last day, which win over ``range``."""

    range = forms.ChoiceField(
        label=_("Range"), required=False, choices=RangePreset.choices, widget=forms.HiddenInput
    )
    since = forms.DateField(label=_("First day"), required=False, widget=_day_input())
    until = forms.DateField(label=_("Last day"), required=False, widget=_day_input())
    endpoint = forms.ChoiceField(label=_("Endpoint"), required=False)

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data)
        field = self.fields["endpoint"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [("", _("All")), *sorted(labels().items(), key=lambda pair: pair[1])]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        since, until = data.get("since"), data.get("until")
        if since and not until and "until" not in self.errors:
            self.add_error("until", _("Enter the last day as well."))
        elif until and not since and "since" not in self.errors:
            self.add_error("since", _("Enter the first day as well."))
        elif since and until and until < since:
            self.add_error("until", _("The last day must not be before the first."))
        elif since and until and until - since >= LONGEST:
            self.add_error("until", _("Ask for 400 days at most."))
        return data

    @property
    def preset(self) -> RangePreset | None:
        """None: the days are chosen one by one."""
        if self.cleaned_data.get("since"):
            return None
        return RangePreset(self.cleaned_data.get("range") or RangePreset.WEEK)

    def span(self, *, today: date) -> DateRange:
        """What a valid form asks for."""
        if self.preset is None:
            return DateRange(self.cleaned_data["since"], self.cleaned_data["until"])
        return preset_range(self.preset, today=today)

    def with_days(self, span: DateRange) -> "SummaryForm":
        """The same choice, day by day."""
        data = QueryDict(mutable=True)
        data.update(
            {
                "since": span.first.isoformat(),
                "until": span.last.isoformat(),
                "endpoint": self.endpoint_id,
            }
        )
        return SummaryForm(data)

    @property
    def conditions(self) -> dict[str, str]:
        """For the audit record."""
        days = (
            {name: self.cleaned_data[name].isoformat() for name in ("since", "until")}
            if not self.preset
            else {}
        )
        chosen = {"range": self.preset.value} if self.preset else {}
        return chosen | days | {"endpoint": self.endpoint_id}

    @property
    def endpoint_id(self) -> str:
        return self.cleaned_data.get("endpoint") or ALL

    @property
    def endpoint_ids(self) -> list[str] | None:
        """None: of all endpoints."""
        return [self.endpoint_id] if self.endpoint_id else None


def labels() -> dict[str, str]:
    """Of the endpoints that AWS lists or listed, and of those that only the log knows."""
    counted = SummaryDay.objects.exclude(endpoint_id=ALL).values_list("endpoint_id", flat=True).distinct()
    known = dict(Endpoint.objects.values_list("endpoint_id", "label"))
    return {endpoint_id: endpoint_id for endpoint_id in counted} | known
