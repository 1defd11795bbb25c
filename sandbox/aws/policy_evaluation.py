"""What an endpoint's authorization policy says of a connection: when it connects, and every five minutes.

Admin guide, "How device posture works" and "Connection logging". The policy is evaluated by Cedar's own engine.
AWS documents the namespaces of the context, the claims of each trust provider and ``saml.memberOf``; the names
in ``connection`` and every other name of a person here are the sandbox's.
"""

from typing import Any, Final

import cedarpy

from sandbox.aws.authentication import DIRECTORY, FEDERATED, MUTUAL
from sandbox.aws.device_posture import token_claims, token_status
from sandbox.aws.records import AuthorizationPolicy, Connection, Endpoint

EVERY_SECONDS: Final = 5 * 60
PERMIT: Final = "permit"
DENY: Final = "deny"
ATTEMPT: Final = "connection-attempt"
PERIODIC: Final = "periodic"


def active_policy(endpoint: Endpoint, at: float) -> AuthorizationPolicy | None:
    """The policy that decides at ``at``. A past that is replayed is what it would be had there always been this one."""
    policy = endpoint.policy
    if policy is None:
        return None
    return policy if at < policy.made_at or policy.state.at(at) in {"active", "updating"} else None


def evaluate(endpoint: Endpoint, connection: Connection, *, kind: str, at: float) -> dict[str, Any]:
    """``authorization-policy-evaluation`` of the log, in the key order of AWS's samples; empty without a policy."""
    policy = active_policy(endpoint, at)
    if policy is None:
        return {}
    context = _context(endpoint, connection, at=at)
    result = _decide(policy.document, connection, endpoint, context)
    evaluation: dict[str, Any] = {
        "result": result,
        "evaluation-type": kind,
        "shadow-mode": policy.shadow_mode,
    }
    if result != PERMIT:
        # AWS: "The current emitted value is policy-deny", for errors too.
        evaluation["reason"] = "policy-deny"
    evaluation["device-token-status"] = token_status(endpoint, connection, at=at)
    if endpoint.settings["ConnectionLogOptions"].get("IncludeAuthorizationPolicyContext"):
        evaluation["context"] = context
    return evaluation


def is_refused(evaluation: dict[str, Any]) -> bool:
    """Whether AWS keeps the person out: in shadow mode it only writes down what it would have done."""
    return bool(evaluation) and evaluation["result"] != PERMIT and evaluation["shadow-mode"] == "disabled"


def next_refusal(endpoint: Endpoint, connection: Connection, now: float) -> float | None:
    """When a periodic evaluation that is due by ``now`` ends the connection; others are only noted.

    Whoever calls this has brought the connection up to date before each change of device or policy.
    """
    due = (connection.evaluated_at or connection.established_at) + EVERY_SECONDS
    while due <= now:
        evaluation = evaluate(endpoint, connection, kind=PERIODIC, at=due)
        connection.evaluated_at = due
        connection.evaluation = evaluation or connection.evaluation
        if is_refused(evaluation):
            return due
        # Nothing changes by itself but a token that runs out: else, all evaluations until now say the same.
        skipped = 1 if connection.tokens_lost else max(1, int((now - due) // EVERY_SECONDS))
        due += skipped * EVERY_SECONDS
    return None


def _decide(document: str, connection: Connection, endpoint: Endpoint, context: dict[str, Any]) -> str:
    """``error`` where nothing permits it and a statement could not be evaluated, as where an attribute is missing.

    Which result AWS writes where one statement permits and another one fails isn't documented: Cedar passes over
    the one that fails, and permits.
    """
    request = {
        "principal": {"type": "ClientVpn::User", "id": connection.username},
        "action": {"type": "ClientVpn::Action", "id": "connect"},
        "resource": {"type": "ClientVpn::Endpoint", "id": endpoint.id},
        "context": context,
    }
    answer = cedarpy.is_authorized(request, document, [])
    if answer.allowed:
        return PERMIT
    return "error" if answer.diagnostics.errors else DENY


def _context(endpoint: Endpoint, connection: Connection, *, at: float) -> dict[str, Any]:
    return {
        "connection": {
            "endpoint-id": endpoint.id,
            "connection-id": connection.id,
            "platform": connection.device_type,
            "public-ip": connection.device_ip,
            "aws-client-version": connection.client_version,
        },
        **_identity(endpoint, connection),
        **token_claims(endpoint, connection, at=at),
    }


def _identity(endpoint: Endpoint, connection: Connection) -> dict[str, Any]:
    """By way of signing in; admin guide, "Author an authorization policy"."""
    identity: dict[str, Any] = {}
    if endpoint.authenticates_by(FEDERATED):
        identity["saml"] = {"email": connection.username, "memberOf": list(connection.groups)}
    if endpoint.authenticates_by(DIRECTORY):
        identity["active-directory"] = {"username": connection.username}
    if endpoint.authenticates_by(MUTUAL):
        identity["mutual-authentication"] = {"common-name": connection.common_name}
    return identity
