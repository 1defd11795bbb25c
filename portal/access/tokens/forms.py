"""What a new token is called, may do, and how long."""

from datetime import date, datetime, time, timedelta
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.access.models import User
from portal.access.permissions import Permission
from portal.access.tokens.scopes import grantable
from portal.access.tokens.services import LONGEST_DAYS
from portal.forms import PortalForm

USUAL_DAYS: Final = 90


class TokenForm(PortalForm):
    name = forms.CharField(
        label=_("Name"),
        max_length=100,
        help_text=_("What will use it, such as “nightly report”. It is in the audit record."),
    )
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one.")},
    )
    last_day = forms.DateField(
        label=_("Last day of use"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("At most 365 days from today."),
    )

    def __init__(self, data: Any = None, *, user: User) -> None:
        today = timezone.localdate()
        super().__init__(data, initial={"last_day": today + timedelta(days=USUAL_DAYS)})
        choices = [(scope.value, words) for scope, words in grantable(user.permissions).items()]
        self.fields["scopes"].choices = choices  # type: ignore[attr-defined]
        self.fields["last_day"].widget.attrs |= {
            "min": today.isoformat(),
            "max": (today + timedelta(days=LONGEST_DAYS)).isoformat(),
        }

    def clean_last_day(self) -> date:
        day: date = self.cleaned_data["last_day"]
        today = timezone.localdate()
        if not today <= day <= today + timedelta(days=LONGEST_DAYS):
            raise ValidationError(_("Choose a day from today on, at most 365 days ahead."))
        return day

    @property
    def permissions(self) -> list[Permission]:
        return [Permission(scope) for scope in self.cleaned_data["scopes"]]

    @property
    def expires_at(self) -> datetime:
        """The end of the last day, in the portal's time zone."""
        next_day = self.cleaned_data["last_day"] + timedelta(days=1)
        return timezone.make_aware(datetime.combine(next_day, time.min))
