"""Whether a call that CloudTrail has recorded made a change: pure.

The names and parameters are those of the EC2 API reference. What a call set is compared, not only its name: of two
people who changed one setting, the one whose value stands is meant.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from ipaddress import ip_network
from typing import Any, Final

from vpn.aws.snapshots import TrailEvent
from vpn.changes.step_effects import SET_BY_ASSOCIATION
from vpn.endpoints.differences import GONE
from vpn.endpoints.models import ChangedPart, EndpointChange

# The clocks of AWS and of the portal's computer may differ by as much, and a snapshot takes its time.
CLOCKS: Final = timedelta(minutes=5)
ASSOCIATE, DISASSOCIATE = "AssociateClientVpnTargetNetwork", "DisassociateClientVpnTargetNetwork"
MODIFY, APPLY_GROUPS = "ModifyClientVpnEndpoint", "ApplySecurityGroupsToClientVpnTargetNetwork"
# Settings that the request calls otherwise than the answer does
REQUEST_NAMES: Final = {
    "SelfServicePortalUrl": ("selfserviceportal",),
    "SecurityGroupIds": ("securitygroupids", "securitygroupid", "securitygroupidset"),
}
MODIFY_POLICY: Final = "ModifyClientVpnEndpointAuthorizationPolicy"
DELETE_POLICY: Final = "DeleteClientVpnEndpointAuthorizationPolicy"
EGRESS_NAMES: Final = (
    *("DeleteNatGateway", "CreateNatGateway", "AssociateNatGatewayAddress", "DisassociateNatGatewayAddress"),
    *("CreateRoute", "ReplaceRoute", "DeleteRoute", "AssociateRouteTable", "DisassociateRouteTable"),
    *("ReplaceRouteTableAssociation", "ReleaseAddress"),
)
CERTIFICATE_NAMES: Final = (
    *("ImportCertificate", "RenewCertificate", "UpdateSAMLProvider", "CreateSAMLProvider"),
    "ImportClientVpnClientCertificateRevocationList",
)


def find_event(change: EndpointChange, events: Iterable[TrailEvent]) -> TrailEvent | None:
    """The event that made the change: the newest one between the two snapshots, or else the one nearest to them."""
    possible = [event for event in events if _is_in_time(change, event) and _makes(change, event)]
    return min(possible, key=lambda event: (_distance(change, event.at), -event.at.timestamp()), default=None)


def event_names(change: EndpointChange) -> tuple[str, ...]:
    """The names of all calls that can make such a change."""
    is_new, is_gone = change.before is None, change.after is None
    match change.part:
        case ChangedPart.ROUTE:
            return ("CreateClientVpnRoute",) if is_new else ("DeleteClientVpnRoute", DISASSOCIATE)
        case ChangedPart.RULE:
            return ("AuthorizeClientVpnIngress",) if is_new else ("RevokeClientVpnIngress",)
        case ChangedPart.NETWORK:
            return (ASSOCIATE,) if is_new else (DISASSOCIATE,) if is_gone else (APPLY_GROUPS, MODIFY)
        case ChangedPart.SETTING:
            return (MODIFY, APPLY_GROUPS, ASSOCIATE) if change.subject in SET_BY_ASSOCIATION else (MODIFY,)
        case ChangedPart.POLICY:
            return (DELETE_POLICY,) if is_gone else (MODIFY_POLICY,)
        case ChangedPart.TAG:
            return ("CreateTags", "DeleteTags")
        case ChangedPart.EGRESS:
            return EGRESS_NAMES
        case ChangedPart.CERTIFICATE:
            return CERTIFICATE_NAMES
    return ("CreateClientVpnEndpoint", "CreateTags") if is_new else ("DeleteClientVpnEndpoint", "DeleteTags")


def time_range(changes: Iterable[EndpointChange]) -> tuple[datetime, datetime]:
    """From when to when the calls that made these changes were."""
    changes = list(changes)
    since = min(change.unchanged_at or change.noticed_at for change in changes)
    return since - CLOCKS, max(change.noticed_at for change in changes) + CLOCKS


def _is_in_time(change: EndpointChange, event: TrailEvent) -> bool:
    since, until = time_range([change])
    return since <= event.at <= until


def _distance(change: EndpointChange, at: datetime) -> float:
    """Seconds outside of the two snapshots; 0 between them."""
    since = change.unchanged_at or change.noticed_at
    return max((since - at).total_seconds(), (at - change.noticed_at).total_seconds(), 0.0)


def _makes(change: EndpointChange, event: TrailEvent) -> bool:
    if event.name not in event_names(change):
        return False
    match change.part:
        case ChangedPart.ROUTE:
            return _makes_route(change, event)
        case ChangedPart.RULE:
            return _makes_rule(change, event)
        case ChangedPart.NETWORK:
            return _makes_network(change, event)
        case ChangedPart.SETTING:
            return _makes_setting(change, event)
        case ChangedPart.EGRESS:
            return bool(
                {(change.before or {}).get("via"), (change.after or {}).get("via")} & {*event.resources}
            )
        case ChangedPart.CERTIFICATE:
            return change.subject in event.resources
    return _names_endpoint(change, event)


def _names_endpoint(change: EndpointChange, event: TrailEvent) -> bool:
    return change.endpoint.endpoint_id in event.resources


def _makes_route(change: EndpointChange, event: TrailEvent) -> bool:
    route = change.after or change.before
    if not _names_endpoint(change, event):
        return False
    if event.name == DISASSOCIATE:
        # AWS takes the routes of a subnet away with its association, whose id alone the call names: it can't have been
        # that as long as the subnet is associated.
        subnets = {
            network["subnet_id"]
            for network in change.endpoint.target_networks
            if network["status"] not in GONE
        }
        return bool(route["target_subnet"]) and route["target_subnet"] not in subnets
    asked = event.parameters
    subnet = asked.get("targetvpcsubnetid", "")
    return _same_cidr(asked.get("destinationcidrblock"), route["destination_cidr"]) and (
        not subnet or bool(subnet == route["target_subnet"])
    )


def _makes_rule(change: EndpointChange, event: TrailEvent) -> bool:
    rule, asked = change.after or change.before, event.parameters
    if not _names_endpoint(change, event):
        return False
    if not _same_cidr(asked.get("targetnetworkcidr"), rule["destination_cidr"]):
        return False
    return bool(asked.get("accessgroupid", "") == rule["group_id"]) or _is_true(asked.get("revokeallgroups"))


def _makes_network(change: EndpointChange, event: TrailEvent) -> bool:
    network, asked = change.after or change.before, event.parameters
    if not _names_endpoint(change, event):
        return False
    if event.name == ASSOCIATE:
        places = {asked.get("subnetid"), asked.get("availabilityzone"), asked.get("availabilityzoneid")}
        return bool({network["subnet_id"], network.get("availability_zone")} & (places - {None, ""}))
    if event.name == DISASSOCIATE:
        return bool(asked.get("associationid") == network["association_id"])
    return event.name == APPLY_GROUPS or any(name in asked for name in REQUEST_NAMES["SecurityGroupIds"])


def _makes_setting(change: EndpointChange, event: TrailEvent) -> bool:
    if not _names_endpoint(change, event):
        return False
    if event.name != MODIFY:
        return True
    names = REQUEST_NAMES.get(change.subject, (change.subject.lower(),))
    given = [event.parameters[name] for name in names if name in event.parameters]
    return any(_sets(value, change.after) for value in given)


def _sets(asked: Any, after: Any) -> bool:
    """Whether a request for ``asked`` leads to ``after``. Structures differ in form between request and answer."""
    if isinstance(asked, bool) or isinstance(after, bool):
        return _is_true(asked) == _is_true(after)
    if isinstance(asked, Mapping) and isinstance(after, Mapping):
        return _is_true(asked.get("Enabled")) == _is_true(after.get("Enabled"))
    if isinstance(asked, Mapping | list) or isinstance(after, Mapping | list):
        return True
    return str(asked) == str(after or "") or asked in {"enabled", "disabled"}


def _is_true(value: Any) -> bool:
    return value is True or str(value).lower() == "true"


def _same_cidr(asked: Any, shown: str) -> bool:
    """AWS takes 10.0.0.5/16 and shows 10.0.0.0/16."""
    try:
        return ip_network(str(asked), strict=False) == ip_network(shown, strict=False)
    except ValueError:
        return False
