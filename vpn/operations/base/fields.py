"""Form fields in AWS's terms. Full-width characters, as a Japanese keyboard types them, are the same text."""

import re
import unicodedata
from collections.abc import Callable
from ipaddress import IPv4Network, ip_network
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.addresses import Network
from portal.text import normalize

SUBNET_ID = re.compile(r"subnet-[0-9a-f]{8,17}")
# CreateClientVpnRoute and AuthorizeClientVpnIngress document no length; the console's field takes 255.
DESCRIPTION_LENGTH = 255
REASON_LENGTH = 500


class PlainField(forms.CharField):
    """One line of text without control and format characters, which could hide something on a page or in a log."""

    def clean(self, value: Any) -> str:
        cleaned = normalize(str(super().clean(value) or ""))
        if any(unicodedata.category(character) in {"Cc", "Cf"} for character in cleaned):
            raise ValidationError(_("Remove the control characters."))
        return cleaned


class RecordField(forms.CharField):
    """Words that are kept as they were typed: a reason, a description. Nobody's record is rewritten.

    Full-width signs stay full-width. Only what could hide something on a page or in a log is refused.
    """

    def clean(self, value: Any) -> str:
        text = str(super().clean(value) or "")
        if any(unicodedata.category(character) in {"Cc", "Cf"} for character in text):
            raise ValidationError(_("Remove the control characters."))
        return text


class UnchosenSelect(forms.Select):
    """Without a valid value nothing is chosen, where a browser would choose the first option.

    One more click must not delete what nobody chose: the first option may be the endpoint's last working subnet.
    """

    def optgroups(self, name: str, value: Any, attrs: dict[str, Any] | None = None) -> Any:
        groups = super().optgroups(name, value, attrs)
        if any(option["selected"] for _label, options, _index in groups for option in options):
            return groups
        empty = self.create_option(name, "", gettext("Choose one."), selected=True, index=0)
        return [(None, [empty], 0), *groups]


class TargetField(forms.ChoiceField):
    """What the operation acts on: one of what the endpoint has."""

    widget = UnchosenSelect


class CidrField(PlainField):
    """A network as AWS writes it: 10.0.0.0/16. Its value is text. IPv6 only with ``ipv6``."""

    def __init__(self, *, ipv6: bool = False, **kwargs: Any) -> None:
        self.ipv6 = ipv6
        super().__init__(**kwargs)

    def clean(self, value: Any) -> str:
        cleaned = super().clean(value)
        if not cleaned:
            return ""
        try:
            network = ip_network(cleaned)
        except ValueError as error:
            raise ValidationError(self._explain(cleaned)) from error
        # Python reads an address as a network of one: who forgets the mask of 0.0.0.0 would get a rule for nothing.
        if "/" not in cleaned:
            raise ValidationError(self._explain_missing_size(network))
        if not (self.ipv6 or isinstance(network, IPv4Network)):
            raise ValidationError(_("Only IPv4 networks can be entered here."))
        return str(network)

    def _explain_missing_size(self, network: Network) -> Any:
        if int(network.network_address) == 0:
            text = _("Write the size too: %(address)s/0 for the whole internet.")
        else:
            text = _("Write the size too: %(address)s/%(size)s for this one address.")
        return text % {"address": network.network_address, "size": network.max_prefixlen}

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
    return CidrField(ipv6=True).clean(text)
