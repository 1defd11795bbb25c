"""Client VPN's actions as methods of moto's EC2, and its endpoints' ids and tags."""

from collections.abc import Callable
from typing import Any, Final

from moto.core.responses import ActionResult
from moto.core.utils import camelcase_to_underscores, get_service_model
from moto.ec2 import models as ec2_models
from moto.ec2 import utils as ec2_utils
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models import tags as ec2_tags
from moto.ec2.responses import EC2Response

from sandbox.aws import transit_gateways
from sandbox.aws.actions import answer, is_client_vpn
from sandbox.aws.call import Call
from sandbox.aws.errors import AwsError, invalid_action
from sandbox.aws.moto_adapter.account_resources import MotoAccountResources
from sandbox.aws.parameter_values import unfit_value
from sandbox.aws.wire import QUERY_SERVICES, AwsRequest
from sandbox.aws.world import WORLD

ENDPOINT_PREFIX: Final = "cvpn-endpoint"


def replacements() -> list[tuple[Any, str, Any]]:
    """What of moto's is replaced, and by what."""
    get_prefix = _get_prefix(ec2_utils.get_prefix)
    return [
        # Moto's models imported the function by name, so they hold references of their own.
        (ec2_utils, "get_prefix", get_prefix),
        (ec2_models, "get_prefix", get_prefix),
        (ec2_tags, "get_prefix", get_prefix),
        (EC2Response, "create_tags", _check_tagged_endpoints(EC2Response.create_tags)),
        (
            EC2Response,
            "describe_transit_gateway_attachments",
            _describe_attachments(EC2Response.describe_transit_gateway_attachments),
        ),
        # Moto finds the method of an action by its name in snake case; it has none for Client VPN.
        *(
            (EC2Response, camelcase_to_underscores(action), _handler(action))
            for action in filter(is_client_vpn, get_service_model("ec2").operation_names)
        ),
    ]


def name_resource_types() -> None:
    ec2_utils.EC2_RESOURCE_TO_PREFIX["client-vpn-endpoint"] = ENDPOINT_PREFIX
    ec2_utils.EC2_PREFIX_TO_RESOURCE[ENDPOINT_PREFIX] = "client-vpn-endpoint"
    # AWS's own word for it in tags; moto says "nat-gateway".
    ec2_utils.EC2_PREFIX_TO_RESOURCE["nat"] = "natgateway"


def unfit_request(request: AwsRequest) -> AwsError | None:
    """The refusal of an action that the service doesn't have, or of a Client VPN call by one of its values.

    Asked before moto, which fails at the first and takes what it can of the second.
    """
    # Without an action in its body the call is one that only moto can read.
    if not request.action or (request.service != "ec2" and request.service not in QUERY_SERVICES):
        return None
    model = get_service_model(request.service)
    if request.action not in model.operation_names:
        return invalid_action(request.action)
    if request.service != "ec2" or not is_client_vpn(request.action):
        return None
    return unfit_value(request.parameters, model.operation_model(request.action).input_shape)


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


def _check_tagged_endpoints(create_tags: Callable[[Any], ActionResult]) -> Callable[[Any], ActionResult]:
    def checked(response: Any) -> ActionResult:
        endpoints = WORLD.region(response.current_account, response.region).endpoints
        for resource_id in response._get_param("Resources", []):
            if resource_id.startswith(ENDPOINT_PREFIX) and resource_id not in endpoints:
                code = "InvalidClientVpnEndpointId.NotFound"
                raise EC2ClientError(code, f"Endpoint {resource_id} does not exist")
        return create_tags(response)

    return checked


def _describe_attachments(describe: Callable[[Any], ActionResult]) -> Callable[[Any], ActionResult]:
    """Client VPN's attachments after moto's own, for both accounts: the endpoint's and the transit gateway's."""

    def described(response: Any) -> ActionResult:
        with WORLD.lock:
            own = transit_gateways.describe(
                WORLD,
                account=response.current_account,
                region=response.region,
                wanted=response._get_param("TransitGatewayAttachmentIds", []),
                filters=response._filters_from_querystring(),
                now=WORLD.clock.now(),
            )
        answer: Any = describe(response).result
        return ActionResult({"TransitGatewayAttachments": [*answer["TransitGatewayAttachments"], *own]})

    return described


def _get_prefix(get_prefix: Callable[[str], str]) -> Callable[[str], str]:
    """Moto takes an id's prefix to end at the first hyphen."""
    return lambda resource_id: (
        ENDPOINT_PREFIX if resource_id.startswith(ENDPOINT_PREFIX) else get_prefix(resource_id)
    )
