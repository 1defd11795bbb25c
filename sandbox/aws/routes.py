"""CreateClientVpnRoute, DeleteClientVpnRoute, DescribeClientVpnRoutes.

EC2 API reference of the three actions; admin guide, "Client VPN routes", "Client-to-client access".
"""

from typing import Any, Final

from sandbox.aws.call import Call
from sandbox.aws.errors import AwsError, combination, invalid, missing, no_active_association
from sandbox.aws.idempotency import idempotent
from sandbox.aws.networks import destination, network, overlaps
from sandbox.aws.paging import filtered, page
from sandbox.aws.records import Endpoint, Route
from sandbox.aws.service_quotas import quota
from sandbox.aws.states import moving

# Service Quotas' code; admin guide, "Client VPN quotas": routes of a target network association.
ROUTES_PER_ASSOCIATION: Final = "L-401D78F7"
LOCAL: Final = "local"


def create_client_vpn_route(call: Call) -> dict[str, Any]:
    return idempotent(call, _create)


def _create(call: Call) -> dict[str, Any]:
    endpoint = call.endpoint()
    given = call.required("DestinationCidrBlock")
    cidr = destination(given, "destinationCidrBlock", endpoint.ip_versions)
    subnet_id = _target(call, endpoint)
    _check_target(call, endpoint, subnet_id)
    _check_destination(endpoint, cidr, subnet_id)
    # The same destination through another subnet is another route: each Availability Zone has its own.
    if _find(endpoint, cidr, subnet_id):
        message = f"The route {cidr} via {subnet_id} already exists"
        raise AwsError("InvalidClientVpnDuplicateRoute", message)
    routes = sum(route.subnet_id == subnet_id for route in endpoint.routes)
    if routes >= quota(call.region, ROUTES_PER_ASSOCIATION):
        message = "You have reached the limit of routes of this target network association"
        raise AwsError("ClientVpnRouteLimitExceeded", message)
    state = moving("creating", then="active", due=call.now + call.pace.create_route)
    route = Route(call.world.next_number(), cidr, subnet_id, "add-route", call.text("Description"), state)
    endpoint.routes.append(route)
    _reset(endpoint, call.now + call.pace.create_route)
    return {"Status": {"Code": "creating"}}


def _target(call: Call, endpoint: Endpoint) -> str:
    """A subnet, or ``local``. Empty: the attachment to the transit gateway, which no request names."""
    subnet_id = call.text("TargetVpcSubnetId")
    if endpoint.attachment is None and not subnet_id:
        raise missing("TargetVpcSubnetId")
    if endpoint.attachment and subnet_id not in {"", LOCAL}:
        raise combination("TargetVpcSubnetId cannot be used with a transit gateway")
    return subnet_id


def _check_target(call: Call, endpoint: Endpoint, subnet_id: str) -> None:
    """The target must be an existing target network of the endpoint (CreateClientVpnRoute).

    Whether a transit gateway's route waits for the attachment isn't documented; here it may be made before.
    """
    if endpoint.attachment:
        return
    live = {a.subnet_id for a in endpoint.associations.values() if a.state.at(call.now) == "associated"}
    if not live:
        raise no_active_association("CreateClientVpnRoute")
    if subnet_id != LOCAL and subnet_id not in live:
        raise AwsError(
            "InvalidClientVpnSubnetId.NotFound", f"{subnet_id} is not associated with {endpoint.id}"
        )


def _check_destination(endpoint: Endpoint, cidr: str, subnet_id: str) -> None:
    """The client CIDR overlaps no route, but for the route to it, which goes to ``local``."""
    if subnet_id == LOCAL and cidr != endpoint.client_cidr:
        raise invalid("A route to local must be to the client CIDR")
    own = [block for block in (endpoint.client_cidr, endpoint.client_cidr_v6) if block]
    if subnet_id != LOCAL and any(overlaps(cidr, block) for block in own):
        raise invalid(f"The route {cidr} overlaps with the client CIDR {' or '.join(own)}")


def _find(endpoint: Endpoint, cidr: str, subnet_id: str) -> Route | None:
    return next(
        (route for route in endpoint.routes if (route.cidr, route.subnet_id) == (cidr, subnet_id)), None
    )


def _reset(endpoint: Endpoint, at: float) -> None:
    """With split tunnel the clients hold the routes, so they connect anew ("Modify a Client VPN endpoint")."""
    if endpoint.settings["SplitTunnel"]:
        endpoint.resets.append(at)


def delete_client_vpn_route(call: Call) -> dict[str, Any]:
    endpoint = call.endpoint()
    cidr = network(call.required("DestinationCidrBlock"), "destinationCidrBlock")
    route = _find(endpoint, cidr, _target(call, endpoint))
    if not route:
        raise AwsError("InvalidClientVpnRouteNotFound", f"There is no route {cidr} via that subnet")
    if route.origin == "associate":
        raise invalid("A route that was added by an association cannot be deleted: disassociate the subnet")
    if route.state.at(call.now) != "deleting":
        route.state = moving("deleting", due=call.now + call.pace.delete_route)
        _reset(endpoint, call.now + call.pace.delete_route)
    return {"Status": {"Code": "deleting"}}


def describe_client_vpn_routes(call: Call) -> dict[str, Any]:
    endpoint = call.endpoint()
    values = {
        "destination-cidr": lambda route: route.cidr,
        "origin": lambda route: route.origin,
        "target-subnet": lambda route: route.subnet_id,
    }
    routes = filtered(call, endpoint.routes, values)
    return page(call, "Routes", routes, lambda route: _described(call, endpoint, route))


def _described(call: Call, endpoint: Endpoint, route: Route) -> dict[str, Any]:
    described: dict[str, Any] = {
        "ClientVpnEndpointId": endpoint.id,
        "DestinationCidr": route.cidr,
        "Origin": route.origin,
        "Status": route.state.described(call.now),
    }
    if endpoint.attachment and not route.subnet_id:
        # No sample tells the type here; "Nat" can't be, for nothing is translated.
        described["TransitGatewayAttachmentId"] = endpoint.attachment.id
    else:
        # The type in AWS's samples.
        described |= {"TargetSubnet": route.subnet_id, "Type": "Nat"}
    return {**described, "Description": route.description} if route.description else described
