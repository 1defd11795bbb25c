"""The search of the audit page. Every field may be left empty; the URL is the search."""

from datetime import date, datetime, time, timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.audit.queries import AuditSearch
from portal.audit.tags import Tag
from portal.forms import PortalForm
from portal.text import normalize


class AuditSearchForm(PortalForm):
    who = forms.CharField(
        label=_("Person"),
        required=False,
        max_length=255,
        widget=forms.TextInput(attrs={"data-people": reverse_lazy("people"), "autocomplete": "off"}),
    )
    tag = forms.ChoiceField(
        label=pgettext_lazy("audit", "Event"), required=False, choices=[("", _("Everything")), *Tag.choices]
    )
    reference = forms.CharField(label=_("Reference number"), required=False, max_length=16)
    address = forms.CharField(label=_("From address"), required=False, max_length=64)
    since = forms.DateField(
        label=_("First day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    until = forms.DateField(
        label=_("Last day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def clean_who(self) -> str:
        return normalize(self.cleaned_data["who"])

    def clean_reference(self) -> str:
        return normalize(self.cleaned_data["reference"]).upper()

    def clean_address(self) -> IPv4Network | IPv6Network | None:
        text = normalize(self.cleaned_data["address"])
        if not text:
            return None
        try:
            network = ip_network(text, strict=False)
        except ValueError as error:
            raise ValidationError(
                _("Enter an IP address, like 203.0.113.10, or a CIDR block, like 10.0.0.0/16.")
            ) from error
        # The record has addresses without their zone.
        is_v6 = isinstance(network, IPv6Network)
        return IPv6Network((int(network.network_address), network.prefixlen)) if is_v6 else network

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("since") and data.get("until") and data["until"] < data["since"]:
            self.add_error("until", _("The last day must be on or after the first day."))
        return data

    def search(self) -> AuditSearch:
        """What a valid form asks for; days are those of the portal's time zone."""
        data = self.cleaned_data
        since, until = data.get("since"), data.get("until")
        return AuditSearch(
            who=data["who"],
            tag=data["tag"],
            reference=data["reference"],
            address=data["address"],
            since=_midnight(since) if since else None,
            # The form's last day is included; the search's end is not.
            until=_midnight(until + timedelta(days=1)) if until else None,
        )


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
