"""ImportClientVpnClientCertificateRevocationList and ExportClientVpnClientCertificateRevocationList.

Admin guide, "Client VPN client certificate revocation lists": a list replaces the one before it, whole;
importing one resets all connections; at most 20,000 entries. What an export answers before any import is not
documented.
"""

from typing import Any, Final

from cryptography import x509

from sandbox.aws.authentication import MUTUAL
from sandbox.aws.call import Call
from sandbox.aws.connections import end_all
from sandbox.aws.errors import AwsError, combination, invalid, not_modelled
from sandbox.aws.records import RevocationList
from sandbox.aws.states import moving

# Admin guide, "Client VPN quotas".
ENTRIES: Final = 20_000


def import_client_vpn_client_certificate_revocation_list(call: Call) -> dict[str, Any]:
    endpoint = call.endpoint()
    if not endpoint.authenticates_by(MUTUAL):
        raise combination("A revocation list needs an endpoint with mutual authentication")
    text = call.text("CertificateRevocationList")
    if _entries(text) > ENTRIES:
        message = f"A revocation list can have at most {ENTRIES} entries"
        raise AwsError("ClientVpnCertificateRevocationListLimitExceeded", message)
    state = moving("pending", then="active", due=call.now + call.pace.apply)
    endpoint.revocation_list = RevocationList(text, state)
    # Of everybody, revoked or not: AWS resets all connections to apply the list.
    end_all(call.world, call.region, endpoint, cause="reset", at=call.now)
    return {"Return": True}


def _entries(text: str) -> int:
    try:
        return len(x509.load_pem_x509_crl(text.encode()))
    except ValueError as error:
        raise invalid("CertificateRevocationList is not a PEM certificate revocation list") from error


def export_client_vpn_client_certificate_revocation_list(call: Call) -> dict[str, Any]:
    kept = call.endpoint().revocation_list
    if kept is None:
        raise not_modelled("the export of a revocation list that was never imported")
    return {"CertificateRevocationList": kept.text, "Status": kept.state.described(call.now)}
