"""Client certificates: an endpoint where people sign in by them, and lists of those that are revoked."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from sandbox.aws.seed import Architecture

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

KEY = ec.generate_private_key(ec.SECP256R1())


def revocation_list(*serials: int, days: float = 30, number: int = 1, begins: float = -1) -> str:
    return signed(
        [revoked_certificate(serial).build() for serial in serials], days=days, number=number, begins=begins
    ).decode()


def long_list(entries: int) -> str:
    """As long as one with so many entries gets: each with a long serial number, a reason and a date."""
    now, dated = datetime.now(UTC), []
    for number in range(entries):
        certificate = revoked_certificate((1 << 157) + number)
        certificate = certificate.add_extension(
            x509.CRLReason(x509.ReasonFlags.key_compromise), critical=False
        )
        dated.append(certificate.add_extension(x509.InvalidityDate(now), critical=False).build())
    return signed(dated).decode()


def revoked_certificate(serial: int) -> x509.RevokedCertificateBuilder:
    return x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(datetime.now(UTC))


def signed(
    revoked: list[x509.RevokedCertificate],
    *,
    days: float = 30,
    number: int = 1,
    begins: float = -1,
    encoding: serialization.Encoding = serialization.Encoding.PEM,
) -> bytes:
    now = datetime.now(UTC)
    # All at once: add_revoked_certificate() copies the list each time.
    builder = x509.CertificateRevocationListBuilder(
        x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Genkan test CA")]),
        now + timedelta(days=begins),
        now + timedelta(days=days),
        revoked_certificates=revoked,
    ).add_extension(x509.CRLNumber(number), critical=False)
    return builder.sign(KEY, hashes.SHA256()).public_bytes(encoding)


def mutual_endpoint(ec2: "EC2Client", architecture: Architecture, text: str = "") -> str:
    """Its id; ``text`` is a list that it has already."""
    arn = architecture.tokyo.vpn.certificate_arn
    made = ec2.create_client_vpn_endpoint(
        ClientCidrBlock="10.20.0.0/22",
        ServerCertificateArn=arn,
        AuthenticationOptions=[
            {
                "Type": "certificate-authentication",
                "MutualAuthentication": {"ClientRootCertificateChainArn": arn},
            }
        ],
        ConnectionLogOptions={"Enabled": False},
        TagSpecifications=[
            {
                "ResourceType": "client-vpn-endpoint",
                "Tags": [{"Key": "genkan:managed", "Value": "true"}, {"Key": "Name", "Value": "mutual"}],
            }
        ],
    )["ClientVpnEndpointId"]
    if text:
        ec2.import_client_vpn_client_certificate_revocation_list(
            ClientVpnEndpointId=made, CertificateRevocationList=text
        )
    return made
