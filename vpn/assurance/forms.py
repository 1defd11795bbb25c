"""Accepting a part for a while, and answering what no source tells."""

from datetime import date, timedelta
from typing import Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.forms import PortalForm

# What nobody looks at again for a year isn't known any more.
LONGEST: Final = timedelta(days=366)


class _UntilForm(PortalForm):
    until = forms.DateField(
        label=_("Until the end of"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Then it is asked again. A year at most."),
    )

    def clean_until(self) -> date:
        until: date = self.cleaned_data["until"]
        today = timezone.localdate()
        if until < today:
            raise ValidationError(_("Choose a day that isn't over."), code="past")
        if until > today + LONGEST:
            raise ValidationError(_("Choose a day within a year."), code="far")
        return until


class AcceptPartForm(_UntilForm):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=1000,
        strip=True,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("For those who ask later; it is kept in the audit record."),
    )


class AnswerForm(_UntilForm):
    field_order: tuple[str, ...] = ("holds", "until", "note")

    holds = forms.TypedChoiceField(
        label=_("Answer"),
        choices=[("yes", _("Yes")), ("no", _("No"))],
        coerce=lambda answer: answer == "yes",
    )
    note = forms.CharField(
        label=_("How you know"),
        max_length=1000,
        required=False,
        strip=True,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
