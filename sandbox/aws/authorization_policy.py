"""Modify-, Get- and DeleteClientVpnEndpointAuthorizationPolicy: kept and shown, never evaluated.

EC2 API reference of the three actions. Cedar isn't parsed: what can't be a policy is refused. What Get
and Delete answer when there is no policy isn't documented.
"""

import re
from typing import Any, Final

from sandbox.aws.call import Call
from sandbox.aws.errors import invalid, missing, not_modelled
from sandbox.aws.idempotency import idempotent
from sandbox.aws.records import AuthorizationPolicy
from sandbox.aws.states import moving

DOCUMENT_BYTES: Final = 10_000
COMMENT: Final = re.compile(r"//[^\n]*")
# Enough to refuse a text that isn't Cedar at all: annotations, then permit or forbid, then a semicolon.
POLICIES: Final = re.compile(r"\s*(@\w+\(.*?\)\s*)*(permit|forbid)\s*\(.*;\s*", re.DOTALL)
SHADOW_MODES: Final = ("enabled", "disabled")


def modify_client_vpn_endpoint_authorization_policy(call: Call) -> dict[str, Any]:
    return idempotent(call, _modify)


def _modify(call: Call) -> dict[str, Any]:
    """What isn't given stays as it was."""
    endpoint = call.endpoint()
    before = endpoint.policy
    document = call.text("PolicyDocument")
    if not document and not before:
        raise missing("PolicyDocument")
    if document:
        _check(document)
    shadow_mode = call.text("ShadowMode") or (before.shadow_mode if before else "disabled")
    if shadow_mode not in SHADOW_MODES:
        raise invalid(f"Value ({shadow_mode}) for parameter ShadowMode is invalid")
    # One action creates and changes: AWS's status tells which of the two it was.
    code = "updating" if before else "creating"
    endpoint.policy = AuthorizationPolicy(
        document=document or (before.document if before else ""),
        description=call.text("Description") or (before.description if before else ""),
        shadow_mode=shadow_mode,
        state=moving(code, then="active", due=call.now + call.pace.apply),
    )
    return {"Status": code}


def _check(document: str) -> None:
    if len(document.encode()) > DOCUMENT_BYTES:
        raise invalid(f"PolicyDocument must be at most {DOCUMENT_BYTES} bytes")
    if not POLICIES.fullmatch(COMMENT.sub("", document)):
        raise invalid("PolicyDocument is invalid: provide a valid Cedar policy document")


def get_client_vpn_endpoint_authorization_policy(call: Call) -> dict[str, Any]:
    endpoint = call.endpoint()
    policy = _policy(endpoint.policy)
    return {
        "ClientVpnEndpointId": endpoint.id,
        "PolicyDocument": policy.document,
        "Description": policy.description,
        "ShadowMode": policy.shadow_mode,
        "Status": policy.state.at(call.now),
    }


def delete_client_vpn_endpoint_authorization_policy(call: Call) -> dict[str, Any]:
    policy = _policy(call.endpoint().policy)
    policy.state = moving("deleting", due=call.now + call.pace.apply)
    return {"Status": "deleting"}


def _policy(policy: AuthorizationPolicy | None) -> AuthorizationPolicy:
    if policy is None:
        raise not_modelled("an endpoint's authorization policy before there is one")
    return policy
