"""ExportClientVpnClientConfiguration: the OpenVPN profile without a person's own certificate and key.

Admin guide, "Export the client configuration file". AWS publishes no whole federated export: its directives
are AWS's, their order is the sandbox's. A mutual profile lacks ``cert`` and ``key``: AWS doesn't know them.
"""

from typing import Any, Final

from sandbox.aws.authentication import DIRECTORY, FEDERATED
from sandbox.aws.call import Call
from sandbox.aws.device_posture import trust_providers
from sandbox.aws.endpoints import dns_name
from sandbox.aws.errors import no_active_association
from sandbox.aws.records import Endpoint

# What AWS's published profiles have in common. remote-random-hostname makes clients ask for a subdomain of
# the name, which is why Describe answers it with a leading "*.".
HEAD: Final = """\
client
dev tun
proto {protocol}
remote {host} {port}
remote-random-hostname
resolv-retry infinite
nobind
remote-cert-tls server
cipher AES-256-GCM
verb 3
<ca>
{authority}
</ca>

"""
# In 5 of 11 real exports that were seen, and then last: the client refuses any other certificate.
CERTIFICATE_NAME: Final = "verify-x509-name {name} name"
# auth-federate is AWS's own directive: only its client knows it, and opens a browser for it.
SIGN_IN: Final = {
    DIRECTORY: ("auth-user-pass",),
    FEDERATED: ("auth-user-pass", "auth-federate", "auth-retry interact", "auth-nocache"),
}


def export_client_vpn_client_configuration(call: Call) -> dict[str, Any]:
    """Refused while no network was ever associated; that AWS does so is likely, not confirmed."""
    endpoint = call.endpoint()
    if endpoint.status(call.now) in {"pending-associate", "pending"}:
        raise no_active_association("ExportClientVpnClientConfiguration")
    return {"ClientConfiguration": profile(call, endpoint)}


def profile(call: Call, endpoint: Endpoint) -> str:
    head = HEAD.format(
        protocol=endpoint.settings["TransportProtocol"],
        host=dns_name(call, endpoint),
        port=endpoint.settings["VpnPort"],
        authority=endpoint.certificate_authority.strip(),
    )
    kinds = (option["Type"] for option in endpoint.authentication)
    directives = [line for kind in kinds for line in SIGN_IN.get(kind, ())]
    # User guide, "Connecting to an endpoint that requires device posture": one for each provider.
    directives += [f"aws-auth-device-posture {provider}" for provider in trust_providers(endpoint)]
    certificate = call.resources.certificate(endpoint.settings["ServerCertificateArn"])
    names = [CERTIFICATE_NAME.format(name=certificate.names[0])] if certificate else []
    return head + "".join(f"{line}\n" for line in [*directives, "reneg-sec 0", *names])
