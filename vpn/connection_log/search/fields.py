"""Form fields for what connections are searched by; each takes what people type and gives typed values."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any, ClassVar, Final

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from portal.text import normalize
from vpn.connection_log import units
from vpn.connection_log.search.conditions import Network

# Client VPN did not exist before, and nobody has logs of the far future.
EARLIEST: Final = datetime(2018, 1, 1, tzinfo=UTC)
# What a browser's picker sends and takes
PICKED: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?", re.ASCII)
LATEST: Final = datetime(2200, 1, 1, tzinfo=UTC)
# From UTC; PostgreSQL takes no offset of 16 hours, and nobody lives there.
TOO_FAR: Final = timedelta(hours=16)
# RFC 4291: ::ffff:0:0/96
MAPPED: Final = 96
# For portal/people.js: whoever is chosen is asked for exactly, and not whoever's name holds the same words
SUGGEST_PEOPLE: Final = {
    "data-people": reverse_lazy("people"),
    "data-people-as": 'person:"{username}"',
    "autocomplete": "off",
}


class MomentInput(forms.DateTimeInput):
    """A date and time to pick; as text where it was typed in another form, which a picker would throw away."""

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        shown = context["widget"]["value"]
        context["widget"]["type"] = "datetime-local" if not shown or _could_be_picked(shown) else "text"
        return context


def _could_be_picked(text: str) -> bool:
    if not PICKED.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


class MomentField(forms.DateTimeField):
    """A moment in the portal's time zone."""

    widget = MomentInput(format="%Y-%m-%dT%H:%M")
    default_error_messages: ClassVar = {"invalid": _("Enter a date and time, like 2026-11-20 10:00.")}
    openapi_schema: ClassVar = {
        "type": "string",
        "examples": ["2026-11-20T10:00:00+09:00", "2026-11-20T10:00"],
    }

    def to_python(self, value: Any) -> datetime | None:
        moment = super().to_python(normalize(value) if isinstance(value, str) else value)
        if moment is not None and not EARLIEST <= moment < LATEST:
            raise ValidationError(_("Enter a time after 2018."))
        if moment is not None and abs(moment.utcoffset() or timedelta(0)) >= TOO_FAR:
            raise ValidationError(self.error_messages["invalid"])
        return moment


class AddressField(forms.CharField):
    """An address or a CIDR block; whatever a person means by it, the network is meant."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=64, required=False, **kwargs)

    def clean(self, value: Any) -> Network | None:
        text = normalize(super().clean(value))
        return network_from(text) if text else None


class DurationField(forms.CharField):
    """Seconds."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=20, required=False, **kwargs)

    def clean(self, value: Any) -> int | None:
        text = super().clean(value)
        try:
            return units.parse_duration(text) if text else None
        except ValueError as error:
            raise ValidationError(_("Enter a duration, like 90m, 2h or 1h30m.")) from error


class SizeField(forms.CharField):
    """Bytes."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=20, required=False, **kwargs)

    def clean(self, value: Any) -> int | None:
        text = super().clean(value)
        try:
            return units.parse_size(text) if text else None
        except ValueError as error:
            raise ValidationError(_("Enter an amount, like 500 MB or 200 GB.")) from error


class OpenChoiceField(forms.CharField):
    """Offers ``choices``, and takes what a link asks for beside them: the log may hold more than is known here.

    To the letter: nobody types it.
    """

    def __init__(self, *, choices: Iterable[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(required=False, strip=False, widget=forms.Select(), **kwargs)
        self.choices = list(choices)

    @property
    def openapi_schema(self) -> dict[str, Any]:
        """The choices as examples: others are allowed too."""
        examples = [value for value, _label in self.choices]
        return {"type": "string", "maxLength": self.max_length} | ({"examples": examples} if examples else {})

    def offer(self, choices: Iterable[tuple[str, Any]], *, chosen: str) -> None:
        offered = [("", _("All")), *choices]
        if chosen and chosen not in {value for value, _label in offered}:
            offered.append((chosen, chosen))
        self.widget.choices = offered


def network_from(text: str) -> Network:
    """IPv4 that is written as IPv6 is IPv4, and an address has no zone: as in the log."""
    try:
        network = ip_network(text, strict=False)
        if isinstance(network, IPv4Network):
            return network
        mapped = network.network_address.ipv4_mapped
        if mapped and network.prefixlen >= MAPPED:
            return IPv4Network((mapped, network.prefixlen - MAPPED))
        return IPv6Network((int(network.network_address), network.prefixlen))
    except ValueError as error:
        raise ValidationError(
            _("Enter an IP address, like 203.0.113.10, or a CIDR block, like 10.0.0.0/16.")
        ) from error
