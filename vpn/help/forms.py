"""What may be pasted: the client's log, and the doctor script's line."""

from typing import Final

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.forms import PortalForm

# In characters. AWS VPN Client begins a new file before that; the end of a log is enough.
MAX_LOG: Final = 1_000_000


class LogForm(PortalForm):
    log = forms.CharField(
        label=_("The log of AWS VPN Client"),
        max_length=MAX_LOG,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false", "autocomplete": "off"}),
        help_text=_("It is read now and kept nowhere."),
    )


class ShareForm(PortalForm):
    doctor = forms.CharField(
        label=_("The last line of the check script"),
        max_length=1500,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    note = forms.CharField(
        label=_("What happens, in your words"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
