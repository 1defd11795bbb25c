"""``ClientToken``: the same call again changes nothing; the same token for another call is refused.

EC2 developer guide, "Ensuring idempotency in Amazon EC2 API requests".
"""

import json
from collections.abc import Callable
from typing import Any

from sandbox.aws.call import Call
from sandbox.aws.errors import AwsError


def idempotent(call: Call, act: Callable[[Call], dict[str, Any]]) -> dict[str, Any]:
    """The remembered answer of this token, or a new one."""
    token = call.text("ClientToken")
    if not token:
        return act(call)
    # EC2 API reference: up to 64 ASCII characters.
    if len(token) > 64 or not token.isascii():
        raise AwsError("InvalidParameterValue", "ClientToken must be at most 64 ASCII characters")
    parameters = json.dumps(
        {k: v for k, v in call.params.items() if k != "ClientToken"}, sort_keys=True, default=str
    )
    known = call.region.answers.get((call.action, token))
    if known is None:
        answer = act(call)
        call.region.answers[call.action, token] = (parameters, answer)
        return answer
    if known[0] != parameters:
        raise AwsError(
            "IdempotentParameterMismatch",
            "The request uses the same client token as a previous, different one",
        )
    return known[1]
