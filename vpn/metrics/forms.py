"""Which day's points a script asks for."""

from datetime import UTC, date, datetime

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.forms import PortalForm


class MetricDayForm(PortalForm):
    """``day`` in UTC, as CloudWatch counts; left out: today."""

    day = forms.DateField(label=_("Day"), required=False)

    def chosen(self, now: datetime) -> date:
        """What a valid form asks for."""
        chosen: date | None = self.cleaned_data["day"]
        return chosen or now.astimezone(UTC).date()
