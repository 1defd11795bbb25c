"""Services that moto lacks and that answer JSON: who answers which call."""

import json
from collections.abc import Callable
from typing import Any, Final

from werkzeug.wrappers import Response

from sandbox.aws import pricing, service_quotas
from sandbox.aws.errors import AwsError
from sandbox.aws.wire import AwsRequest, error_response
from sandbox.aws.world import WORLD, Region

# By the service in the signature and the action.
ACTIONS: Final[dict[tuple[str, str], Callable[[Region, dict[str, Any]], dict[str, Any]]]] = {
    ("servicequotas", "GetServiceQuota"): service_quotas.get_service_quota,
    ("servicequotas", "ListServiceQuotas"): service_quotas.list_service_quotas,
    ("servicequotas", "GetAWSDefaultServiceQuota"): service_quotas.get_aws_default_service_quota,
    ("servicequotas", "ListAWSDefaultServiceQuotas"): service_quotas.list_aws_default_service_quotas,
    ("pricing", "GetProducts"): pricing.get_products,
}


def answer(request: AwsRequest, account: str) -> Response | None:
    """None: moto has it, or nobody."""
    act = ACTIONS.get((request.service, request.action))
    if act is None:
        return None
    try:
        with WORLD.lock:
            body = act(WORLD.region(account, request.region), request.parameters)
    except AwsError as error:
        return error_response(request, error.code, error.message)
    return Response(json.dumps(body), content_type="application/x-amz-json-1.1")
