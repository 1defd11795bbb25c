from django import forms
from django.utils.translation import gettext_lazy as _

from portal.forms import PortalForm


class AcknowledgeForm(PortalForm):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=1000,
        strip=True,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("For those who ask later; it is kept in the audit record."),
    )


class AcknowledgeAllForm(AcknowledgeForm):
    """``up_to``: the key of the newest finding on the page."""

    up_to = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
