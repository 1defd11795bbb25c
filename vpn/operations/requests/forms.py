"""The search form of the list, and the form of the confirmation page."""

from datetime import datetime, timedelta
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.forms import PortalForm
from portal.text import normalize
from vpn.connection_log.search.fields import MomentField
from vpn.endpoints import queries as endpoints
from vpn.operation_kinds import KINDS
from vpn.operations.base.fields import PlainField, RecordField
from vpn.operations.queries import OperationSearch
from vpn.operations.requests.drafts import Draft
from vpn.operations.states import SHOWN_STATUSES

LATEST: Final = timedelta(days=30)


class OperationSearchForm(PortalForm):
    """Every field may be empty. It is read from the query string, so a search can be bookmarked."""

    status = forms.ChoiceField(
        label=_("Status"),
        required=False,
        choices=[
            ("", _("Every status")),
            ("open", _("Not ended yet")),
            *((status.value, status.label) for status in SHOWN_STATUSES),
        ],
    )
    kind = forms.ChoiceField(
        label=_("Operation"),
        required=False,
        choices=[("", _("Every operation")), *((kind.slug, kind.title) for kind in KINDS)],
    )
    endpoint = forms.ChoiceField(label=_("Endpoint"), required=False)
    who = forms.CharField(
        label=_("Requested or decided by"),
        required=False,
        max_length=255,
        widget=forms.TextInput(attrs={"data-people": reverse_lazy("people"), "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [
            (known.endpoint.endpoint_id, known.endpoint.label) for known in endpoints.known_endpoints()
        ]
        self.fields["endpoint"] = forms.ChoiceField(
            label=_("Endpoint"), required=False, choices=[("", _("Every endpoint")), *choices]
        )

    def conditions(self) -> dict[str, str]:
        """What a valid form asks for, without empty fields."""
        return {name: self.cleaned_data[name] for name in self.fields if self.cleaned_data[name]}

    def search(self) -> OperationSearch:
        data = self.cleaned_data
        return OperationSearch(data["status"], data["kind"], data["endpoint"], normalize(data["who"]))


class DecisionForm(PortalForm):
    """A second administrator's. Who rejects says why: the requester reads it, and asks for something else."""

    decision = forms.ChoiceField(choices=[("approve", "approve"), ("reject", "reject")])
    reason = RecordField(label=_("Reason for the decision"), required=False, max_length=500)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("decision") == "reject" and not data.get("reason") and "reason" not in self.errors:
            self.add_error("reason", _("Say why you reject it."))
        return data


class ConfirmForm(PortalForm):
    """``digest`` is that of the plan on the page. It has no ``typed_name`` if the draft has no ``name_to_type``."""

    reason = RecordField(label=_("Reason (it is kept in the record)"), max_length=500)
    typed_name = PlainField(label=_("Name of the endpoint"), required=False)
    not_before = MomentField(
        label=_("Begin later, at"),
        required=False,
        help_text=_(
            "Leave empty to start now. If it concerns everybody who uses the endpoint, they are told until then, with"
            " the reason as you write it."
        ),
    )
    digest = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, draft: Draft, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.draft = draft
        if draft.name_to_type:
            label = gettext("Type “%(name)s” to confirm") % {"name": draft.name_to_type}
            self.fields["typed_name"].label = label
            self.fields["typed_name"].widget.attrs["autocomplete"] = "off"
        else:
            del self.fields["typed_name"]

    def clean_not_before(self) -> datetime | None:
        moment: datetime | None = self.cleaned_data["not_before"]
        if moment is not None and moment <= timezone.now():
            raise ValidationError(_("This time is over. Leave empty to start now."))
        if moment is not None and moment > timezone.now() + LATEST:
            raise ValidationError(_("At most 30 days ahead."))
        return moment

    def clean_typed_name(self) -> str:
        typed = str(self.cleaned_data["typed_name"])
        if typed != normalize(self.draft.name_to_type):
            raise ValidationError(
                gettext("Type exactly “%(name)s”."), params={"name": self.draft.name_to_type}
            )
        return self.draft.name_to_type
