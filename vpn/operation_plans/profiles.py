"""Whether the profiles that people have downloaded go on working: pure.

A profile names protocol, DNS name and port of the endpoint (``proto``, ``remote``) and holds the chain of its server
certificate (``<ca>``, and maybe ``verify-x509-name``); see AWS's export, and docs/guides.md.
"""

from collections.abc import Collection

from vpn.client_versions.upgrades import posture_minimum
from vpn.operation_plans.configuration import EndpointConfiguration
from vpn.operation_plans.consequences import Consequence, ConsequenceId, Tone


def profile_consequences(
    before: EndpointConfiguration, after: EndpointConfiguration, *, recent_people: Collection[str] | None
) -> tuple[Consequence, ...]:
    """``recent_people``: who connected lately, and so has the profile, from wherever they got it; None: not known."""
    values = {"count": None if recent_people is None else len(recent_people)}
    if not after.exists:
        return (Consequence(ConsequenceId.PROFILES_GONE, Tone.OUT, values),)
    if address_in_profiles(before) != address_in_profiles(after):
        return (Consequence(ConsequenceId.PROFILES_STOP, Tone.OUT, values),)
    if before.server_certificate_arn != after.server_certificate_arn:
        # Another certificate of the same authority and name is taken; the portal doesn't see which it is.
        return (Consequence(ConsequenceId.PROFILES_DOUBTFUL, Tone.OUT, values),)
    types_before, types_after = _provider_types(before), _provider_types(after)
    if types_after - types_before:
        # An older profile still connects, but its client brings no token: only the policy decides what that means.
        version = {"version": posture_minimum()}
        return (Consequence(ConsequenceId.PROFILES_POSTURE, Tone.WARN, values | version),)
    if types_before - types_after:
        return (Consequence(ConsequenceId.PROFILES_POSTURE_OFF, Tone.INFO),)
    return (Consequence(ConsequenceId.PROFILES_STAY, Tone.OK),)


def _provider_types(state: EndpointConfiguration) -> set[str]:
    """A profile names the types only (aws-auth-device-posture), neither tenant nor key."""
    return {line.partition(" ")[0] for line in state.trust_providers}


def address_in_profiles(state: EndpointConfiguration) -> tuple[str, int, str]:
    """What a profile names of the endpoint: with another one, it leads nowhere."""
    return state.transport_protocol, state.vpn_port, state.dns_name
