"""Form fields in AWS's terms. Full-width characters, as a Japanese keyboard types them, are the same text."""

import re
import unicodedata
from collections.abc import Callable
from ipaddress import IPv4Network, ip_network
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from portal.text import normalize

SUBNET_ID = re.compile(r"subnet-[0-9a-f]{8,17}")
# CreateClientVpnRoute and AuthorizeClientVpnIngress document no length; the console's field takes 255.
DESCRIPTION_LENGTH = 255


class PlainField(forms.CharField):
    """One line of text without control and format characters, which could hide something on a page or in a log."""

    def clean(self, value: Any) -> str:
        cleaned = normalize(str(super().clean(value) or ""))
        if any(unicodedata.category(character) in {"Cc", "Cf"} for character in cleaned):
            raise ValidationError(_("Remove the control characters."))
        return cleaned


class CidrField(PlainField):
    """An IPv4 network as AWS writes it: 10.0.0.0/16. Its value is text."""

    def clean(self, value: Any) -> str:
        cleaned = super().clean(value)
        if not cleaned:
            return ""
        try:
            network = ip_network(cleaned)
        except ValueError as error:
            raise ValidationError(self._explain(cleaned)) from error
        if not isinstance(network, IPv4Network):
            raise ValidationError(_("Only IPv4 networks can be entered here."))
        return str(network)

    def _explain(self, text: str) -> Any:
        """What to write instead: of 10.0.0.1/16, the network that it is in."""
        try:
            network = ip_network(text, strict=False)
        except ValueError:
            return _("Enter a CIDR block, like 10.0.0.0/16.")
        return _("The network of this address is written %(network)s.") % {"network": network}


class LinesField(forms.CharField):
    """One value a line, or separated by commas. Its value is a list without duplicates.

    ``clean_line`` cleans each value, and raises ValidationError.
    """

    widget = forms.Textarea(attrs={"rows": 3})

    def __init__(self, *, clean_line: Callable[[str], str], **kwargs: Any) -> None:
        self.clean_line = clean_line
        super().__init__(**kwargs)

    def clean(self, value: Any) -> Any:
        text = super().clean(value) or ""
        lines = [line for line in re.split(r"[\s,、]+", normalize(text)) if line]
        return list(dict.fromkeys(self.clean_line(line) for line in lines))


def clean_cidr(text: str) -> str:
    return CidrField().clean(text)
