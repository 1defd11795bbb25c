"""The only file that knows moto's insides (pinned exactly: 5.2.5).

It hangs Client VPN's actions on moto's EC2, answers what Client VPN asks of the rest of the account, and
mends what moto leaves out around it.
"""

import json
import math
import os
import time
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from ipaddress import IPv4Network
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from moto import backends, settings
from moto.acm.models import acm_backends
from moto.core import responses as core_responses
from moto.core.authorization import ActionAuthenticatorMixin
from moto.core.exceptions import AccessDeniedError, JsonRESTError
from moto.core.responses import ActionResult
from moto.core.utils import camelcase_to_underscores, get_service_model, method_names_from_class
from moto.dynamodb.models import dynamodb_backends
from moto.ec2 import models as ec2_models
from moto.ec2 import utils as ec2_utils
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models import ec2_backends
from moto.ec2.models import tags as ec2_tags
from moto.ec2.models.nat_gateways import NatGatewayBackend
from moto.ec2.models.route_tables import Route
from moto.ec2.models.vpn_connections import VPNConnection
from moto.ec2.responses import EC2Response
from moto.iam.models import get_account_id_from, iam_backends
from moto.identitystore.models import Group, IdentityStoreData, User, identitystore_backends
from moto.logs import models as logs_models
from moto.logs.models import logs_backends
from moto.logs.responses import LogsResponse
from moto.moto_api._internal import mock_random
from moto.moto_api._internal.models import moto_api_backend
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from moto.sts.responses import TokenResponse
from werkzeug.exceptions import HTTPException

from sandbox.aws import insights
from sandbox.aws.account_resources import Certificate, Subnet
from sandbox.aws.actions import answer, is_client_vpn
from sandbox.aws.call import Call
from sandbox.aws.certificates import trusted_authority
from sandbox.aws.errors import AwsError
from sandbox.aws.tunnels import Tunnel, new_tunnels
from sandbox.aws.wire import error_xml, query_error_xml
from sandbox.aws.world import WORLD

# Nobody needs machine images here, and making a region's thousand takes longer than all the rest of it.
os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"

ENDPOINT_PREFIX: Final = "cvpn-endpoint"
# The name that infra/client-connect-handler/template.yaml gives it
DENY_LIST: Final = "genkan-deny-list"
BOOTSTRAP_ROLE: Final = "OrganizationAccountAccessRole"


class QuietMotoRequestHandler(MotoRequestHandler):
    """No line per request: what came in is at /sandbox/calls."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


class MotoAccountResources:
    """``Surroundings`` on moto: one account in one region."""

    def __init__(self, account: str, region: str) -> None:
        self.account = account
        self.region = region
        self._ec2 = ec2_backends[account][region]

    def subnet(self, subnet_id: str) -> Subnet | None:
        # In every account: a subnet that is shared by another account must be found, to be refused as such.
        for account in list(ec2_backends):
            for zone in ec2_backends[account][self.region].subnets.values():
                if subnet_id in zone:
                    return _subnet(account, zone[subnet_id])
        return None

    def vpc_cidrs(self, vpc_id: str) -> tuple[IPv4Network, ...]:
        vpc = self._ec2.vpcs.get(vpc_id)
        blocks = vpc.get_cidr_block_association_set() if vpc else []
        return tuple(IPv4Network(block["cidr_block"]) for block in blocks)

    def default_security_group(self, vpc_id: str) -> str:
        return next(str(group.id) for group in self._ec2.groups[vpc_id].values() if group.name == "default")

    def vpc_of_security_group(self, group_id: str) -> str | None:
        return next((vpc_id for vpc_id, groups in self._ec2.groups.items() if group_id in groups), None)

    def certificate(self, arn: str) -> Certificate | None:
        bundle = acm_backends[self.account][self.region]._certificates.get(arn)
        if bundle is None:
            return None
        return Certificate((bundle.common_name, *bundle.sans), trusted_authority(bundle.cert, bundle.chain))

    def has_saml_provider(self, arn: str) -> bool:
        providers = iam_backends[self.account]["aws"].saml_providers.values()
        return any(provider.arn == arn for provider in providers)

    def has_log_group(self, name: str) -> bool:
        return name in logs_backends[self.account][self.region].groups

    def create_log_stream(self, group: str, stream: str) -> None:
        log_group = logs_backends[self.account][self.region].groups[group]
        if stream not in log_group.streams:
            log_group.create_log_stream(stream)

    def put_log_event(
        self, group: str, stream: str, message: str, *, published_at: float, arrived_at: float
    ) -> None:
        """Past PutLogEvents, which judges by the computer's clock; a log group that is gone takes nothing."""
        if not self.has_log_group(group):
            return
        self.create_log_stream(group, stream)
        log_stream = logs_backends[self.account][self.region].groups[group].streams[stream]
        log_stream.put_log_events([{"timestamp": int(published_at * 1000), "message": message}])
        # Moto takes the computer's clock for it, which doesn't know of skipped time.
        log_stream.events[-1].ingestion_time = int(arrived_at * 1000)

    def denies(self, username: str) -> bool:
        """As infra/client-connect-handler would, in whose place this stands: Lambdas aren't run here."""
        dynamodb = dynamodb_backends[self.account][self.region]
        if DENY_LIST not in dynamodb.tables:
            return False
        item = dynamodb.get_item(DENY_LIST, {"username": {"S": username.strip().lower()}})
        until = item.attrs.get("expires_at") if item else None
        return item is not None and (until is None or float(until.value) > time.time())

    def tags(self, resource_id: str) -> dict[str, str]:
        return dict(self._ec2.tags.get(resource_id, {}))

    def set_tags(self, resource_id: str, tags: dict[str, str]) -> None:
        self._ec2.create_tags([resource_id], tags)

    def forget_tags(self, resource_id: str) -> None:
        self._ec2.tags.pop(resource_id, None)


def _subnet(account: str, subnet: Any) -> Subnet:
    return Subnet(
        subnet.id,
        subnet.vpc_id,
        account,
        IPv4Network(subnet.cidr_block),
        subnet.availability_zone,
        subnet.availability_zone_id,
        subnet.available_ip_address_count,
    )


class Refused(HTTPException):
    """An answer of 403 with this XML."""

    code = 403

    def get_headers(self, *_: Any, **__: Any) -> list[tuple[str, str]]:
        return [("Content-Type", "text/xml")]


def _handler(action: str) -> Callable[[Any], ActionResult]:
    """The method that moto's EC2 runs for one Client VPN action."""

    def handle(response: Any) -> ActionResult:
        call = Call(
            action=action,
            params=dict(response.params),
            world=WORLD,
            region=WORLD.region(response.current_account, response.region),
            resources=MotoAccountResources(response.current_account, response.region),
            now=WORLD.clock.now(),
        )
        # Required parameters come from botocore's model, so that they are AWS's and not a copy that ages.
        model = get_service_model("ec2").operation_model(action).input_shape
        try:
            return ActionResult(answer(call, required=list(model.required_members)))
        except AwsError as error:
            raise EC2ClientError(error.code, error.message) from error

    return handle


def _determine_resource(response: Any) -> str:
    """The endpoint's ARN, so that a policy can name it; DescribeClientVpnEndpoints knows only ``*``."""
    endpoint_id = response.querystring.get("ClientVpnEndpointId", [""])[0]
    if not is_client_vpn(response._get_action()) or not endpoint_id:
        return "*"
    return f"arn:aws:ec2:{response.region}:{response.current_account}:client-vpn-endpoint/{endpoint_id}"


def _authorize(response: Any, resource: str = "*") -> None:
    """When moto's IAM says no: EC2 calls that UnauthorizedOperation, not AccessDenied."""
    try:
        # super(): this function replaces the method of EC2Response itself, and would call itself.
        super(EC2Response, response)._authenticate_and_authorize_normal_action(resource)
    except AccessDeniedError as error:
        message = "You are not authorized to perform this operation."
        raise Refused(error_xml("UnauthorizedOperation", message)) from error


def _check_tagged_endpoints(create_tags: Callable[[Any], ActionResult]) -> Callable[[Any], ActionResult]:
    def checked(response: Any) -> ActionResult:
        endpoints = WORLD.region(response.current_account, response.region).endpoints
        for resource_id in response._get_param("Resources", []):
            if resource_id.startswith(ENDPOINT_PREFIX) and resource_id not in endpoints:
                code = "InvalidClientVpnEndpointId.NotFound"
                raise EC2ClientError(code, f"Endpoint {resource_id} does not exist")
        return create_tags(response)

    return checked


def find_tunnels(account: str, region: str, vpn_connection_id: str) -> list[Tunnel] | None:
    """The tunnels of a Site-to-Site VPN connection that moto has; they come up when first looked at."""
    if vpn_connection_id not in ec2_backends[account][region].vpn_connections:
        return None
    known = WORLD.region(account, region).tunnels
    with WORLD.lock:
        return known.setdefault(vpn_connection_id, new_tunnels(vpn_connection_id, now=WORLD.clock.now()))


def _vgw_telemetry(connection: Any) -> list[dict[str, Any]]:
    backend = connection.ec2_backend
    tunnels = find_tunnels(backend.account_id, backend.region_name, connection.id) or []
    return [tunnel.described() for tunnel in tunnels] if connection.state == "available" else []


def _route_state(route: Any) -> str:
    """A route whose NAT gateway is gone is a blackhole (VPC user guide, "Delete a NAT gateway")."""
    nat_gateway = route.nat_gateway
    return "blackhole" if nat_gateway and nat_gateway.state in {"deleting", "deleted", "failed"} else "active"


def _create_nat_gateway(create: Callable[..., Any]) -> Callable[..., Any]:
    """ConnectivityType and the addresses' Status, which moto leaves out."""

    def creating(backend: Any, **arguments: Any) -> Any:
        arguments["connectivity_type"] = arguments.get("connectivity_type") or "public"
        nat_gateway = create(backend, **arguments)
        for address in nat_gateway.address_set:
            address |= {"isPrimary": True, "status": "succeeded"}
        return nat_gateway

    return creating


def _delete_nat_gateway(delete: Callable[[Any, str], Any]) -> Callable[[Any, str], Any]:
    def deleting(backend: Any, nat_gateway_id: str) -> Any:
        """Deleting a NAT gateway disassociates its Elastic IP address, but keeps it (VPC user guide)."""
        if nat_gateway_id not in backend.nat_gateways:
            raise EC2ClientError("NatGatewayNotFound", f"The Nat Gateway {nat_gateway_id} was not found")
        nat_gateway = delete(backend, nat_gateway_id)
        for address in nat_gateway.address_set:
            eip = next((a for a in backend.addresses if a.allocation_id == address.get("allocationId")), None)
            if eip and eip.association_id:
                backend.disassociate_address(association_id=eip.association_id)
        return nat_gateway

    return deleting


def _assume_role(assume: Callable[[Any], ActionResult]) -> Callable[[Any], ActionResult]:
    def assuming(response: Any) -> ActionResult:
        arn = response._get_param("RoleArn") or ""
        if not _trusts(arn, response._get_param("ExternalId")):
            message = f"User is not authorized to perform: sts:AssumeRole on resource: {arn}"
            raise Refused(query_error_xml("AccessDenied", message))
        return assume(response)

    return assuming


def _trusts(arn: str, external_id: str | None) -> bool:
    """The role exists, and its trust policy's external id, if it wants one, was given."""
    account, _, name = arn.removeprefix("arn:aws:iam::").partition(":role/")
    # AWS Organizations makes this role in every account that it creates; the seed needs it before any other
    # exists.
    if name == BOOTSTRAP_ROLE:
        return True
    role = next((r for r in iam_backends[account]["aws"].roles.values() if r.arn == arn), None)
    if role is None:
        return False
    statements = json.loads(role.assume_role_policy_document)["Statement"]
    # Only the external id is checked: moto doesn't evaluate trust policies, and the portal needs no more.
    wanted = [s.get("Condition", {}).get("StringEquals", {}).get("sts:ExternalId") for s in statements]
    return any(expected in (None, external_id) for expected in wanted)


def _get_prefix(get_prefix: Callable[[str], str]) -> Callable[[str], str]:
    """Moto takes an id's prefix to end at the first hyphen."""
    return lambda resource_id: (
        ENDPOINT_PREFIX if resource_id.startswith(ENDPOINT_PREFIX) else get_prefix(resource_id)
    )


class _QueryResults(list[dict[str, str]]):
    """What moto keeps as a query's results, with what AWS tells beside them, and when they are there."""

    def __init__(self, answer: insights.Answer, *, ready_at: float) -> None:
        super().__init__(answer.rows)
        self.ready_at = ready_at
        self.statistics = {
            "recordsMatched": float(answer.matched),
            "recordsScanned": float(answer.scanned),
            "bytesScanned": float(answer.bytes_scanned),
        }


def _execute_query(log_groups: list[Any], query: str, start_time: int, end_time: int) -> _QueryResults:
    """Moto's own knows no filters. Both times count, in seconds."""
    events = [
        insights.Event(event.timestamp, event.message, str(event.event_id))
        for group in log_groups
        for stream in group.streams.values()
        for event in stream.events
        if start_time * 1000 <= event.timestamp < (end_time + 1) * 1000
    ]
    try:
        answer = insights.run(query, events, limit=10 * insights.DEFAULT_LIMIT)
    except insights.Malformed as error:
        raise JsonRESTError("MalformedQueryException", str(error)) from error
    return _QueryResults(answer, ready_at=WORLD.clock.now() + WORLD.pace.query)


def _get_query_results(response: Any) -> str:
    """Page by page; nothing before it is ready. The token is the number of the next row."""
    query = response.logs_backend.queries.get(response._get_param("queryId"))
    if query is None:
        raise JsonRESTError("ResourceNotFoundException", "The query does not exist.")
    results = query.results
    if query.status == "Complete" and WORLD.clock.now() < results.ready_at:
        return json.dumps({"status": "Running", "results": [], "statistics": results.statistics})
    first = int(response._get_param("nextToken") or 0)
    last = first + int(response._get_param("maxItems") or insights.DEFAULT_LIMIT)
    rows = results[first:last] if query.status == "Complete" else []
    answer = {
        "status": query.status,
        "results": [[{"field": name, "value": value} for name, value in row.items()] for row in rows],
        "statistics": results.statistics,
    }
    return json.dumps(answer | ({"nextToken": str(last)} if last < len(results) and rows else {}))


def _stop_query(response: Any) -> str:
    query = response.logs_backend.queries.get(response._get_param("queryId"))
    if query is None:
        raise JsonRESTError("ResourceNotFoundException", "The query does not exist.")
    # Moto completes a query at once; until its rows are due it still runs for the caller.
    under_way = query.status == "Complete" and WORLD.clock.now() < query.results.ready_at
    if not under_way:
        raise JsonRESTError("InvalidParameterException", "The query has already ended.")
    query.status = "Cancelled"
    return json.dumps({"success": True})


def _replacements() -> list[tuple[Any, str, Any]]:
    """What of moto's is replaced, and by what.

    The first two never change while a server runs; moto finds them out in each call, which is half its time.
    """
    nat = NatGatewayBackend
    modules = tuple(backends.list_of_moto_modules())
    get_prefix = _get_prefix(ec2_utils.get_prefix)
    return [
        (backends, "list_of_moto_modules", lambda: modules),
        (core_responses, "method_names_from_class", cache(method_names_from_class)),
        # Moto's models imported the function by name, so they hold references of their own.
        (ec2_utils, "get_prefix", get_prefix),
        (ec2_models, "get_prefix", get_prefix),
        (ec2_tags, "get_prefix", get_prefix),
        (EC2Response, "_determine_resource", _determine_resource),
        (EC2Response, "_authenticate_and_authorize_normal_action", _authorize),
        (EC2Response, "create_tags", _check_tagged_endpoints(EC2Response.create_tags)),
        # Moto has no tunnel telemetry, and leaves a route active whose NAT gateway is gone.
        (VPNConnection, "vgw_telemetry", property(_vgw_telemetry)),
        (Route, "state", property(_route_state)),
        (nat, "create_nat_gateway", _create_nat_gateway(nat.create_nat_gateway)),
        (nat, "delete_nat_gateway", _delete_nat_gateway(nat.delete_nat_gateway)),
        # Moto's Insights knows neither filters nor pages nor a query that is still running.
        (logs_models, "execute_query", _execute_query),
        (LogsResponse, "get_query_results", _get_query_results),
        (LogsResponse, "stop_query", _stop_query),
        (TokenResponse, "assume_role", _assume_role(TokenResponse.assume_role)),
    ]


@cache
def application() -> Any:
    """Moto's WSGI application with Client VPN in it; its state is one per process."""
    for action in filter(is_client_vpn, get_service_model("ec2").operation_names):
        # Moto finds the method of an action by its name in snake case; it has none for Client VPN.
        setattr(EC2Response, camelcase_to_underscores(action), _handler(action))
    for owner, name, replacement in _replacements():
        setattr(owner, name, replacement)
    ec2_utils.EC2_RESOURCE_TO_PREFIX["client-vpn-endpoint"] = ENDPOINT_PREFIX
    ec2_utils.EC2_PREFIX_TO_RESOURCE[ENDPOINT_PREFIX] = "client-vpn-endpoint"
    # AWS's own word for it in tags; moto says "nat-gateway".
    ec2_utils.EC2_PREFIX_TO_RESOURCE["nat"] = "natgateway"
    return DomainDispatcherApplication(_backend_app)


def _backend_app(service: Any) -> Any:
    """Moto's Flask app of one service, answering 500 to what it doesn't know instead of raising it."""
    app = create_backend_app(service)
    app.debug = False
    return app


def account_resources(account: str, region: str) -> MotoAccountResources:
    return MotoAccountResources(account, region)


def account_for_key(access_key: str) -> str:
    return str(get_account_id_from(access_key))


def set_directory(
    account: str,
    region: str,
    identity_store_id: str,
    *,
    groups: Iterable[Mapping[str, str]],
    users: Iterable[Mapping[str, str]],
) -> None:
    """Replace an Identity Store. Past CreateGroup, which chooses ids of its own: rules name those of the company."""
    store = identitystore_backends[account][region].identity_stores[identity_store_id] = IdentityStoreData()
    for group in groups:
        store.groups[group["id"]] = Group(group["id"], group["name"], [], "", identity_store_id)
    for user in users:
        user_id = str(uuid5(NAMESPACE_URL, user["email"]))
        fields: dict[str, Any] = dict.fromkeys(User._fields, "") | {
            "UserId": user_id,
            "IdentityStoreId": identity_store_id,
            "UserName": user["email"],
            "Name": None,
            "DisplayName": user["name"],
            "Emails": [{"Value": user["email"], "Type": "work", "Primary": True}],
            "Addresses": [],
            "PhoneNumbers": [],
        }
        store.users[user_id] = User(**fields)


def reset() -> None:
    moto_api_backend.reset()
    enforce_iam(enforced=False)


def enforce_iam(*, enforced: bool) -> None:
    """Check signatures and IAM policies of every call from now on, or of none."""
    settings.INITIAL_NO_AUTH_ACTION_COUNT = 0 if enforced else math.inf
    # Moto counts from the start of the process how many calls have passed unchecked.
    ActionAuthenticatorMixin.request_count = 0


def seed_random(number: int) -> None:
    """Moto's ids from here on are the same in every run."""
    mock_random.seed(number)
