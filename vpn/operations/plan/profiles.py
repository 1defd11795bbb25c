"""Whether the profiles that people have downloaded go on working: pure.

A profile names protocol, DNS name and port of the endpoint (``proto``, ``remote``) and holds the chain of its server
certificate (``<ca>``, and maybe ``verify-x509-name``); see AWS's export, and docs/guides.md.
"""

from vpn.operations.plan.configuration import EndpointConfiguration
from vpn.operations.plan.consequences import Consequence, ConsequenceId, Tone


def profile_consequences(
    before: EndpointConfiguration, after: EndpointConfiguration, *, holders: int
) -> tuple[Consequence, ...]:
    """``holders``: how many people have downloaded the profile."""
    values = {"count": holders}
    if not after.exists:
        return (Consequence(ConsequenceId.PROFILES_GONE, Tone.OUT, values),)
    if _address(before) != _address(after):
        return (Consequence(ConsequenceId.PROFILES_STOP, Tone.OUT, values),)
    if before.server_certificate_arn != after.server_certificate_arn:
        # Another certificate of the same authority and name is taken; the portal doesn't see which it is.
        return (Consequence(ConsequenceId.PROFILES_DOUBTFUL, Tone.WARN, values),)
    return (Consequence(ConsequenceId.PROFILES_STAY, Tone.OK),)


def _address(state: EndpointConfiguration) -> tuple[str, int, str]:
    return state.transport_protocol, state.vpn_port, state.dns_name
