"""What is typed to plan a drill."""

import re
from datetime import datetime, timedelta
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.access.accounts import accounts_named
from portal.access.models import User
from portal.forms import PortalForm
from portal.text import join_words
from vpn.connection_log.search.fields import MomentField
from vpn.drills.base.models import NOTE_LENGTH
from vpn.endpoints.queries import visible_endpoints

MOST_PEOPLE: Final = 200
# So many names are read at a glance; the rest is counted.
NAMED: Final = 5


class DrillForm(PortalForm):
    endpoint = forms.ChoiceField(
        label=gettext_lazy("Standby endpoint"),
        help_text=gettext_lazy("Resume it first if it is paused: people can only connect to what is up."),
    )
    starts_at = MomentField(label=gettext_lazy("Begins at"))
    minutes = forms.IntegerField(label=gettext_lazy("Minutes"), min_value=10, max_value=24 * 60, initial=60)
    people = forms.CharField(
        label=gettext_lazy("Participants"),
        widget=forms.Textarea(attrs={"rows": 4, "autocapitalize": "off", "spellcheck": "false"}),
        help_text=gettext_lazy(
            "User names, one a line. They are told by e-mail and in the portal when it begins."
        ),
    )
    repeats = forms.BooleanField(
        label=gettext_lazy("Plan the next one twelve weeks later, with the same people"),
        required=False,
        initial=True,
    )
    note = forms.CharField(label=gettext_lazy("Note"), max_length=NOTE_LENGTH, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.endpoints = {endpoint.endpoint_id: endpoint for endpoint in visible_endpoints()}
        field = self.fields["endpoint"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [(key, endpoint.label) for key, endpoint in self.endpoints.items()]

    def clean_starts_at(self) -> datetime:
        moment: datetime = self.cleaned_data["starts_at"]
        if moment < timezone.now() - timedelta(minutes=5):
            raise ValidationError(_("This is over. Choose a time from now on."))
        return moment

    def clean_people(self) -> list[User]:
        names = list(dict.fromkeys(re.findall(r"[^\s,;]+", self.cleaned_data["people"])))
        if len(names) > MOST_PEOPLE:
            raise ValidationError(_("Name %(count)s people at most.") % {"count": MOST_PEOPLE})
        accounts = accounts_named(names)
        unknown = [name for name in names if name not in accounts or not accounts[name].is_active]
        if unknown:
            raise ValidationError(
                _("These have never signed in to the portal, or can't any more: %(names)s.")
                % {"names": join_words(unknown[:NAMED])}
            )
        return list({accounts[name].pk: accounts[name] for name in names}.values())

    @property
    def ends_at(self) -> datetime:
        """Of a valid form."""
        ends_at: datetime = self.cleaned_data["starts_at"] + timedelta(minutes=self.cleaned_data["minutes"])
        return ends_at
