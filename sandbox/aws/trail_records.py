"""A call that came in, as CloudTrail records it."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final
from uuid import uuid4

import botocore.session
from botocore.exceptions import UnknownServiceError
from botocore.parsers import create_parser
from werkzeug.wrappers import Response

from sandbox.aws.principals import Principal
from sandbox.aws.trail import TrailEvent

# What changes nothing. AWS keeps these events too; the sandbox doesn't.
READS: Final = ("Describe", "Get", "List", "Lookup", "Filter", "Export", "Search", "Query", "Scan", "Assume")
# Data events, which no event history has; GetQueryResults and the like are reads already.
NOT_MANAGEMENT: Final = frozenset(
    {
        *("PutLogEvents", "StartQuery", "StopQuery", "PutItem", "UpdateItem", "DeleteItem", "PutMetricData"),
        *("BatchGetItem", "BatchWriteItem", "SendMessage", "ReceiveMessage", "DeleteMessage", "Invoke"),
    }
)
# IAM is one for all Regions; its events are in this one (CloudTrail user guide, "global service events").
GLOBAL_SERVICES: Final = frozenset({"iam"})
GLOBAL_REGION: Final = "us-east-1"
# EC2's newer actions are recorded with the request in a member of its name (seen in published events of
# CreateNatGateway and CreateFlowLogs). No event of Client VPN is published; the portal reads either form.
WRAPPED: Final = re.compile(r"ClientVpn|NatGateway|FlowLogs|TransitGateway")
TYPES: Final = {
    "cvpn-endpoint": "AWS::EC2::ClientVpnEndpoint",
    "subnet": "AWS::EC2::Subnet",
    "vpc": "AWS::EC2::VPC",
    "nat": "AWS::EC2::NatGateway",
    "rtb": "AWS::EC2::RouteTable",
    "eipalloc": "AWS::EC2::EIP",
    "sg": "AWS::EC2::SecurityGroup",
    "igw": "AWS::EC2::InternetGateway",
    "vpn": "AWS::EC2::VPNConnection",
    "tgw": "AWS::EC2::TransitGateway",
}
RESOURCE_ID: Final = re.compile(r"(cvpn-endpoint|[a-z]+)-[0-9a-f]{8,17}")
ARN_TYPES: Final = {
    "acm": "AWS::ACM::Certificate",
    "iam": "AWS::IAM::SAMLProvider",
    "logs": "AWS::Logs::LogGroup",
}


def is_recorded(service: str, action: str) -> bool:
    """What changes something, by an action that AWS has, of a service that botocore calls as its signature does."""
    changes = bool(service and action) and not action.startswith(READS) and action not in NOT_MANAGEMENT
    return changes and action in _actions(service)


def trail_region(service: str, region: str) -> str:
    return GLOBAL_REGION if service in GLOBAL_SERVICES else region


def trail_event(
    *,
    service: str,
    action: str,
    region: str,
    account: str,
    params: Mapping[str, Any],
    principal: Principal,
    source_ip: str,
    user_agent: str,
    response: Response,
    at: float,
    delay: float,
) -> TrailEvent:
    """``at`` in Unix seconds, ``delay`` in seconds."""
    answer = _answer(service, action, response)
    error = answer.get("Error") or {}
    elements = {name: value for name, value in answer.items() if name not in {"ResponseMetadata", "Error"}}
    document = {
        "eventVersion": "1.11",
        "userIdentity": principal.identity(),
        "eventTime": f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%SZ}",
        "eventSource": f"{_service_name(service)}.amazonaws.com",
        "eventName": action,
        "awsRegion": trail_region(service, region),
        # Of a call that a service makes for somebody, both name the service.
        "sourceIPAddress": principal.invoked_by or principal.source_ip or source_ip,
        "userAgent": principal.invoked_by or principal.user_agent or user_agent,
        "requestParameters": _recorded_params(service, action, params),
        "responseElements": None if error else (elements or None),
        "requestID": str(uuid4()),
        "eventID": str(uuid4()),
        "readOnly": False,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": account,
        "eventCategory": "Management",
    }
    if error:
        document |= {
            "errorCode": _error_code(service, error, answer),
            "errorMessage": error.get("Message", ""),
        }
    return TrailEvent(
        at=at,
        arrives_at=at + delay,
        username=principal.username,
        resources=tuple(dict.fromkeys(_resources([params, elements]))),
        document=document,
    )


def _service_name(service: str) -> str:
    return {"cloudwatch": "monitoring"}.get(service, service)


def _recorded_params(service: str, action: str, params: Mapping[str, Any]) -> dict[str, Any]:
    if service == "ec2" and WRAPPED.search(action):
        return {f"{action}Request": dict(params)}
    # The other services' parameters begin with a small letter ("sAMLProviderArn").
    return {name[:1].lower() + name[1:]: value for name, value in params.items()}


def _error_code(service: str, error: Mapping[str, Any], answer: Mapping[str, Any]) -> str:
    if service != "ec2":
        return str(error.get("Code", ""))
    status = answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
    return f"{'Server' if status >= 500 else 'Client'}.{error.get('Code', '')}"


@cache
def _model(service: str) -> Any:
    return botocore.session.get_session().get_service_model(service)


@cache
def _actions(service: str) -> frozenset[str]:
    """None of CloudWatch ("monitoring") and Service Quotas: what changes them is nobody's evidence here."""
    try:
        return frozenset(_model(service).operation_names)
    except UnknownServiceError:
        return frozenset()


def _answer(service: str, action: str, response: Response) -> dict[str, Any]:
    """The response as botocore reads it; empty for what it can't."""
    model = _model(service)
    parsed: dict[str, Any] = create_parser(model.metadata["protocol"]).parse(
        {
            "status_code": response.status_code,
            "headers": dict(response.headers.items()),
            "body": response.get_data(),
        },
        model.operation_model(action).output_shape,
    )
    return parsed


def _resources(value: Any) -> Iterator[tuple[str, str]]:
    """What any of the texts in it names."""
    if isinstance(value, Mapping):
        for part in value.values():
            yield from _resources(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _resources(part)
    elif isinstance(value, str):
        if (match := RESOURCE_ID.fullmatch(value)) and match[1] in TYPES:
            yield TYPES[match[1]], value
        elif value.startswith("arn:aws:") and (kind := ARN_TYPES.get(value.split(":")[2])):
            yield kind, value
