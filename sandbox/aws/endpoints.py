"""CreateClientVpnEndpoint, DescribeClientVpnEndpoints, ModifyClientVpnEndpoint, DeleteClientVpnEndpoint.

EC2 API reference of the four actions; admin guide, "Client VPN endpoints" and "Client VPN quotas".
"""

from datetime import UTC, datetime
from secrets import token_urlsafe
from typing import Any, Final

from sandbox.aws import endpoint_settings, transit_gateways
from sandbox.aws.authentication import authentication_options
from sandbox.aws.call import Call
from sandbox.aws.errors import AwsError, combination, endpoint_not_found
from sandbox.aws.idempotency import idempotent
from sandbox.aws.identifiers import creation_time, new_id
from sandbox.aws.networks import client_cidr_v6
from sandbox.aws.paging import filtered, page
from sandbox.aws.records import Endpoint
from sandbox.aws.service_quotas import quota
from sandbox.aws.states import moving

# Service Quotas' code; admin guide, "Client VPN quotas".
ENDPOINTS_PER_REGION: Final = "L-8EA77D34"
# Admin guide, "Modify a Client VPN endpoint": a change of these resets the connections.
RESETTING: Final = frozenset({"ServerCertificateArn", "DnsServers", "SplitTunnel", "VpnPort"})
SELF_SERVICE: Final = "https://self-service.clientvpn.amazonaws.com/endpoints/"


def create_client_vpn_endpoint(call: Call) -> dict[str, Any]:
    return idempotent(call, _create)


def _create(call: Call) -> dict[str, Any]:
    for name in ("ServerCertificateArn", "ConnectionLogOptions", "AuthenticationOptions"):
        if name not in call.params:
            call.required(name)
    authentication = authentication_options(call)
    settings = endpoint_settings.created(call)
    if len(call.region.endpoints) >= quota(call.region, ENDPOINTS_PER_REGION):
        raise AwsError("ClientVpnEndpointLimitExceeded", "You have reached the limit of Client VPN endpoints")
    certificate = call.resources.certificate(settings["ServerCertificateArn"])
    endpoint = Endpoint(
        id=_new_id(call),
        number=call.world.next_number(),
        created_at=call.now,
        authentication=authentication,
        settings=settings,
        certificate_authority=certificate.authority if certificate else "",
    )
    if 6 in endpoint.ip_versions:
        endpoint.client_cidr_v6 = client_cidr_v6(endpoint.number)
    if "TransitGatewayConfiguration" in call.params:
        transit_gateways.attach(call, endpoint, call.params["TransitGatewayConfiguration"])
    ensure_log_stream(call, endpoint)
    call.region.endpoints[endpoint.id] = endpoint
    call.resources.set_tags(endpoint.id, _tags(call))
    status = {"Code": endpoint.status(call.now)}
    return {"ClientVpnEndpointId": endpoint.id, "Status": status, "DnsName": dns_name(call, endpoint)}


def _new_id(call: Call) -> str:
    token = call.text("ClientToken")
    # The token makes the id, so that a re-seeded sandbox has the ids that the portal's database knows.
    scope = (call.region.account, call.region.name, token) if token else ()
    return new_id("cvpn-endpoint", *scope)


def _tags(call: Call) -> dict[str, str]:
    tags: dict[str, str] = {}
    for specification in call.params.get("TagSpecifications") or []:
        if specification.get("ResourceType") != "client-vpn-endpoint":
            raise AwsError("InvalidParameterValue", "TagSpecifications must be for client-vpn-endpoint")
        tags |= {tag["Key"]: tag.get("Value", "") for tag in specification.get("Tags") or []}
    return tags


def ensure_log_stream(call: Call, endpoint: Endpoint) -> None:
    """A stream that the request didn't name is made by AWS, which names it as its CLI's example shows."""
    options = endpoint.settings["ConnectionLogOptions"]
    if not options["Enabled"]:
        return
    day = datetime.fromtimestamp(call.now, UTC).strftime("%Y/%m/%d")
    made = f"{endpoint.id}-{call.region.name}-{day}-{token_urlsafe(9)}"
    stream = options.get("CloudwatchLogStream") or made
    call.resources.create_log_stream(options["CloudwatchLogGroup"], stream)
    endpoint.settings = {
        **endpoint.settings,
        "ConnectionLogOptions": {**options, "CloudwatchLogStream": stream},
    }


def dns_name(call: Call, endpoint: Endpoint) -> str:
    return f"{endpoint.id}.prod.clientvpn.{call.region.name}.amazonaws.com"


def describe_client_vpn_endpoints(call: Call) -> dict[str, Any]:
    wanted = call.params.get("ClientVpnEndpointIds") or []
    for endpoint_id in wanted:
        if endpoint_id not in call.region.endpoints:
            raise endpoint_not_found(endpoint_id)
    endpoints = [e for e in call.region.endpoints.values() if not wanted or e.id in wanted]
    values = {
        "endpoint-id": lambda endpoint: endpoint.id,
        "transport-protocol": lambda endpoint: endpoint.settings["TransportProtocol"],
    }
    kept = filtered(call, endpoints, values)
    return page(call, "ClientVpnEndpoints", kept, lambda endpoint: _described(call, endpoint))


def _described(call: Call, endpoint: Endpoint) -> dict[str, Any]:
    """A Describe answer; DnsName has a leading ``*.`` here and not in Create's answer."""
    # Describe has no SelfServicePortal, only the portal's URL where it is enabled (EC2 API reference,
    # ClientVpnEndpoint).
    settings = {k: v for k, v in endpoint.settings.items() if k != "SelfServicePortal" and v != {}}
    if endpoint.settings["SelfServicePortal"] == "enabled":
        settings["SelfServicePortalUrl"] = SELF_SERVICE + endpoint.id
    applying = endpoint.applying.at(call.now) if endpoint.applying else "applied"
    settings["ClientConnectOptions"] = {**settings["ClientConnectOptions"], "Status": {"Code": applying}}
    # The model knows no other kind of network than "vpc", so zones of a transit gateway aren't among these.
    networks = [a.subnet_id for a in endpoint.associations.values() if a.subnet_id]
    return {
        **settings,
        **transit_gateways.configuration(endpoint),
        "ClientVpnEndpointId": endpoint.id,
        "Status": {"Code": endpoint.status(call.now)},
        "CreationTime": creation_time(endpoint.created_at),
        "DnsName": f"*.{dns_name(call, endpoint)}",
        "AssociatedTargetNetworks": [{"NetworkId": subnet, "NetworkType": "vpc"} for subnet in networks],
        "AuthenticationOptions": endpoint.authentication,
        "Tags": [{"Key": k, "Value": v} for k, v in call.resources.tags(endpoint.id).items()],
    }


def modify_client_vpn_endpoint(call: Call) -> dict[str, Any]:
    """At once, where AWS may take four hours; what can't change isn't in the request."""
    endpoint = call.endpoint()
    changes = endpoint_settings.modified(call)
    if endpoint.attachment and {"VpcId", "SecurityGroupIds"} & changes.keys():
        raise combination("VpcId and SecurityGroupIds cannot be used with a transit gateway")
    if not changes:
        raise AwsError("MissingParameter", "The request must contain at least one attribute to modify")
    if "VpcId" in changes and endpoint.associations and endpoint.settings.get("VpcId") != changes["VpcId"]:
        raise combination("VpcId cannot be changed while target networks are associated")
    # Sending the value that is set already changes nothing, so it disconnects nobody.
    if any(endpoint.settings.get(name) != changes[name] for name in RESETTING & changes.keys()):
        endpoint.resets.append(call.now)
    endpoint.settings = {**endpoint.settings, **changes}
    ensure_log_stream(call, endpoint)
    # EC2 API reference, ModifyClientVpnEndpoint: SecurityGroupIds are applied to the target network.
    for association in endpoint.associations.values() if "SecurityGroupIds" in changes else ():
        association.security_groups = list(changes["SecurityGroupIds"])
    if "ClientConnectOptions" in changes:
        endpoint.applying = moving("applying", then="applied", due=call.now + call.pace.apply)
    if "ServerCertificateArn" in changes:
        certificate = call.resources.certificate(changes["ServerCertificateArn"])
        endpoint.certificate_authority = certificate.authority if certificate else ""
    return {"Return": True}


def delete_client_vpn_endpoint(call: Call) -> dict[str, Any]:
    endpoint = call.endpoint()
    if endpoint.associations:
        raise AwsError(
            "ClientVpnEndpointAssociationExists", f"Endpoint {endpoint.id} has associated target networks"
        )
    if not endpoint.deletion:
        endpoint.deletion = moving("deleting", due=call.now + call.pace.delete_endpoint)
        transit_gateways.detach(call, endpoint)
    return {"Status": {"Code": "deleting"}}
