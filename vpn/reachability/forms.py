"""What somebody can't reach, as it is told on the telephone."""

import re
from ipaddress import ip_network
from typing import Final

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.addresses import Network, parse_address, parse_network
from portal.forms import PortalForm
from portal.text import normalize

LONGEST: Final = 200
# A letter that no IPv6 address has, or a host name of such letters alone ("cafe.example" has a dot, an address a colon)
NAME: Final = re.compile(r"[^\W\d_a-f]|^[^:]*[^\W\d_]", re.IGNORECASE)


class DestinationForm(PortalForm):
    to = forms.CharField(
        label=_("What can't the person reach?"),
        max_length=LONGEST,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "text"}),
        help_text=_("An IP address or a network, like 10.20.3.4 or 10.20.0.0/16."),
    )

    def clean_to(self) -> Network:
        text = normalize(self.cleaned_data["to"])
        address = parse_address(text)
        network = ip_network(address) if address is not None else parse_network(text)
        if network is not None:
            return network
        # A name means different addresses on different networks, and inside the VPN: what this server resolves isn't
        # what the person's computer connects to.
        if NAME.search(text):
            raise forms.ValidationError(
                _(
                    "Enter an address instead of a name: the one that the person's own computer shows when "
                    "“nslookup” and the name are entered there."
                )
            )
        raise forms.ValidationError(
            _("Enter an IP address, like 203.0.113.10, or a CIDR block, like 10.0.0.0/16.")
        )
