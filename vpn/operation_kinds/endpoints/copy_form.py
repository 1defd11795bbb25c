"""What is asked for to create an endpoint like an existing one."""

import re
from collections.abc import Mapping
from ipaddress import ip_network
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from vpn.certificates.models import CertificateKind
from vpn.endpoints.models import AwsAccount, Endpoint
from vpn.endpoints.places import has_transit_gateway
from vpn.known_values.queries import (
    availability_zones,
    certificates,
    known_endpoints,
    known_subnets,
    log_groups,
    security_groups,
    transit_gateways,
    vpcs,
)
from vpn.known_values.widgets import copied_data, offer
from vpn.operation_kinds.endpoints.new_endpoint import copied_rules, initial_values, new_endpoint
from vpn.operation_kinds.office_routes.take_office_route import subnet_line
from vpn.operation_kinds.target_networks.associate_target_network import (
    SECURITY_GROUPS,
    ZONES,
    added_routes,
    group_line,
    zone_line,
)
from vpn.operation_kinds.target_networks.subnets import twice_in_a_zone, vpc_networks, vpc_subnets_of
from vpn.operations.base.arns import check_certificate_arn, check_saml_provider_arn
from vpn.operations.base.fields import CidrField, LinesField, PlainField
from vpn.operations.base.kind import OperationForm, Parameters, require_endpoint

# Admin guide, "Client CIDR": from /22 to /12
PREFIXES: Final = range(12, 23)
FEDERATED: Final = "federated-authentication"
# What belongs to one account or Region: in another one, the original's are of no use.
OF_ONE_ACCOUNT: Final = (
    "server_certificate_arn",
    "saml_provider_arn",
    "log_group",
    "vpc_id",
    "security_groups",
    "transit_gateway_id",
    "subnets",
)
TRANSIT_GATEWAY_ID: Final = re.compile(r"tgw-[0-9a-f]{8,17}")


class CopyEndpointForm(OperationForm):
    account = forms.ChoiceField(label=_("AWS account and region"))
    label = PlainField(
        label=_("Name"),
        max_length=256,
        help_text=_("The tag Name: people see it, and their profile's file has it."),
    )
    client_cidr_block = CidrField(
        label=_("Clients' addresses"),
        help_text=_(
            "Client CIDR, /22 to /12. It can never be changed, and must not overlap with the VPC or a route."
        ),
    )
    transport_protocol = forms.ChoiceField(
        label=_("Transport protocol"),
        choices=[("udp", "UDP"), ("tcp", "TCP")],
        help_text=_("It can never be changed."),
    )
    vpn_port = forms.TypedChoiceField(label=_("Port"), coerce=int, choices=[(443, "443"), (1194, "1194")])
    split_tunnel = forms.ChoiceField(
        label=_("Tunnel"),
        choices=[
            ("false", _("Full tunnel: everything")),
            ("true", _("Split tunnel: some destinations only")),
        ],
    )
    server_certificate_arn = PlainField(
        label=_("Server certificate"),
        max_length=200,
        help_text=_("The ARN of a certificate in AWS Certificate Manager, in the new endpoint's Region."),
    )
    saml_provider_arn = PlainField(
        label=_("SAML provider"),
        max_length=200,
        required=False,
        help_text=_(
            "The ARN of an IAM SAML provider in the new endpoint's account. Only for sign-in by SAML."
        ),
    )
    log_group = PlainField(
        label=_("Connection log"),
        required=False,
        max_length=512,
        help_text=_("A log group that exists there. Empty: connections are not recorded."),
    )
    vpc_id = PlainField(label=_("Id of the VPC"), max_length=40, required=False)
    security_groups = LinesField(
        label=_("Security groups"),
        clean_line=group_line,
        required=False,
        help_text=_("At most five, of that VPC. Empty: the VPC's default group."),
    )
    transit_gateway_id = PlainField(
        label=_("Transit gateway"),
        max_length=40,
        required=False,
        help_text=_(
            "Of the new endpoint's Region. If another account has it, its owner must accept the attachment first."
        ),
    )
    subnets = LinesField(
        label=_("Subnets"),
        clean_line=subnet_line,
        required=False,
        help_text=_(
            "One a line, each in another zone. Each gets the routes that people made here. "
            "None: a standby that costs nothing."
        ),
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *args: Any, **kwargs: Any) -> None:
        endpoint = require_endpoint(kwargs.get("endpoint"))
        super().__init__(_without_other_accounts(endpoint, data), *args, **kwargs)
        accounts = AwsAccount.objects.order_by("name")
        field = self.fields["account"]
        choices = [(account.name, f"{account.name} ({account.region})") for account in accounts]
        self.fields["account"] = forms.ChoiceField(label=field.label, choices=choices)
        # Without IPv4 traffic there is no IPv4 network for the clients; AWS gives them IPv6 addresses itself.
        self.fields["client_cidr_block"].required = (
            endpoint.settings.get("TrafficIpAddressType", "ipv4") != "ipv6"
        )
        if has_transit_gateway(endpoint):
            self._ask_for_zones()
        else:
            del self.fields["transit_gateway_id"]
        for name, value in initial_values(endpoint).items():
            if name in self.fields:
                self.fields[name].initial = value
        self._offer_known_values()

    def _offer_known_values(self) -> None:
        """Of all accounts: the new endpoint may be in another one than the original."""
        endpoints = known_endpoints()
        offer(self, "server_certificate_arn", certificates(endpoints, CertificateKind.SERVER))
        offer(self, "saml_provider_arn", certificates(endpoints, CertificateKind.SAML_PROVIDER))
        offer(self, "log_group", log_groups(endpoints))
        if "transit_gateway_id" in self.fields:
            offer(self, "transit_gateway_id", transit_gateways(endpoints))
            offer(self, "subnets", availability_zones(endpoints), several=True)
            return
        offer(self, "vpc_id", vpcs(endpoints))
        offer(self, "security_groups", security_groups(endpoints), several=True)
        accounts = {endpoint.account_id: endpoint.account for endpoint in endpoints}
        offer(self, "subnets", known_subnets(accounts.values()), several=True)

    def _ask_for_zones(self) -> None:
        """Instead of a VPC with its security groups and subnets."""
        del self.fields["vpc_id"], self.fields["security_groups"]
        self.fields["transit_gateway_id"].required = True
        self.fields["subnets"] = LinesField(
            label=_("Availability Zones"),
            clean_line=zone_line,
            required=False,
            help_text=_("One a line, by name, at most five. None: AWS chooses two."),
        )

    def clean_transit_gateway_id(self) -> str:
        text = str(self.cleaned_data["transit_gateway_id"]).lower()
        if not TRANSIT_GATEWAY_ID.fullmatch(text):
            raise ValidationError(_("Write the transit gateway as tgw- and its digits."))
        return text

    def clean_client_cidr_block(self) -> str:
        text = str(self.cleaned_data["client_cidr_block"])
        if not text:
            return ""
        network = ip_network(text)
        if network.prefixlen not in PREFIXES:
            raise ValidationError(_("AWS takes networks from /22 to /12."))
        for route in added_routes(require_endpoint(self.endpoint)):
            if route != "0.0.0.0/0" and network.overlaps(ip_network(route)):
                raise ValidationError(gettext("It overlaps with the route to %(cidr)s.") % {"cidr": route})
        return text

    def clean_saml_provider_arn(self) -> str:
        text = str(self.cleaned_data["saml_provider_arn"])
        if text:
            check_saml_provider_arn(text)
        return text

    def clean_label(self) -> str:
        label = str(self.cleaned_data["label"])
        if Endpoint.objects.filter(label=label, vanished_at=None).exists():
            raise ValidationError(_("There is an endpoint with this name already."))
        return label

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        endpoint = require_endpoint(self.endpoint)
        if FEDERATED in endpoint.authentication and not data.get("saml_provider_arn"):
            self.add_error(
                "saml_provider_arn", _("People sign in to this endpoint by SAML. Name the provider.")
            )
        if len(data.get("security_groups", ())) > SECURITY_GROUPS:
            self.add_error("security_groups", _("AWS takes at most five security groups."))
        self._check_subnets(data)
        self._check_certificate(data)
        self._check_overlap(data)
        if data.get("security_groups") and not data.get("vpc_id"):
            self.add_error("vpc_id", _("Security groups belong to a VPC. Name it."))
        return data

    def _account(self, data: Mapping[str, Any]) -> AwsAccount | None:
        return AwsAccount.objects.filter(name=data.get("account")).first()

    def _check_certificate(self, data: dict[str, Any]) -> None:
        account, arn = self._account(data), data.get("server_certificate_arn")
        if account and arn:
            try:
                check_certificate_arn(arn, region=account.region)
            except ValidationError as error:
                self.add_error("server_certificate_arn", error)

    def _check_overlap(self, data: dict[str, Any]) -> None:
        """Admin guide, "Client CIDR": it overlaps neither with the VPC nor with a route."""
        account, cidr = self._account(data), data.get("client_cidr_block")
        if account is None or not cidr:
            return
        for local in vpc_networks(account, data.get("vpc_id", ""), data.get("subnets", ())):
            if ip_network(cidr).overlaps(ip_network(local)):
                text = gettext("It overlaps with the VPC's network %(cidr)s.") % {"cidr": local}
                self.add_error("client_cidr_block", text)
                return

    def _check_subnets(self, data: dict[str, Any]) -> None:
        """Only where the portal has seen the VPC's subnets; of others, AWS says it."""
        if "transit_gateway_id" in self.fields:
            self._check_zones(data)
            return
        account = self._account(data)
        known = vpc_subnets_of(account, data.get("vpc_id", "")) if account else []
        by_id = {subnet["subnet_id"]: subnet for subnet in known}
        wanted = data.get("subnets", [])
        if not by_id or not wanted:
            return
        strange = [subnet for subnet in wanted if subnet not in by_id]
        if strange:
            text = gettext("%(subnets)s: the VPC %(vpc)s has no such subnet.")
            self.add_error("subnets", text % {"subnets": ", ".join(strange), "vpc": data["vpc_id"]})
            return
        twice = twice_in_a_zone([by_id[subnet] for subnet in wanted])
        if twice:
            text = gettext(
                "%(one)s and %(other)s are in the same zone, %(zone)s. AWS takes one for each zone."
            )
            values = {
                "one": twice[0]["subnet_id"],
                "other": twice[1]["subnet_id"],
                "zone": twice[0]["zone_name"],
            }
            self.add_error("subnets", text % values)

    def _check_zones(self, data: dict[str, Any]) -> None:
        account, zones = self._account(data), data.get("subnets", [])
        if len(zones) > ZONES:
            self.add_error("subnets", _("AWS takes at most five zones."))
        elsewhere = [zone for zone in zones if account and zone[:-1] != account.region]
        if account and elsewhere:
            text = gettext("%(zones)s: the Region %(region)s has no such zone.")
            self.add_error("subnets", text % {"zones": ", ".join(elsewhere), "region": account.region})

    def parameters(self) -> Parameters:
        given = {"vpc_id": "", "security_groups": [], "transit_gateway_id": "", **self.cleaned_data}
        endpoint = require_endpoint(self.endpoint)
        return {
            "account": given["account"],
            "new": new_endpoint(endpoint, given),
            "subnets": given["subnets"],
            "routes": added_routes(endpoint),
            "rules": copied_rules(endpoint),
        }


def _without_other_accounts(endpoint: Endpoint, data: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """What was filled in for the original's account is emptied where another one was chosen: nothing of it is there."""
    if data is None:
        return None
    given = copied_data(data)
    if given.get("account", endpoint.account.name) == endpoint.account.name:
        return given
    own = initial_values(endpoint)
    for name in OF_ONE_ACCOUNT:
        if name in own and "\n".join(filter(None, given.getlist(name))) == own[name]:
            given[name] = ""
    return given
