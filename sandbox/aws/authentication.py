"""The authentication options of an endpoint: request and answer name them differently.

Admin guide, "Client authentication": one option, or mutual together with one kind of user authentication.
"""

from typing import Any, Final

from sandbox.aws.call import Call
from sandbox.aws.errors import AwsError, combination, invalid, missing

MUTUAL: Final = "certificate-authentication"
DIRECTORY: Final = "directory-service-authentication"
FEDERATED: Final = "federated-authentication"


def authentication_options(call: Call) -> list[dict[str, Any]]:
    """``AuthenticationOptions`` as Describe shows them."""
    wanted = call.params.get("AuthenticationOptions") or []
    kinds = [str(option.get("Type") or "") for option in wanted]
    if not wanted:
        raise missing("Authentication")
    # DIRECTORY and FEDERATED are both user authentication: an endpoint can have one of the two.
    if len(set(kinds)) != len(kinds) or {DIRECTORY, FEDERATED} <= set(kinds):
        raise combination("Only mutual authentication can be combined with one kind of user authentication")
    return [_described(call, kind, option) for kind, option in zip(kinds, wanted, strict=True)]


def _described(call: Call, kind: str, option: dict[str, Any]) -> dict[str, Any]:
    if kind == MUTUAL:
        return {"Type": kind, "MutualAuthentication": _mutual(call, option.get("MutualAuthentication") or {})}
    if kind == DIRECTORY:
        return {"Type": kind, "ActiveDirectory": _directory(option.get("ActiveDirectory") or {})}
    if kind == FEDERATED:
        return {
            "Type": kind,
            "FederatedAuthentication": _federated(call, option.get("FederatedAuthentication") or {}),
        }
    raise invalid(f"Value ({kind}) for parameter Authentication.Type is invalid")


def _mutual(call: Call, option: dict[str, Any]) -> dict[str, str]:
    arn = option.get("ClientRootCertificateChainArn") or ""
    if not arn:
        raise AwsError("MissingParameter", "Mutual authentication is required but is missing in the request")
    if call.resources.certificate(arn) is None:
        raise invalid(f"Certificate {arn} does not exist")
    return {"ClientRootCertificateChain": arn}


def _directory(option: dict[str, Any]) -> dict[str, str]:
    """The directory isn't looked up: the sandbox's account has no AWS Directory Service."""
    if not option.get("DirectoryId"):
        raise AwsError(
            "MissingParameter", "Active Directory authentication is required but is missing in the request"
        )
    return {"DirectoryId": option["DirectoryId"]}


def _federated(call: Call, option: dict[str, Any]) -> dict[str, str]:
    if not option.get("SAMLProviderArn"):
        raise AwsError(
            "MissingParameter", "Federated authentication is required but is missing in the request"
        )
    # The request spells it SAMLProviderArn, the answer SamlProviderArn (EC2 API reference, both types).
    described = {"SamlProviderArn": option["SAMLProviderArn"]}
    if option.get("SelfServiceSAMLProviderArn"):
        described["SelfServiceSamlProviderArn"] = option["SelfServiceSAMLProviderArn"]
    for arn in described.values():
        if not call.resources.has_saml_provider(arn):
            raise invalid(f"SAML provider {arn} does not exist")
    return described
