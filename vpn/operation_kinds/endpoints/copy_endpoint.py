"""Create an endpoint like an existing one: a standby, or the way to change what AWS can never modify."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network
from typing import Any, Final

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from vpn.endpoints.models import AwsAccount, Endpoint
from vpn.operation_kinds.authorization_rules.steps import AuthorizeIngress
from vpn.operation_kinds.endpoint_settings.steps import RefreshSnapshot
from vpn.operation_kinds.endpoints.copy_form import CopyEndpointForm
from vpn.operation_kinds.endpoints.steps import CopyAuthorizationPolicy, CreateEndpoint, NewEndpointStep
from vpn.operation_kinds.routes.fields import route_text
from vpn.operation_kinds.routes.steps import CreateRoute
from vpn.operation_kinds.target_networks.pause_endpoint import local_cidrs
from vpn.operation_kinds.target_networks.steps import AssociateTargetNetwork
from vpn.operation_plans.configuration import EndpointConfiguration, with_route, with_rule, with_subnet
from vpn.operation_plans.consequences import Topic, join_names
from vpn.operation_plans.context import (
    endpoint_configuration,
    endpoint_quota_use,
    known_log_groups,
    known_people,
    region_prices,
)
from vpn.operation_plans.plan import Plan, PlanCheck, PlannedChange, make_check
from vpn.operation_plans.quotas import quota_consequence
from vpn.operation_plans.report import PlanContext, new_endpoint_consequences
from vpn.operations.base.kind import OperationKind, Parameters, as_form_data, require_endpoint
from vpn.operations.base.start_together import start_together
from vpn.operations.base.step import Step
from vpn.operations.endpoint_settings import AWS_MEMBER_NAMES, current_settings
from vpn.operations.models import Operation
from vpn.quotas.queries import limits_for

AS_AWS_SAYS: Final = {**AWS_MEMBER_NAMES, "vpc_id": "VpcId"}


class CopyEndpointKind(OperationKind):
    slug = "copy-endpoint"
    title = _("Create an endpoint like this one")
    summary = _("A standby, also in another region, or a way to change what AWS can never modify.")
    form = CopyEndpointForm
    time_limit = timedelta(hours=3)

    def lock_name(self, endpoint: Endpoint | None, parameters: Parameters) -> str:
        return f"copy:{parameters['new']['tags']['Name']}"

    def heading(self, endpoint: Endpoint | None, parameters: Parameters) -> str:
        return gettext("Create the endpoint %(name)s") % {"name": parameters["new"]["tags"]["Name"]}

    def plan(self, endpoint: Endpoint | None, parameters: Parameters) -> Plan:
        new = parameters["new"]
        settings_ = [
            PlannedChange(AS_AWS_SAYS.get(name, name), None, _shown(value))
            for name, value in sorted(new["settings"].items())
        ]
        networks = [PlannedChange("target network", None, subnet) for subnet in parameters["subnets"]]
        routes = [
            PlannedChange("route", None, route_text(cidr, subnet)) for cidr, subnet in new_routes(parameters)
        ]
        rules = [
            PlannedChange(
                "authorization rule", None, f"{rule['destination_cidr']} ← {rule['group_id'] or '*'}"
            )
            for rule in parameters["rules"]
        ]
        return Plan(
            changes=(
                PlannedChange("endpoint", None, f"{parameters['account']}: {new['tags']['Name']}"),
                PlannedChange("ClientCidrBlock", None, new["client_cidr_block"] or "–"),
                PlannedChange("TransportProtocol", None, new["transport_protocol"]),
                *(
                    [PlannedChange("TransitGatewayConfiguration", None, new["transit_gateway_id"])]
                    if new["transit_gateway_id"]
                    else []
                ),
                *(PlannedChange(name, None, kind) for name, kind in sorted(new["address_types"].items())),
                *(
                    PlannedChange("DevicePostureOptions", None, provider["TrustProviderType"])
                    for provider in new["trust_providers"]
                ),
                *settings_,
                *networks,
                *routes,
                *rules,
            ),
            checks=_checks(require_endpoint(endpoint), parameters),
            undo=_("It isn't undone by itself: delete the new endpoint."),
        )

    def steps(
        self, endpoint: Endpoint | None, parameters: Parameters, before: dict[str, Any]
    ) -> Sequence[Step]:
        account = parameters["account"]
        networks = [AssociateTargetNetwork(subnet) for subnet in parameters["subnets"]]
        routes = [CreateRoute(cidr, subnet, "") for cidr, subnet in new_routes(parameters)]
        rules = [
            AuthorizeIngress(rule["destination_cidr"], rule["group_id"], rule["description"])
            for rule in parameters["rules"]
        ]
        inside = [*start_together(*rules), *start_together(*networks), *start_together(*routes)]
        return [
            CreateEndpoint(account, parameters["new"]),
            # Before its first subnet, so that nobody gets in whom the policy would have refused.
            CopyAuthorizationPolicy(account),
            *(NewEndpointStep(account, step) for step in inside),
            RefreshSnapshot(account),
        ]

    def form_data(self, operation: Operation) -> dict[str, str]:
        new = operation.parameters["new"]
        providers = [method["saml_provider_arn"] for method in new["authentication"]]
        given = {
            **operation.parameters,
            **new,
            **new["settings"],
            "label": new["tags"]["Name"],
            "split_tunnel": "true" if new["settings"]["split_tunnel"] else "false",
            "saml_provider_arn": next(filter(None, providers), ""),
        }
        return {name: as_form_data(given.get(name)) for name in self.form.base_fields}


def new_routes(parameters: Parameters) -> list[tuple[str, str]]:
    """Destination and target: each subnet has all of them; a transit gateway's have no target."""
    # Operations of older versions know no transit gateway.
    targets = [""] if parameters["new"].get("transit_gateway_id") else parameters["subnets"]
    return [(cidr, target) for target in targets for cidr in parameters["routes"]]


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return (", ".join(value) if isinstance(value, list) else str(value)) or "–"


def _after(endpoint: Endpoint, parameters: Parameters) -> EndpointConfiguration:
    """The new endpoint as it will be, as far as the snapshot of this one tells."""
    now, new = endpoint_configuration(endpoint, endpoint.settings), parameters["new"]["settings"]
    state = EndpointConfiguration(
        split_tunnel=new["split_tunnel"],
        dns_servers=tuple(new["dns_servers"]),
        traffic=parameters["new"]["address_types"].get("TrafficIpAddressType", "ipv4"),
        log_group=new["log_group"],
        egress=now.egress,
        egress_reasons=now.egress_reasons,
    )
    for rule in parameters["rules"]:
        state = with_rule(state, destination_cidr=rule["destination_cidr"], group_id=rule["group_id"])
    same_vpc = parameters["new"]["settings"].get("vpc_id") == endpoint.vpc_id
    local = local_cidrs(endpoint) if same_vpc else []
    for subnet in parameters["subnets"]:
        state = with_subnet(state, subnet, local_cidrs=local)
    for cidr, target in new_routes(parameters):
        state = with_route(state, destination_cidr=cidr, target_subnet=target)
    return replace(state, security_groups=tuple(new.get("security_groups", ())))


def _checks(endpoint: Endpoint, parameters: Parameters) -> tuple[PlanCheck, ...]:
    account = AwsAccount.objects.get(name=parameters["account"])
    around = PlanContext(
        known_people(),
        None,
        region_prices(account.region),
        log_groups=known_log_groups(account),
        limits=limits_for(account),
    )
    stays = gettext("%(label)s itself stays as it is, and everybody stays connected.")
    return (
        PlanCheck("ok", stays % {"label": endpoint.label}, Topic.CONNECTIONS),
        PlanCheck(
            "info",
            _("The new endpoint has an address of its own: people need its profile."),
            Topic.PROFILES,
        ),
        make_check(quota_consequence(endpoint_quota_use(account, limits_for(account), more=1))),
        *(
            make_check(consequence)
            for consequence in new_endpoint_consequences(_after(endpoint, parameters), around)
        ),
        *_what_differs(endpoint, parameters),
        *_others_with_the_addresses(parameters),
        PlanCheck("info", _("An authorization policy is copied, if there is one."), Topic.ACCESS),
        PlanCheck(
            "info", _("Whether addresses, certificate and subnets fit, AWS says only when it is made.")
        ),
    )


def _others_with_the_addresses(parameters: Parameters) -> list[PlanCheck]:
    """AWS takes it, but then an address of the connection log alone doesn't tell which endpoint it was."""
    cidr = parameters["new"]["client_cidr_block"]
    if not cidr:
        return []
    others = Endpoint.objects.filter(vanished_at=None).exclude(client_cidr_block="")
    labels = [
        other.label for other in others if ip_network(cidr).overlaps(ip_network(other.client_cidr_block))
    ]
    if not labels:
        return []
    text = gettext(
        "The clients' addresses %(cidr)s overlap with those of %(labels)s. AWS takes it, but networks behind a transit "
        "gateway or the office can't tell them apart."
    )
    return [PlanCheck("warn", text % {"cidr": cidr, "labels": join_names(labels)}, Topic.ROUTES)]


def _what_differs(endpoint: Endpoint, parameters: Parameters) -> list[PlanCheck]:
    checks = []
    if not parameters["subnets"] and parameters["new"]["transit_gateway_id"]:
        two = _("AWS chooses two zones and associates them by itself: there is no standby without any.")
        checks.append(PlanCheck("info", two, Topic.CONNECTIONS))
    elif not parameters["subnets"]:
        nothing = _("Without a subnet nobody can connect to it yet, and AWS bills nothing.")
        checks.append(PlanCheck("info", nothing, Topic.COST))
    if parameters["new"]["trust_providers"]:
        posture = _(
            "Device posture is copied: its profile works with AWS VPN Client 6.2.0 or newer only, on devices that the "
            "provider knows."
        )
        checks.append(PlanCheck("warn", posture, Topic.PROFILES))
    elsewhere = parameters["account"] != endpoint.account.name
    if elsewhere and current_settings(endpoint.settings)["client_connect_handler"]:
        left = _("The client connect handler is not copied: it must be in the same account.")
        checks.append(PlanCheck("warn", left, Topic.ACCESS))
    return checks
