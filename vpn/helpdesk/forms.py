"""What the agent chooses on the page of one person."""

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.forms import PortalForm
from vpn.diagnosis.base.symptoms import Symptom


class SymptomForm(PortalForm):
    """What the person sees: the diagnosis takes it for what AWS can't tell."""

    sees = forms.ChoiceField(
        label=_("What the person sees"),
        choices=[("", _("Nothing of these")), *Symptom.choices],
        required=False,
    )
