"""Attachments of endpoints to transit gateways: Accept-, Reject-, DeleteTransitGatewayClientVpnAttachment.

Admin guide, "Transit Gateway integration with Client VPN"; transit gateway guide, "Client VPN attachments". An
endpoint that is created with a transit gateway has zones instead of subnets, and an attachment that AWS makes. That
the other account has shared its transit gateway (AWS RAM) is taken for granted.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from sandbox.aws.account_resources import TransitGateway, Zone
from sandbox.aws.call import Call
from sandbox.aws.connections import end_all
from sandbox.aws.errors import AwsError, combination, invalid, missing
from sandbox.aws.identifiers import creation_time, new_id
from sandbox.aws.networks import overlaps
from sandbox.aws.records import Association, Attachment, Endpoint
from sandbox.aws.states import moving, settled
from sandbox.aws.world import World

# Admin guide, "Transit Gateway integration": AWS takes two zones by itself, and at most five.
ZONES_BY_DEFAULT: Final = 2
ZONES: Final = 5
# DescribeTransitGatewayAttachments writes this state in another way than the actions of this module.
STATES_AS_DESCRIBED: Final = {"pending-acceptance": "pendingAcceptance"}
REJECTED: Final = "The attachment to the transit gateway was rejected (AWS's wording is not published)"


def attach(call: Call, endpoint: Endpoint, configuration: Mapping[str, Any]) -> None:
    """Attach a new endpoint, and associate its zones. Raises AwsError before anything is changed."""
    gateway = _transit_gateway(call, endpoint, str(configuration.get("TransitGatewayId") or ""))
    zones = _chosen_zones(call, configuration)
    token = call.text("ClientToken")
    is_own = gateway.owner == call.region.account
    endpoint.attachment = Attachment(
        id=new_id("tgw-attach", *((endpoint.id, token) if token else ())),
        transit_gateway_id=gateway.id,
        owner=gateway.owner,
        created_at=call.now,
        state=(
            moving("pending", then="available", due=call.now + call.pace.associate)
            if is_own
            else settled("pending-acceptance")
        ),
    )
    for zone in zones:
        add_zone(call, endpoint, zone)


def _transit_gateway(call: Call, endpoint: Endpoint, transit_gateway_id: str) -> TransitGateway:
    if not transit_gateway_id:
        raise missing("TransitGatewayId")
    gateway = call.resources.transit_gateway(transit_gateway_id)
    if gateway is None:
        raise AwsError(
            "InvalidTransitGatewayID.NotFound", f"Transit Gateway {transit_gateway_id} does not exist"
        )
    # Admin guide, "Prerequisites": a block of each version that the traffic has.
    lacking = endpoint.ip_versions - {cidr.version for cidr in gateway.cidrs}
    if lacking:
        versions = " and ".join(f"IPv{version}" for version in sorted(lacking))
        raise invalid(f"{transit_gateway_id} must have an {versions} CIDR block")
    blocks = [*gateway.cidrs, *gateway.vpc_cidrs]
    if endpoint.client_cidr and any(overlaps(endpoint.client_cidr, block) for block in blocks):
        raise invalid(f"The client CIDR {endpoint.client_cidr} overlaps with a network of {gateway.id}")
    return gateway


def _chosen_zones(call: Call, configuration: Mapping[str, Any]) -> list[Zone]:
    names, ids = configuration.get("AvailabilityZones"), configuration.get("AvailabilityZoneIds")
    if names and ids:
        raise combination("AvailabilityZones and AvailabilityZoneIds cannot be used together")
    if not names and not ids:
        return list(call.resources.zones()[:ZONES_BY_DEFAULT])
    zones = [find_zone(call, name=name) for name in names or ()]
    zones += [find_zone(call, zone_id=zone_id) for zone_id in ids or ()]
    if len(zones) > ZONES or len(set(zones)) < len(zones):
        raise invalid(f"Specify up to {ZONES} different Availability Zones")
    return zones


def find_zone(call: Call, *, name: str = "", zone_id: str = "") -> Zone:
    """The region's zone of this name or id."""
    for zone in call.resources.zones():
        if zone.name == name or zone.id == zone_id:
            return zone
    raise invalid(f"Availability Zone {name or zone_id} does not exist in {call.region.name}")


def add_zone(call: Call, endpoint: Endpoint, zone: Zone, *, token: str = "") -> Association:
    """Associate a zone: it is through when the attachment is, and waits while that awaits acceptance."""
    if endpoint.attachment is None:
        raise combination("AvailabilityZone is for Client VPN endpoints that use a transit gateway")
    attachment = endpoint.attachment.state.at(call.now)
    if attachment not in {"pending-acceptance", "pending", "available"}:
        raise AwsError("IncorrectState", f"{endpoint.attachment.id} is {attachment}")
    waits = attachment == "pending-acceptance"
    association = Association(
        id=new_id("cvpn-assoc", *((endpoint.id, token) if token else ())),
        number=call.world.next_number(),
        vpc_id="",
        subnet_id="",
        availability_zone=zone.name,
        availability_zone_id=zone.id,
        security_groups=[],
        state=(
            settled("associating")
            if waits
            else moving("associating", then="associated", due=call.now + call.pace.associate)
        ),
    )
    endpoint.associations[association.id] = association
    return association


def accept_transit_gateway_client_vpn_attachment(call: Call) -> dict[str, Any]:
    account, endpoint, attachment = _find(call, state="pending-acceptance")
    due = call.now + call.pace.associate
    attachment.state = moving("pending", then="available", due=due)
    for association in endpoint.associations.values():
        if association.state.at(call.now) == "associating":
            association.state = moving("associating", then="associated", due=due)
    return _answer(call, account, endpoint, attachment)


def reject_transit_gateway_client_vpn_attachment(call: Call) -> dict[str, Any]:
    """It "enters a rejected state and will eventually be deleted"; here it stays until the endpoint is deleted."""
    account, endpoint, attachment = _find(call, state="pending-acceptance")
    attachment.state = settled("rejected")
    for association in endpoint.associations.values():
        association.state = moving("associating", then="association-failed", due=call.now, message=REJECTED)
    return _answer(call, account, endpoint, attachment)


def delete_transit_gateway_client_vpn_attachment(call: Call) -> dict[str, Any]:
    """Its zones go with it, and so do the connections. What then becomes of the endpoint isn't documented."""
    account, endpoint, attachment = _find(call)
    detach(call, endpoint)
    for association in endpoint.associations.values():
        association.state = moving("disassociating", due=call.now + call.pace.disassociate)
    for region in call.world.regions():
        if endpoint.id in region.endpoints:
            end_all(call.world, region, endpoint, cause="disassociated", at=call.now)
    return _answer(call, account, endpoint, attachment)


def detach(call: Call, endpoint: Endpoint) -> None:
    """Begin to delete the attachment, if there is one."""
    attachment = endpoint.attachment
    if attachment and attachment.state.at(call.now) not in {"deleting", "deleted"}:
        due = call.now + call.pace.disassociate
        attachment.state = moving("deleting", then="deleted", due=due)


def _find(call: Call, *, state: str = "") -> tuple[str, Endpoint, Attachment]:
    """The attachment that the call names, its endpoint and that endpoint's account.

    Only the transit gateway's owner may act on it. With ``state``: it must be in this state.
    """
    attachment_id = call.required("TransitGatewayAttachmentId")
    for account, endpoint, attachment in _all(call.world, call.region.name):
        if attachment.id == attachment_id and attachment.owner == call.region.account:
            now = attachment.state.at(call.now)
            if state and now != state:
                raise AwsError("IncorrectState", f"{attachment_id} is {now}")
            return account, endpoint, attachment
    raise AwsError(
        "InvalidTransitGatewayAttachmentID.NotFound",
        f"Transit Gateway Attachment {attachment_id} does not exist",
    )


def _all(world: World, region: str) -> Iterable[tuple[str, Endpoint, Attachment]]:
    for place in world.regions():
        for endpoint in place.endpoints.values() if place.name == region else ():
            if endpoint.attachment:
                yield place.account, endpoint, endpoint.attachment


def _answer(call: Call, account: str, endpoint: Endpoint, attachment: Attachment) -> dict[str, Any]:
    described = {
        "TransitGatewayAttachmentId": attachment.id,
        "TransitGatewayId": attachment.transit_gateway_id,
        "ClientVpnEndpointId": endpoint.id,
        "ClientVpnOwnerId": account,
        "State": attachment.state.at(call.now),
        "CreationTime": creation_time(attachment.created_at),
    }
    return {"TransitGatewayClientVpnAttachment": described}


def configuration(endpoint: Endpoint) -> dict[str, Any]:
    """``TransitGatewayConfiguration`` of DescribeClientVpnEndpoints; empty for an endpoint of a VPC."""
    attachment = endpoint.attachment
    if attachment is None:
        return {}
    zones = list(endpoint.associations.values())
    described = {
        "TransitGatewayId": attachment.transit_gateway_id,
        "TransitGatewayAttachmentId": attachment.id,
        "AvailabilityZones": [zone.availability_zone for zone in zones],
        "AvailabilityZoneIds": [zone.availability_zone_id for zone in zones],
    }
    return {"TransitGatewayConfiguration": described}


def describe(
    world: World,
    *,
    account: str,
    region: str,
    wanted: Iterable[str],
    filters: Mapping[str, list[str]],
    now: float,
) -> list[dict[str, Any]]:
    """Client VPN's part of DescribeTransitGatewayAttachments, for the owner of the endpoint and of the gateway."""
    ids = set(wanted)
    rows = [
        _described(owner, endpoint, attachment, now)
        for owner, endpoint, attachment in _all(world, region)
        if account in {owner, attachment.owner} and (not ids or attachment.id in ids)
    ]
    members = {
        "resource-id": "ResourceId",
        "resource-owner-id": "ResourceOwnerId",
        "resource-type": "ResourceType",
        "state": "State",
        "transit-gateway-attachment-id": "TransitGatewayAttachmentId",
        "transit-gateway-id": "TransitGatewayId",
        "transit-gateway-owner-id": "TransitGatewayOwnerId",
    }
    # Filters of tags and route tables hit none of these: they have neither here.
    return [
        row
        for row in rows
        if all(row.get(members.get(name, "")) in values for name, values in filters.items())
    ]


def _described(account: str, endpoint: Endpoint, attachment: Attachment, now: float) -> dict[str, Any]:
    state = attachment.state.at(now)
    return {
        "TransitGatewayAttachmentId": attachment.id,
        "TransitGatewayId": attachment.transit_gateway_id,
        "TransitGatewayOwnerId": attachment.owner,
        "ResourceOwnerId": account,
        "ResourceType": "client-vpn",
        "ResourceId": endpoint.id,
        "State": STATES_AS_DESCRIBED.get(state, state),
        "CreationTime": datetime.fromtimestamp(attachment.created_at, UTC),
        "Tags": [],
    }
