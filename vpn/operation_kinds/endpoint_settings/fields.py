"""The form of all that ModifyClientVpnEndpoint can change, and what each setting means.

Values and limits: EC2 API reference, ModifyClientVpnEndpoint; admin guide, "Client VPN quotas".
"""

from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from vpn.certificates.models import CertificateKind
from vpn.endpoints.places import has_transit_gateway
from vpn.known_values.queries import (
    certificates,
    connect_handlers,
    known_endpoints,
    known_security_groups,
    log_groups,
    log_streams,
)
from vpn.known_values.widgets import copied_data, offer
from vpn.operation_kinds.endpoint_settings.trust_providers import TrustProvidersField, trust_provider_line
from vpn.operation_kinds.target_networks.associate_target_network import SECURITY_GROUPS, group_line
from vpn.operation_plans.plan import PlanCheck
from vpn.operations.base.arns import check_certificate_arn
from vpn.operations.base.fields import DESCRIPTION_LENGTH, LinesField, PlainField, RecordField
from vpn.operations.base.kind import OperationForm, Parameters, require_endpoint
from vpn.operations.endpoint_settings import LOG_SETTINGS, current_settings

# EC2 API reference: "maximum of 1400 UTF-8 encoded characters", which are not bytes.
BANNER_CHARACTERS = 1400
DNS_SERVERS = 2
HANDLER_PREFIX = "AWSClientVPN-"
ON, OFF = "true", "false"
SWITCHES = (
    "split_tunnel",
    "disconnect_on_session_timeout",
    "self_service_portal",
    "client_route_enforcement",
    "log_policy_context",
)
NUMBERS = ("vpn_port", "session_timeout_hours")

IMMUTABLE = (
    PlanCheck(
        "info",
        _(
            "AWS can never change the authentication, the clients' addresses (client CIDR) and the transport protocol "
            "of an endpoint. For those, create a new endpoint beside this one, have people import its profile, and "
            "delete this one when nobody uses it any more."
        ),
    ),
)


def dns_line(text: str) -> str:
    """IPv6 too: an endpoint that carries nothing else needs one that is reached by it."""
    try:
        return str(ip_address(text))
    except ValueError as error:
        raise ValidationError(_("Enter an IP address, like 203.0.113.10.")) from error


def _switch(label: Any, on: Any, off: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=[(ON, on), (OFF, off)])


class ModifyEndpointForm(OperationForm):
    """What isn't given at all stays as it is: a script, or an undo, names only what it wants to change."""

    split_tunnel = _switch(
        _("Tunnel"), _("Split tunnel: some destinations only"), _("Full tunnel: everything")
    )
    dns_servers = LinesField(
        label=_("DNS servers"),
        clean_line=dns_line,
        required=False,
        help_text=_(
            "At most two addresses that can be reached through the VPN. Empty: people keep the DNS servers of their "
            "own network, but with full tunnel Windows sends their queries through the tunnel, too."
        ),
    )
    session_timeout_hours = forms.TypedChoiceField(
        label=_("Longest session"),
        coerce=int,
        choices=[
            (8, _("8 hours")),
            (10, _("10 hours")),
            (12, _("12 hours")),
            (24, pgettext_lazy("length of a session", "24 hours")),
        ],
    )
    disconnect_on_session_timeout = _switch(
        _("When the session ends"), _("Disconnect"), _("Keep it, and sign in again by itself")
    )
    login_banner = forms.CharField(
        label=_("Login banner"),
        required=False,
        strip=True,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Shown by AWS VPN Client after signing in; at most 1,400 characters. Empty: none."),
    )
    security_groups = LinesField(
        label=_("Security groups"),
        clean_line=group_line,
        required=False,
        help_text=_("At most five, all of the endpoint's VPC. They apply to all its subnets."),
    )
    log_group = PlainField(
        label=_("Connection log"),
        required=False,
        max_length=512,
        help_text=_("The log group in CloudWatch Logs. Empty: connections are not recorded."),
    )
    log_stream = PlainField(
        label=_("Log stream"),
        required=False,
        max_length=512,
        help_text=_("Leave it empty, and AWS makes one. With another log group, the old name is not kept."),
    )
    log_policy_context = _switch(
        _("Authorization policy in the log"), _("With the values that the policy looked at"), _("Result only")
    )
    trust_providers = TrustProvidersField(
        label=_("Device posture"),
        required=False,
        clean_line=trust_provider_line,
        help_text=_(
            "One trust provider a line: its type (crowdstrike, jamf, jumpcloud), your tenant there, and the URL of its "
            "signing key, which Jamf doesn't need. Empty: off."
        ),
    )
    vpn_port = forms.TypedChoiceField(label=_("Port"), coerce=int, choices=[(443, "443"), (1194, "1194")])
    self_service_portal = _switch(_("AWS's self-service portal"), _("On"), _("Off"))
    client_route_enforcement = _switch(
        _("Enforce routes on the clients"), _("On: routes that people add are removed"), _("Off")
    )
    client_connect_handler = PlainField(
        label=_("Client connect handler"),
        required=False,
        max_length=200,
        help_text=_("The ARN of a Lambda function whose name begins with AWSClientVPN-. Empty: none."),
    )
    server_certificate_arn = PlainField(
        label=_("Server certificate"),
        max_length=200,
        help_text=_("The ARN of a certificate in AWS Certificate Manager, in the endpoint's Region."),
    )
    description = RecordField(label=_("Description"), required=False, max_length=DESCRIPTION_LENGTH)

    def __init__(self, data: Mapping[str, Any] | None = None, *args: Any, **kwargs: Any) -> None:
        self.now = current_settings(require_endpoint(kwargs.get("endpoint")).settings)
        unchanged = form_data(self.now)
        given = None if data is None else copied_data(data, unless_given=unchanged)
        super().__init__(given, *args, **kwargs)
        for name, text in unchanged.items():
            self.fields[name].initial = text
        endpoint = require_endpoint(self.endpoint)
        if has_transit_gateway(endpoint):
            # Create refuses both together (EC2 API reference), and the endpoint has no VPC that groups could be of.
            del self.fields["security_groups"]
        else:
            offer(self, "security_groups", known_security_groups(endpoint), several=True)
        beside = known_endpoints(endpoint.account)
        offer(self, "server_certificate_arn", certificates(beside, CertificateKind.SERVER))
        offer(self, "log_group", log_groups(beside))
        offer(self, "log_stream", log_streams(beside))
        offer(self, "client_connect_handler", connect_handlers(beside))

    def clean_dns_servers(self) -> list[str]:
        servers: list[str] = self.cleaned_data["dns_servers"]
        if len(servers) > DNS_SERVERS:
            raise ValidationError(_("AWS takes at most two DNS servers."))
        return servers

    def clean_login_banner(self) -> str:
        text = str(self.cleaned_data["login_banner"]).replace("\r\n", "\n")
        if len(text) > BANNER_CHARACTERS:
            raise ValidationError(
                gettext("AWS takes at most 1,400 characters; these are %(count)s."),
                params={"count": f"{len(text):,}"},
            )
        return text

    def clean_security_groups(self) -> list[str]:
        groups: list[str] = self.cleaned_data["security_groups"]
        if len(groups) > SECURITY_GROUPS:
            raise ValidationError(_("AWS takes at most five security groups."))
        if not groups and self.now["security_groups"]:
            raise ValidationError(_("AWS can't take all of them away. Leave at least one."))
        if groups and not self.now["vpc_id"]:
            raise ValidationError(_("The endpoint is bound to no VPC yet. Associate the subnet first."))
        return groups

    def clean_client_connect_handler(self) -> str:
        arn = str(self.cleaned_data["client_connect_handler"])
        if arn and not arn.rpartition("function:")[2].startswith(HANDLER_PREFIX):
            raise ValidationError(_("The name of the function must begin with AWSClientVPN-."))
        return arn

    def clean_server_certificate_arn(self) -> str:
        arn = str(self.cleaned_data["server_certificate_arn"])
        if arn != self.now["server_certificate_arn"]:
            check_certificate_arn(arn, region=require_endpoint(self.endpoint).account.region)
        return arn

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not self.errors and not self._changed():
            raise ValidationError(_("Nothing was changed. Change at least one setting."))
        return data

    def parameters(self) -> Parameters:
        """Only what differs from the last snapshot."""
        changed = self._changed()
        if "security_groups" in changed:
            changed["vpc_id"] = self.now["vpc_id"]
        if set(LOG_SETTINGS) & changed.keys():
            # AWS takes them as one structure, and doesn't say that it keeps what is left out of it.
            changed |= {name: value for name, value in self._wanted().items() if name in LOG_SETTINGS}
        return changed

    def _wanted(self) -> Parameters:
        wanted = {
            name: value == ON if name in SWITCHES else value for name, value in self.cleaned_data.items()
        }
        # A stream is one of its group: that of the old group means nothing in another one, or in none.
        if wanted["log_group"] != self.now["log_group"] and wanted["log_stream"] == self.now["log_stream"]:
            wanted["log_stream"] = ""
        if not wanted["log_group"]:
            wanted |= {"log_stream": "", "log_policy_context": False}
        return wanted

    def _changed(self) -> Parameters:
        wanted = self._wanted()
        return {name: value for name, value in wanted.items() if value != self.now[name]}


# As the form names them
SETTING_NAMES = {name: field.label for name, field in ModifyEndpointForm.base_fields.items()}


def form_data(settings: Mapping[str, Any]) -> dict[str, str]:
    """Settings as the form's fields want them."""
    return {name: _as_text(name, value) for name, value in settings.items() if name != "vpc_id"}


def _as_text(name: str, value: Any) -> str:
    if name in SWITCHES:
        return ON if value else OFF
    return "\n".join(value) if isinstance(value, list) else str(value)
