"""An endpoint's settings in the words of the form that changes them, and what can never be changed."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.text import with_note
from vpn.aws import deny_list
from vpn.endpoints.attachments import attachment_state
from vpn.endpoints.connect_handler import connect_handler_name
from vpn.endpoints.models import Endpoint
from vpn.endpoints.places import has_transit_gateway, transit_gateway_id
from vpn.endpoints.statuses import AUTHENTICATION
from vpn.operation_kinds.endpoint_settings.fields import ModifyEndpointForm
from vpn.operation_kinds.endpoint_settings.value_texts import value_text
from vpn.operations.endpoint_settings import current_settings

# AuthenticationOptions: where each way of signing in is configured, and what that is called
AUTHENTICATION_MEMBERS = (
    ("FederatedAuthentication", "SamlProviderArn", _("SAML provider")),
    ("FederatedAuthentication", "SelfServiceSamlProviderArn", _("SAML provider of the self-service portal")),
    ("MutualAuthentication", "ClientRootCertificateChain", _("Certificate authority of the clients")),
    ("ActiveDirectory", "DirectoryId", _("Directory")),
)


@dataclass(frozen=True)
class SettingRow:
    """``tone``: of a badge, for a setting that somebody should look at; empty for the others."""

    label: str | Promise
    value: str | Promise
    tone: str = ""


def changeable_rows(endpoint: Endpoint) -> list[SettingRow]:
    """All that ModifyClientVpnEndpoint can change. Empty: AWS hasn't told any of it yet."""
    if not endpoint.settings:
        return []
    now = current_settings(endpoint.settings)
    return [
        _changeable_row(name, field, now[name])
        for name, field in ModifyEndpointForm.base_fields.items()
        if name in now and not (name == "security_groups" and has_transit_gateway(endpoint))
    ]


def _changeable_row(name: str, field: forms.Field, value: Any) -> SettingRow:
    label = field.label or name
    if name == "log_group":
        # Connections that aren't logged are recorded nowhere: neither at AWS nor here.
        return SettingRow(label, value) if value else SettingRow(label, _("Switched off"), "warn")
    return SettingRow(label, value_text(name, value))


def fixed_rows(endpoint: Endpoint) -> list[SettingRow]:
    """What AWS decides when an endpoint is created, and what the portal itself knows of it."""
    ways = [str(AUTHENTICATION.get(kind, kind)) for kind in endpoint.authentication]
    return [
        SettingRow(_("AWS account and Region"), with_note(endpoint.account.name, endpoint.account.region)),
        SettingRow(_("Sign-in"), gettext(", ").join(ways) or "–"),
        *_authentication_rows(endpoint.settings.get("AuthenticationOptions") or ()),
        SettingRow(_("VPN addresses"), endpoint.client_cidr_block or "–"),
        SettingRow(_("Transport protocol"), endpoint.transport_protocol.upper() or "–"),
        SettingRow(
            _("IP addresses that clients connect by"), endpoint.settings.get("EndpointIpAddressType", "–")
        ),
        SettingRow(_("IP addresses inside the tunnel"), endpoint.settings.get("TrafficIpAddressType", "–")),
        SettingRow(_("DNS name"), endpoint.dns_name or "–"),
        *_network_rows(endpoint),
        SettingRow(_("Who is blocked is refused by"), _refused_by(endpoint)),
    ]


def _network_rows(endpoint: Endpoint) -> list[SettingRow]:
    attachment = attachment_state(endpoint)
    if attachment is None:
        return [SettingRow("VPC", endpoint.vpc_id or "–")]
    tone = "" if attachment.tone == "ok" else attachment.tone
    return [
        SettingRow(_("Transit gateway"), transit_gateway_id(endpoint)),
        SettingRow(_("Attachment"), attachment.attachment_id or "–"),
        SettingRow(_("State of the attachment"), attachment.text, tone),
    ]


def _authentication_rows(options: Any) -> list[SettingRow]:
    return [
        SettingRow(label, value)
        for option in options
        for member, name, label in AUTHENTICATION_MEMBERS
        if (value := (option.get(member) or {}).get(name))
    ]


def _refused_by(endpoint: Endpoint) -> str | Promise:
    """The means that blocking a person has on this endpoint; see docs/operations.md."""
    table = deny_list.table_for(settings.VPN_DENY_LIST_TABLE, account=endpoint.account.name)
    if table and connect_handler_name(endpoint):
        return gettext("the deny list %(table)s") % {"table": table}
    if settings.VPN_POLICY_FORBID_WHEN:
        return _("its authorization policy, if it has one")
    return _("nothing here: only the identity provider can")
