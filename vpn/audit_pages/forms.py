"""The search of the audit page. Every field may be left empty; the URL is the search."""

from datetime import date, timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.audit.queries import AuditSearch
from portal.audit.tags import Tag
from portal.forms import PortalForm
from portal.text import normalize
from vpn.audit_pages.ranges import DEFAULT, AuditRange, range_days
from vpn.audit_pages.subjects import find_subject, is_identifier
from vpn.connection_summary.ranges import midnight

# For portal/people.js; whoever is chosen stands there by their username.
SUGGEST_PEOPLE: Final = {"data-people": reverse_lazy("people"), "autocomplete": "off"}
# Names of parameters that links made by an older version have
OLDER_NAMES: Final = ("who", "reference")


def _day(label: Any) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=False, widget=widget)


def _subject(label: Any, **attributes: Any) -> forms.CharField:
    widget = forms.TextInput(attrs=attributes)
    return forms.CharField(label=label, required=False, max_length=255, widget=widget)


class AuditSearchForm(PortalForm):
    q = _subject(
        _("Name, e-mail address, endpoint, operation (#44) or reference number"),
        type="search",
        **SUGGEST_PEOPLE,
    )
    actor = _subject(pgettext_lazy("audit record", "Done by"), **SUGGEST_PEOPLE)
    target = _subject(pgettext_lazy("audit record", "About"), **SUGGEST_PEOPLE)
    tag = forms.ChoiceField(
        label=pgettext_lazy("audit", "Event"), required=False, choices=[("", _("Everything")), *Tag.choices]
    )
    address = forms.CharField(label=_("From address"), required=False, max_length=64)
    since = _day(_("First day"))
    until = _day(_("Last day"))
    range = forms.ChoiceField(required=False, choices=AuditRange.choices, widget=forms.HiddenInput)

    def __init__(self, data: QueryDict) -> None:
        given = data.copy()
        given["q"] = next((text for name in ("q", *OLDER_NAMES) if (text := data.get(name, "").strip())), "")
        self.chosen_range = _chosen_range(given)
        if self.chosen_range:
            days = range_days(self.chosen_range, today=timezone.localdate())
            given["since"], given["until"] = (f"{day:%Y-%m-%d}" if day else "" for day in days)
            # Days that are typed later must count, so only the range without days stays in the form.
            given["range"] = AuditRange.ALL if self.chosen_range == AuditRange.ALL else ""
        super().__init__(given)

    @property
    def is_narrowed(self) -> bool:
        """Something but the range is asked for."""
        return any(self.data.get(name) for name in ("q", "actor", "target", "tag", "address"))

    @property
    def is_ranged(self) -> bool:
        return bool(self.cleaned_data.get("since") or self.cleaned_data.get("until"))

    def conditions(self, **changed: str) -> dict[str, str]:
        """The parameters of this search's URL."""
        values = {name: self.data.get(name, "") for name in self.fields} | changed
        return {name: value for name, value in values.items() if value}

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
        return AuditSearch(
            anything=find_subject(data["q"]),
            actor=find_subject(data["actor"]),
            target=find_subject(data["target"]),
            tag=data["tag"],
            address=data["address"],
            since=_moment(data["since"]),
            # The form's last day is included; the search's end is not.
            until=_moment(data["until"], days_later=1),
        )


def _chosen_range(given: QueryDict) -> AuditRange | None:
    """None: the days are typed."""
    texts = {name: str(given.get(name, "")).strip() for name in ("q", "since", "until", "range")}
    if texts["since"] or texts["until"]:
        return None
    if texts["range"] in AuditRange.values:
        return AuditRange(texts["range"])
    # A number names one thing: a week without it would be taken for "there is no such thing".
    return AuditRange.ALL if is_identifier(texts["q"]) else DEFAULT


def _moment(day: date | None, *, days_later: int = 0) -> Any:
    return midnight(day + timedelta(days=days_later)) if day else None
