"""The form of an expectation."""

from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.access.accounts import accounts_named
from portal.forms import PortalForm
from vpn.endpoints.models import Endpoint
from vpn.endpoints.queries import visible_endpoints
from vpn.expectations.models import NOTE_LENGTH, ReachExpectation
from vpn.known_values.queries import groups, known_endpoints
from vpn.known_values.widgets import offer
from vpn.operations.base.fields import CidrField, PlainField, RecordField

REACHED, NOT_REACHED = "reached", "not-reached"
GROUP_ID_LENGTH: Final = 255


class ExpectationForm(PortalForm):
    endpoint = forms.ChoiceField(label=_("Endpoint"))
    group_id = PlainField(
        label=_("Group id"),
        required=False,
        max_length=GROUP_ID_LENGTH,
        help_text=_("As the identity provider sends it: whoever is in this group alone."),
    )
    username = PlainField(
        label=_("Or a person"),
        required=False,
        max_length=255,
        help_text=_("The user name. What counts are the groups of the person's last sign-in to the portal."),
    )
    destination = CidrField(
        ipv6=True, label=_("Destination"), help_text=_("A CIDR block, like 10.20.0.0/16 or 10.20.3.4/32.")
    )
    expected = forms.ChoiceField(
        label=_("Expected"),
        choices=[(REACHED, _("It is reached")), (NOT_REACHED, _("It isn't reached"))],
    )
    note = RecordField(label=_("Why"), required=False, max_length=NOTE_LENGTH)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.visible = {endpoint.endpoint_id: endpoint for endpoint in visible_endpoints()}
        choices = [(endpoint_id, endpoint.label) for endpoint_id, endpoint in self.visible.items()]
        self.fields["endpoint"].choices = choices  # type: ignore[attr-defined]
        offer(self, "group_id", groups(known_endpoints()))

    def clean_username(self) -> str:
        given = str(self.cleaned_data["username"])
        if not given:
            return ""
        account = accounts_named([given]).get(given)
        if account is None:
            raise forms.ValidationError(
                _("Nobody of that name has signed in to the portal, so their groups aren't known.")
            )
        return account.username

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not self.errors and bool(data["group_id"]) == bool(data["username"]):
            self.add_error("group_id", _("Enter either a group or a person."))
        if not self.errors and ReachExpectation.objects.filter(**self._key()).exists():
            self.add_error("destination", _("There is an expectation for this already. Delete it first."))
        return data

    def _key(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {
            "endpoint": self.chosen_endpoint,
            "group_id": data["group_id"],
            "username": data["username"],
            "destination": str(data["destination"]),
        }

    @property
    def chosen_endpoint(self) -> Endpoint:
        return self.visible[self.cleaned_data["endpoint"]]

    def expectation(self) -> ReachExpectation:
        """Of a valid form, not saved yet."""
        data = self.cleaned_data
        return ReachExpectation(**self._key(), allowed=data["expected"] == REACHED, note=data["note"])
