"""Whom or which address, when, and how exactly the moment is known."""

import re
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from portal.addresses import parse_address
from portal.forms import PortalForm
from portal.text import normalize
from vpn.attribution.queries import AttributionQuestion
from vpn.connection_log.search import search_box
from vpn.connection_log.search.fields import SUGGEST_PEOPLE, MomentField, MomentInput

MINUTES = (0, 1, 2, 5, 10, 30, 60)
DEFAULT_MINUTES = 2
ACCEPTED_FIELDS = frozenset({"words", "person", "address"})
# A picker leaves seconds out where they are 0: then the whole minute is meant.
WITH_SECONDS: Final = re.compile(r"\d:\d\d:\d\d")


class AttributionForm(PortalForm):
    address = forms.CharField(
        label=_("IP address or person (empty: everybody)"),
        max_length=300,
        required=False,
        widget=forms.TextInput(attrs=SUGGEST_PEOPLE),
    )
    at = MomentField(label=_("Time"), widget=MomentInput(format="%Y-%m-%dT%H:%M", attrs={"step": 1}))
    minutes = forms.TypedChoiceField(
        label=_("Window"),
        coerce=int,
        choices=[(minutes, format_lazy(_("± {minutes} min"), minutes=minutes)) for minutes in MINUTES],
        initial=DEFAULT_MINUTES,
        required=False,
    )

    def clean_address(self) -> dict[str, Any]:
        """The fields of a Question that say whom or what it is about."""
        text = self.cleaned_data["address"]
        terms = [term for term in search_box.parse_terms(text) if term.text]
        has_address_field = any(term.field == "address" for term in terms)
        address = parse_address(terms[0].text if has_address_field else normalize(text))
        if (has_address_field and len(terms) > 1) or {term.field for term in terms} - ACCEPTED_FIELDS:
            raise ValidationError(_("Enter one IP address, or a name; nothing else."))
        if has_address_field and address is None:
            raise ValidationError(_("Enter an IP address, like 203.0.113.10."))
        if address:
            return {"address": address}
        people = {term.text for term in terms if term.field == "person"}
        if len(people) > 1:
            raise ValidationError(_("Enter one IP address, or a name; nothing else."))
        return {
            "words": tuple(term.text for term in terms if term.field == "words"),
            "person": "".join(people),
        }

    def question(self) -> AttributionQuestion:
        """What a valid form asks."""
        data = self.cleaned_data
        minutes = DEFAULT_MINUTES if data["minutes"] == "" else data["minutes"]
        typed = normalize(str(self["at"].value() or ""))
        return AttributionQuestion(
            at=data["at"],
            minutes=minutes,
            whole_minute=not WITH_SECONDS.search(typed),
            **data["address"],
        )
