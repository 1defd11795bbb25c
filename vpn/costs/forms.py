"""Which month; the URL says it."""

from datetime import date
from typing import Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.forms import PortalForm
from vpn.costs.report import current_month

FORMAT: Final = "%Y-%m"


class CostMonthForm(PortalForm):
    month = forms.DateField(
        label=gettext_lazy("Month"),
        required=False,
        input_formats=[FORMAT],
        widget=forms.DateInput(format=FORMAT, attrs={"type": "month"}),
        error_messages={"invalid": gettext_lazy("Enter a month like 2026-11.")},
    )

    def clean_month(self) -> date:
        """The month's first day; left out, the current month's."""
        month = self.cleaned_data["month"] or current_month()
        if month > current_month():
            raise forms.ValidationError(_("This month hasn't begun. Choose an earlier one."))
        return date(month.year, month.month, 1)
