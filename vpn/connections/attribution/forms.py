"""Which address, when, and how exactly the moment is known."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from portal.access.addresses import Address, parse_address
from vpn.connections.search.box import normalized
from vpn.connections.search.fields import MomentField

MINUTES = (0, 1, 2, 5, 10, 30, 60)
GIVE_OR_TAKE = 2


class AttributionForm(forms.Form):
    address = forms.CharField(label=_("IP address (fixed IP or VPN address)"), max_length=64)
    at = MomentField(label=_("Time"))
    minutes = forms.TypedChoiceField(
        label=_("Give or take"),
        coerce=int,
        choices=[(minutes, format_lazy(_("± {minutes} min"), minutes=minutes)) for minutes in MINUTES],
        initial=GIVE_OR_TAKE,
        required=False,
    )

    def clean_address(self) -> Address:
        address = parse_address(normalized(self.cleaned_data["address"]))
        if address is None:
            raise ValidationError(_("Enter an IP address, like 203.0.113.10."))
        return address
