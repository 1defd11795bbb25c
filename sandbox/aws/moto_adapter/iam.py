"""Who may do what: signatures and policies of those who call, and roles that can be assumed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from moto.core.authorization import ActionAuthenticatorMixin
from moto.core.exceptions import AuthFailureError, InvalidClientTokenIdError, SignatureDoesNotMatchError
from moto.ec2.models import ec2_backends
from moto.iam.access_control import AssumedRoleAccessKey, IAMRequest, IAMUserAccessKey, create_access_key
from moto.iam.models import Policy, iam_backends
from moto.sts.models import sts_backends
from werkzeug.datastructures import EnvironHeaders
from werkzeug.exceptions import HTTPException

from sandbox.aws.errors import AwsError
from sandbox.aws.policies import Decision, decide, decide_by_names, listed, read_statements
from sandbox.aws.policy_targets import Evaluation, Target, request_context, targets
from sandbox.aws.wire import AwsRequest, error_response, form_of
from sandbox.aws.world import WORLD

BOOTSTRAP_ROLE: Final = "OrganizationAccountAccessRole"
EVERYTHING: Final = {"Effect": "Allow", "Action": "*", "Resource": "*"}
ALWAYS_ALLOWED: Final = "sts:GetCallerIdentity"
# By the form of a service's errors: no permission, an unknown key, a wrong signature.
REFUSALS: Final = {
    "ec2": ("UnauthorizedOperation", "AuthFailure", "AuthFailure"),
    "query": ("AccessDenied", "InvalidClientTokenId", "SignatureDoesNotMatch"),
    "json": ("AccessDeniedException", "UnrecognizedClientException", "InvalidSignatureException"),
}


class Refused(HTTPException):
    """For calls of which moto alone knows the action: it answers with the description."""

    code = 403


@dataclass(frozen=True)
class Caller:
    """``arn`` as in messages; ``principal``: how a trust policy names it."""

    arn: str
    principal: str
    account: str
    statements: tuple[Mapping[str, Any], ...]


def replacements() -> list[tuple[Any, str, Any]]:
    """What of moto's is replaced, and by what."""
    return [(ActionAuthenticatorMixin, "_authenticate_and_authorize_action", _authorize_by_moto)]


def enforce_iam(*, enforced: bool) -> None:
    """Check signatures and IAM policies of every call from now on, or of none."""
    WORLD.iam_enforced = enforced


def authorize(environ: Mapping[str, Any], body: bytes, request: AwsRequest, account: str) -> None:
    """Raises AwsError as AWS would refuse the call: by the key, the signature or a policy."""
    if not WORLD.iam_enforced:
        if (request.service, request.action) == ("sts", "AssumeRole"):
            _check_trust(request, None)
        return
    # Who clicks in the console by way of the control API is an administrator, and no IAM user.
    if request.access_key in WORLD.principals:
        return
    caller = _identify(environ, body, request, account)
    if f"{request.service}:{request.action}" == ALWAYS_ALLOWED:
        return
    if (request.service, request.action) == ("sts", "AssumeRole") and _check_trust(request, caller):
        return
    for target in targets(request, account):
        if not _is_allowed(caller, target, request):
            raise AwsError(REFUSALS[form_of(request)][0], _refusal(caller, target, request))


def _refusal(caller: Caller, target: Target, request: AwsRequest) -> str:
    sentence = f"{caller.arn} is not authorized to perform: {target.action} on resource: {target.arns[0]}"
    return (
        f"You are not authorized to perform this operation. User: {sentence}"
        if request.service == "ec2"
        else f"User: {sentence}"
    )


def _is_allowed(caller: Caller, target: Target, request: AwsRequest) -> bool:
    context = _caller_context(caller) | request_context(request) | _tags(target, request, caller.account)
    decision = decide_by_names(caller.statements, action=target.action, arns=target.arns, context=context)
    allowed = decision is Decision.ALLOWED
    WORLD.evaluations.append(Evaluation(caller.principal, target.action, target.arns, context, allowed))
    return allowed


def _caller_context(caller: Caller) -> dict[str, tuple[str, ...]]:
    context: dict[str, tuple[str, ...]] = {
        "aws:principalarn": (caller.principal,),
        "aws:principalaccount": (caller.account,),
        "aws:securetransport": ("false",),
    }
    if ":user/" in caller.principal:
        context["aws:username"] = (caller.principal.rpartition("/")[2],)
    return context


def _tags(target: Target, request: AwsRequest, account: str) -> dict[str, tuple[str, ...]]:
    if request.service != "ec2":
        return {}
    tags = ec2_backends[account][request.region].tags.get(target.resource_id, {})
    return {
        f"{prefix}:resourcetag/{key.lower()}": (value,)
        for key, value in tags.items()
        for prefix in ("aws", "ec2")
    }


def _identify(environ: Mapping[str, Any], body: bytes, request: AwsRequest, account: str) -> Caller:
    _permission, unknown_key, wrong_signature = REFUSALS[form_of(request)]
    headers = EnvironHeaders(dict(environ))
    query = environ.get("QUERY_STRING", "")
    path = environ.get("RAW_URI") or environ.get("PATH_INFO", "/") + (f"?{query}" if query else "")
    try:
        signed: Any = IAMRequest(
            account_id=account,
            method=environ["REQUEST_METHOD"],
            path=path,
            data={},
            body=body,
            headers=headers,  # type: ignore[arg-type]  # moto only looks names up, whatever their case
            action=request.action,
        )
        signed.check_signature()
    except (InvalidClientTokenIdError, IndexError, KeyError) as error:
        raise AwsError(unknown_key, "The security token included in the request is invalid.") from error
    except SignatureDoesNotMatchError as error:
        raise AwsError(wrong_signature, "The request signature does not match.") from error
    except AuthFailureError as error:
        raise AwsError(
            "AuthFailure", "AWS was not able to validate the provided access credentials"
        ) from error
    return _caller(create_access_key(account, "aws", request.access_key, headers), account)  # type: ignore[arg-type]


def _caller(key: IAMUserAccessKey | AssumedRoleAccessKey, account: str) -> Caller:
    if isinstance(key, IAMUserAccessKey):
        return Caller(key.arn, key.arn, account, _statements(key))
    role = next(
        role.role_arn
        for role in sts_backends[account]["aws"].assumed_roles
        if key.arn.endswith(f"/{role.session_name}") and role.arn == key.arn
    )
    if role.endswith(f"/{BOOTSTRAP_ROLE}"):
        return Caller(key.arn, role, account, (EVERYTHING,))
    return Caller(key.arn, role, account, _statements(key))


def _statements(key: IAMUserAccessKey | AssumedRoleAccessKey) -> tuple[Mapping[str, Any], ...]:
    """Of the inline policies and those that are attached, which moto returns in three forms."""
    documents: list[Any] = [
        next(version.document for version in policy.versions if version.is_default)
        if isinstance(policy, Policy)
        else policy
        if isinstance(policy, str)
        else policy["policy_document"]
        for policy in key.collect_policies()
    ]
    return tuple(statement for document in documents for statement in read_statements(document))


def _check_trust(request: AwsRequest, caller: Caller | None) -> bool:
    """Raises AwsError unless the role's trust policy lets the caller assume it; ``None``: anybody whom it lets.

    True: it names the caller itself, who then needs no policy (IAM user guide, "Roles trust policies", same account).
    """
    arn = str(request.parameters.get("RoleArn", ""))
    account, _, name = arn.removeprefix("arn:aws:iam::").partition(":role/")
    # AWS Organizations makes this role in every account that it creates; the seed needs it before any other
    # exists.
    if name == BOOTSTRAP_ROLE:
        return False
    role = next((r for r in iam_backends[account]["aws"].roles.values() if r.arn == arn), None)
    statements = read_statements(role.assume_role_policy_document) if role else []
    trusting = [s for s in statements if caller is None or _names(s, caller)]
    context = request_context(request) | (_caller_context(caller) if caller else {})
    if decide(trusting, action="sts:assumerole", resource=arn, context=context) is not Decision.ALLOWED:
        who = caller.arn if caller else "anonymous"
        message = f"User: {who} is not authorized to perform: sts:AssumeRole on resource: {arn}"
        raise AwsError("AccessDenied", message)
    return caller is not None and caller.account == account and any(_is_named(s, caller) for s in trusting)


def _principals(statement: Mapping[str, Any]) -> list[str]:
    principal = statement.get("Principal", {})
    return ["*"] if principal == "*" else listed(principal.get("AWS", []))


def _is_named(statement: Mapping[str, Any], caller: Caller) -> bool:
    return bool({caller.principal, caller.arn} & set(_principals(statement)))


def _names(statement: Mapping[str, Any], caller: Caller) -> bool:
    everybody = {"*", caller.account, f"arn:aws:iam::{caller.account}:root"}
    return _is_named(statement, caller) or bool(everybody & set(_principals(statement)))


def _authorize_by_moto(response: Any, _request_class: type, _resource: str = "*") -> None:
    """Calls whose action stands in the path: only moto knows it. The others were judged before they came here."""
    headers = response.headers
    if not WORLD.iam_enforced or "X-Amz-Target" in headers or "Action" in response.querystring:
        return
    environ = response.normalized_request.environ
    scope = headers.get("Authorization", "").partition("Credential=")[2].split("/")
    service, region = (scope[3], scope[2]) if len(scope) > 4 else ("", response.region)
    request = AwsRequest(service, region, scope[0], response._get_action() or "", {})
    try:
        authorize(environ, response.raw_body or b"", request, response.current_account)
    except AwsError as error:
        raise Refused(error_response(request, error.code, error.message).get_data(as_text=True)) from error
