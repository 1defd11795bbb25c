"""Which days."""

from datetime import timedelta
from typing import Any, Final

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.forms import PortalForm

LONGEST: Final = timedelta(days=400)


def _day() -> forms.DateInput:
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


class EvidenceForm(PortalForm):
    first = forms.DateField(label=gettext_lazy("First day"), widget=_day())
    last = forms.DateField(label=gettext_lazy("Last day"), widget=_day())

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        first, last = data.get("first"), data.get("last")
        if last and last > timezone.localdate():
            self.add_error("last", _("This day hasn't begun. Choose today or an earlier one."))
        elif first and last and last < first:
            self.add_error("last", _("The last day must not be before the first."))
        elif first and last and last - first >= LONGEST:
            self.add_error("last", _("Ask for 400 days at most."))
        return data
