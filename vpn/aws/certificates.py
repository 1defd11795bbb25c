"""Reading certificates: those of ACM, and those in the metadata of SAML providers.

IAM: acm:DescribeCertificate on the certificate, iam:GetSAMLProvider on the provider.
"""

from datetime import datetime
from typing import TYPE_CHECKING

from vpn.aws import snapshots
from vpn.aws.errors import translated

if TYPE_CHECKING:
    from vpn.aws.session import ACMClient, IAMClient


def acm_certificate(client: "ACMClient", *, arn: str) -> snapshots.AcmCertificate:
    """ACM DescribeCertificate. Raises AwsError."""
    with translated():
        raw = client.describe_certificate(CertificateArn=arn)["Certificate"]
        return snapshots.AcmCertificate(
            domain_name=raw.get("DomainName", ""),
            serial=raw.get("Serial", ""),
            status=raw.get("Status", ""),
            not_after=raw.get("NotAfter"),
            renews_itself=raw.get("RenewalEligibility") == "ELIGIBLE",
        )


def saml_provider(client: "IAMClient", *, arn: str) -> snapshots.SamlProvider:
    """IAM GetSAMLProvider: the metadata that sign-in to the VPN is checked against. Raises AwsError."""
    with translated():
        raw = client.get_saml_provider(SAMLProviderArn=arn)
        valid_until: datetime | None = raw.get("ValidUntil")
        return snapshots.SamlProvider(metadata=raw["SAMLMetadataDocument"], valid_until=valid_until)
