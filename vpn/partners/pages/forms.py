"""The forms of administrators. The partner's own page has a button only."""

from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Any, Final

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.addresses import parse_address
from portal.forms import PortalForm
from portal.text import normalize
from vpn.connection_log.search.fields import MomentField
from vpn.endpoints.models import Endpoint
from vpn.operations.base.fields import PlainField, RecordField
from vpn.partners.models import AnnouncedDirection, Partner
from vpn.partners.obstacles import published_addresses
from vpn.partners.services import PartnerFields

FARTHEST: Final = timedelta(days=365)


def _endpoints() -> dict[str, Endpoint]:
    return {endpoint.endpoint_id: endpoint for endpoint in Endpoint.objects.filter(vanished_at=None)}


class PartnerForm(PortalForm):
    name = PlainField(label=_("Name"), max_length=200)
    email = forms.EmailField(
        label=_("E-mail of the contact"),
        max_length=320,
        help_text=_("A mailbox that somebody reads: the answer decides when an address may go."),
    )
    language = forms.ChoiceField(label=_("Language of the messages"), choices=settings.LANGUAGES)
    endpoints = forms.MultipleChoiceField(
        label=_("Permits the addresses of"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one endpoint.")},
    )

    def __init__(self, *args: Any, partner: Partner | None = None, **kwargs: Any) -> None:
        if partner is not None:
            kwargs["initial"] = {
                "name": partner.name,
                "email": partner.email,
                "language": partner.language,
                "endpoints": list(partner.endpoints.values_list("endpoint_id", flat=True)),
            }
        super().__init__(*args, **kwargs)
        self._known = _endpoints()
        field = self.fields["endpoints"]
        assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101 (for the type)
        field.choices = [(endpoint_id, endpoint.label) for endpoint_id, endpoint in self._known.items()]

    def partner_fields(self) -> PartnerFields:
        data = self.cleaned_data
        return PartnerFields(
            name=data["name"],
            email=data["email"],
            language=data["language"],
            endpoints=tuple(self._known[endpoint_id] for endpoint_id in data["endpoints"]),
        )


class AnnouncementForm(PortalForm):
    endpoint = forms.ChoiceField(label=_("Endpoint"))
    direction = forms.ChoiceField(label=_("What changes"), choices=AnnouncedDirection.choices)
    address = PlainField(label=_("Address"), max_length=45)
    effective_at = MomentField(
        label=_("When"),
        help_text=_(
            "An added address is to be permitted from then on. One that goes is kept until then at least: an operation "
            "that takes it away isn't taken before."
        ),
    )
    reason = RecordField(label=_("Reason (partners read it)"), max_length=500)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._known = _endpoints()
        field = self.fields["endpoint"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 (for the type)
        field.choices = [(endpoint_id, endpoint.label) for endpoint_id, endpoint in self._known.items()]

    def clean_address(self) -> str:
        address = parse_address(normalize(self.cleaned_data["address"]))
        if address is None or address.is_loopback or address.is_multicast or address.is_unspecified:
            raise ValidationError(_("Enter a public IP address, like 198.51.100.7."))
        return str(ip_address(str(address)))

    def clean_effective_at(self) -> datetime:
        moment: datetime = self.cleaned_data["effective_at"]
        if not timezone.now() < moment < timezone.now() + FARTHEST:
            raise ValidationError(_("Enter a time ahead, within a year."))
        return moment

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not {"endpoint", "address", "direction"} <= data.keys():
            return data
        is_published = data["address"] in published_addresses(self.chosen_endpoint)
        if data["direction"] == AnnouncedDirection.ADD and is_published:
            self.add_error("address", _("This address is on the endpoint's list already."))
        if data["direction"] == AnnouncedDirection.WITHDRAW and not is_published:
            self.add_error("address", _("This address isn't on the endpoint's list."))
        return data

    @property
    def chosen_endpoint(self) -> Endpoint:
        return self._known[self.cleaned_data["endpoint"]]


class OverrideForm(PortalForm):
    reason = RecordField(label=_("Reason (it is kept in the record)"), max_length=500)
