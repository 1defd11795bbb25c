"""Modify-, Get- and DeleteClientVpnEndpointAuthorizationPolicy; policy_evaluation.py has what a policy does.

EC2 API reference of the three actions. What Get and Delete answer when there is no policy isn't documented:
here Get has no document and no status, and Delete a code, as the client of another project expects of AWS.
"""

import json
from typing import Any, Final

import cedarpy

from sandbox.aws.call import Call
from sandbox.aws.errors import AwsError, invalid, missing
from sandbox.aws.idempotency import idempotent
from sandbox.aws.records import AuthorizationPolicy
from sandbox.aws.states import moving

DOCUMENT_BYTES: Final = 10_000
NOT_CEDAR: Final = "PolicyDocument is invalid: provide a valid Cedar policy document"


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
    # One action creates and changes: AWS's status tells which of the two it was.
    code = "updating" if before else "creating"
    endpoint.policy = AuthorizationPolicy(
        document=document or (before.document if before else ""),
        description=call.text("Description") or (before.description if before else ""),
        shadow_mode=shadow_mode,
        state=moving(code, then="active", due=call.now + call.pace.apply),
        made_at=before.made_at if before else call.now,
    )
    # Admin guide, "Step 4: Enforce the policy": AWS disconnects all active sessions when a policy that is enforced
    # is added or updated, or when shadow mode is switched off. It excepts no update, so none is excepted here.
    if shadow_mode == "disabled":
        endpoint.resets.append(call.now)
    return {"Status": code}


def _check(document: str) -> None:
    if len(document.encode()) > DOCUMENT_BYTES:
        raise invalid(f"PolicyDocument must be at most {DOCUMENT_BYTES} bytes")
    try:
        policies = json.loads(cedarpy.policies_to_json_str(document))
    except ValueError as error:
        # AWS refuses it at once and keeps the policy that was there (seen by others in October 2026).
        raise invalid(NOT_CEDAR) from error
    # Comments alone are Cedar, but no policy. A template has a gap that nobody could fill in.
    if not policies["staticPolicies"] or policies["templates"]:
        raise invalid(NOT_CEDAR)


def get_client_vpn_endpoint_authorization_policy(call: Call) -> dict[str, Any]:
    endpoint = call.endpoint()
    policy = endpoint.policy
    if policy is None:
        return {"ClientVpnEndpointId": endpoint.id}
    return {
        "ClientVpnEndpointId": endpoint.id,
        "PolicyDocument": policy.document,
        "Description": policy.description,
        "ShadowMode": policy.shadow_mode,
        "Status": policy.state.at(call.now),
    }


def delete_client_vpn_endpoint_authorization_policy(call: Call) -> dict[str, Any]:
    endpoint = call.endpoint()
    policy = endpoint.policy
    if policy is None:
        raise AwsError(
            "InvalidClientVpnEndpointAuthorizationPolicy.NotFound",
            f"Endpoint {endpoint.id} has no authorization policy",
        )
    policy.state = moving("deleting", due=call.now + call.pace.apply)
    return {"Status": "deleting"}
