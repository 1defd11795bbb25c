"""Who may do what: IAM enforcement, and roles that can be assumed."""

import json
import math
from collections.abc import Callable
from typing import Any, Final

from moto import settings
from moto.core.authorization import ActionAuthenticatorMixin
from moto.core.exceptions import AccessDeniedError
from moto.core.responses import ActionResult
from moto.ec2.responses import EC2Response
from moto.iam.models import iam_backends
from moto.sts.responses import TokenResponse
from werkzeug.exceptions import HTTPException

from sandbox.aws.actions import is_client_vpn
from sandbox.aws.wire import error_xml, query_error_xml

BOOTSTRAP_ROLE: Final = "OrganizationAccountAccessRole"


def replacements() -> list[tuple[Any, str, Any]]:
    """What of moto's is replaced, and by what."""
    return [
        (EC2Response, "_determine_resource", _determine_resource),
        (EC2Response, "_authenticate_and_authorize_normal_action", _authorize),
        (TokenResponse, "assume_role", _assume_role(TokenResponse.assume_role)),
    ]


def enforce_iam(*, enforced: bool) -> None:
    """Check signatures and IAM policies of every call from now on, or of none."""
    settings.INITIAL_NO_AUTH_ACTION_COUNT = 0 if enforced else math.inf
    # Moto counts from the start of the process how many calls have passed unchecked.
    ActionAuthenticatorMixin.request_count = 0


class Refused(HTTPException):
    """An answer of 403 with this XML."""

    code = 403

    def get_headers(self, *_: Any, **__: Any) -> list[tuple[str, str]]:
        return [("Content-Type", "text/xml")]


def _determine_resource(response: Any) -> str:
    """The endpoint's or attachment's ARN, so that a policy can name it; DescribeClientVpnEndpoints knows only ``*``."""
    attachment_id = response.querystring.get("TransitGatewayAttachmentId", [""])[0]
    if is_client_vpn(response._get_action()) and attachment_id:
        place = f"{response.region}:{response.current_account}"
        return f"arn:aws:ec2:{place}:transit-gateway-attachment/{attachment_id}"
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
