"""Device posture: the trust providers of an endpoint, and the tokens that its clients bring.

Admin guide, "Device posture"; EC2 API reference, DevicePostureOptions.
"""

from collections.abc import Mapping
from typing import Any, Final

from sandbox.aws.call import Call
from sandbox.aws.errors import invalid, missing
from sandbox.aws.records import Connection, Endpoint

OPTIONS: Final = "DevicePostureOptions"
PROVIDERS: Final = ("crowdstrike", "jamf", "jumpcloud")
# Admin guide, "Configuring a trust provider": the one that needs no PublicSigningKeyUrl.
WITHOUT_KEY_URL: Final = "jamf"
# Admin guide, "How device posture works": older clients bring no token.
FIRST_CLIENT: Final = (6, 2, 0)
# The same page: after 15 minutes without a new token, Client VPN drops the last one.
TOKEN_SECONDS: Final = 15 * 60
# Admin guide, "Device token status failure reasons".
TOKEN_FAILURES: Final = (
    "token-expired",
    "signature-invalid",
    "token-malformed",
    "tenant-mismatch",
    "key-resolution-failed",
    "network-error",
    "internal-error",
)


def device_posture_options(_: Call, options: dict[str, Any]) -> dict[str, Any]:
    """What Describe shows of it; empty is switched off, which clears the providers."""
    if not options.get("Enabled"):
        return {}
    providers = options.get("TrustProviders") or []
    if not providers:
        raise missing("TrustProviders")
    for provider in providers:
        _check(provider)
    # Describe has no Enabled: the structure is there, or it isn't (EC2 API reference).
    return {"TrustProviders": [dict(provider) for provider in providers]}


def _check(provider: Mapping[str, Any]) -> None:
    kind = provider.get("TrustProviderType")
    if not kind:
        raise missing("TrustProviderType")
    if not provider.get("TenantId"):
        raise missing("TenantId")
    if kind == WITHOUT_KEY_URL:
        return
    url = provider.get("PublicSigningKeyUrl")
    if not url:
        raise missing("PublicSigningKeyUrl")
    if not url.startswith("https://"):
        raise invalid(f"Value ({url}) for parameter PublicSigningKeyUrl is invalid")


def trust_providers(endpoint: Endpoint) -> list[str]:
    """The types of the endpoint's trust providers, in the order in which they were given."""
    options = endpoint.settings.get(OPTIONS) or {}
    return [provider["TrustProviderType"] for provider in options.get("TrustProviders", ())]


def token_status(endpoint: Endpoint, connection: Connection, *, at: float) -> dict[str, dict[str, str]]:
    """``device-token-status`` of the log; AWS shows no sample of a token that never came, so it is left out."""
    status = {}
    for provider, token in _tokens(endpoint, connection, at=at).items():
        failed = {"status": "failed", "reason": token} if isinstance(token, str) else None
        status[provider] = failed or {"status": "validated"}
    return status


def token_claims(endpoint: Endpoint, connection: Connection, *, at: float) -> dict[str, Any]:
    """What valid tokens say of the device, by provider: part of the context that the policy sees."""
    tokens = _tokens(endpoint, connection, at=at)
    return {provider: token for provider, token in tokens.items() if not isinstance(token, str)}


def set_tokens(connection: Connection, tokens: Mapping[str, Any], *, at: float) -> None:
    """What the device's agents give from now on. A token that they no longer give goes on counting for a while."""
    for provider in connection.tokens.keys() - tokens.keys():
        connection.tokens_lost.setdefault(provider, at)
    connection.tokens_lost = {p: lost for p, lost in connection.tokens_lost.items() if p not in tokens}
    connection.tokens = {**connection.tokens, **tokens}


def _tokens(endpoint: Endpoint, connection: Connection, *, at: float) -> dict[str, Any]:
    """By configured provider: the claims of its token, or the reason (a text) for which it failed."""
    if _version(connection.client_version) < FIRST_CLIENT:
        return {}
    return {
        provider: connection.tokens[provider]
        for provider in trust_providers(endpoint)
        if provider in connection.tokens and at - connection.tokens_lost.get(provider, at) < TOKEN_SECONDS
    }


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".") if part.isdigit())
