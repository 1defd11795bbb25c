"""CloudTrail: who calls, with which parameters, and LookupEvents, which moto lacks."""

import json
from collections.abc import Mapping
from typing import Any

from moto.cloudtrail.responses import CloudTrailResponse
from moto.core.exceptions import JsonRESTError
from moto.core.parse import PROTOCOL_PARSERS, RequestParserError
from moto.core.request import determine_request_protocol
from moto.core.utils import get_service_model
from moto.iam.models import AccessKey, iam_backends
from moto.sts.models import sts_backends
from werkzeug.wrappers import Request

from sandbox.aws.errors import AwsError
from sandbox.aws.principals import ROLE, SANDBOX_USER, USER, Principal
from sandbox.aws.world import WORLD

PARTITION = "aws"


def principal_for_key(account: str, access_key: str, *, now: float) -> Principal:
    """Whose the key is: one that was registered, a role's session, an IAM user, or the sandbox's own caller."""
    if registered := WORLD.principals.get(access_key):
        return registered
    for session in sts_backends[account][PARTITION].assumed_roles:
        if session.access_key_id == access_key:
            name = session.role_arn.rpartition("/")[2]
            return Principal(ROLE, name, account, session.session_name, access_key, since=now)
    user = iam_backends[account][PARTITION].get_user_from_access_key_id(access_key)
    return Principal(USER, user.name if user else SANDBOX_USER, account, access_key=access_key)


def make_key(account: str) -> str:
    """A new access key; calls with it are calls in this account."""
    # Moto itself makes them so; its stubs take the class for an abstract one.
    key_class: Any = AccessKey
    key = key_class(user_name=None, prefix="AKIA", account_id=account)
    iam_backends[account][PARTITION].access_keys[key.access_key_id] = key
    return str(key.access_key_id)


def request_params(service: str, action: str, environ: Mapping[str, Any], body: bytes) -> dict[str, Any]:
    """The parameters of a call by botocore's names; empty where the call can't be read."""
    request = Request(dict(environ))
    model = get_service_model(service)
    protocol = determine_request_protocol(model, request.content_type)
    if action not in model.operation_names or protocol not in PROTOCOL_PARSERS:
        return {}
    parser = PROTOCOL_PARSERS[protocol](model.operation_model(action))
    call: Any = {
        "method": request.method,
        "values": request.values,
        "headers": request.headers,
        "body": body,
        "url_path": request.path,
        "url_params": {},
    }
    try:
        parsed: dict[str, Any] = parser.parse(call)
    except (RequestParserError, ValueError):
        return {}
    return parsed


def _look_up_events(response: Any) -> str:
    trail = WORLD.region(response.current_account, response.region).trail
    try:
        with WORLD.lock:
            answer = trail.look_up(json.loads(response.body or "{}"), now=WORLD.clock.now())
    except AwsError as error:
        raise JsonRESTError(error.code, error.message) from error
    return json.dumps(answer)


def replacements() -> list[tuple[Any, str, Any]]:
    return [(CloudTrailResponse, "lookup_events", _look_up_events)]
