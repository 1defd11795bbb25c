"""The client connect handler of an endpoint: the Lambda function that AWS asks at each attempt."""

from collections.abc import Mapping
from typing import Any

from vpn.endpoints.models import Endpoint


def connect_handler_name(endpoint: Endpoint) -> str:
    """The function's name, without the alias or version by which it may be called; empty: it has no handler."""
    options: Mapping[str, Any] = endpoint.settings.get("ClientConnectOptions") or {}
    # arn:aws:lambda:REGION:ACCOUNT:function:NAME, and behind it :ALIAS where the function is qualified, as AWS allows.
    _, _, name = str(options.get("LambdaFunctionArn", "")).partition(":function:")
    return name.partition(":")[0] if options.get("Enabled") else ""


def handler_log_group(endpoint: Endpoint) -> str:
    """The log group that Lambda gives the function, in the endpoint's own account and Region; empty: no handler."""
    # A function can be told to log elsewhere. AWS's answers about the endpoint don't tell that, and asking Lambda would
    # take another permission: infra/client-connect-handler keeps to the name that Lambda gives.
    name = connect_handler_name(endpoint)
    return f"/aws/lambda/{name}" if name else ""
