"""The seed's Client VPN endpoints, with their certificate, SAML provider and log group."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sandbox.aws.certificates import NOT_AFTER, server_certificate
from sandbox.aws.identifiers import new_id
from sandbox.company import EndpointSeed

SAML_PROVIDER: Final = "genkan-client-vpn"
WAIT_SECONDS: Final = 120
CONNECT_HANDLER: Final = "AWSClientVPN-device-check"
# IAM wants at least 1,000 characters. The portal's own sign-in has nothing to do with this document.
_METADATA: Final = (
    '<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://sso.example.co.jp/clientvpn">'
    '<IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">'
    '<KeyDescriptor use="signing"><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data>'
    "<X509Certificate>{certificate}</X509Certificate></X509Data></KeyInfo></KeyDescriptor>"
    '<SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" '
    'Location="https://sso.example.co.jp/clientvpn"/></IDPSSODescriptor></EntityDescriptor>'
).ljust(1000)


def saml_metadata(*, not_after: datetime = NOT_AFTER) -> str:
    """Of the VPN's identity provider, whose certificate ends then."""
    pem = server_certificate("sso.example.co.jp", not_after=not_after).certificate.decode()
    return _METADATA.format(certificate="".join(pem.splitlines()[1:-1]))


SAML_METADATA: Final = saml_metadata()


@dataclass(frozen=True)
class Grant:
    """An authorization rule; no group: everyone."""

    cidr: str
    group_id: str | None
    description: str


@dataclass(frozen=True)
class Placement:
    """What CreateClientVpnEndpoint is told of the network, and the subnet; none with a transit gateway."""

    arguments: dict[str, Any]
    subnet_id: str = ""


@dataclass(frozen=True)
class Vpn:
    endpoint_id: str
    association_id: str
    certificate_arn: str
    saml_provider_arn: str
    log_group: str


def ensure_vpn(
    aws: Callable[[str], Any],
    place: EndpointSeed,
    placement: Placement,
    *,
    grants: tuple[Grant, ...],
    routes: tuple[str, ...],
) -> Vpn:
    """An endpoint that is found by its Name tag is taken to be whole: a seed that broke off starts anew."""
    ec2 = aws("ec2")
    certificate = _ensure_certificate(aws("acm"), f"{place.label}.vpn.example.co.jp")
    provider = _ensure_saml_provider(aws("iam"))
    log_group = log_group_name(place)
    _ensure_log_group(aws("logs"), log_group)
    _ensure_log_group(aws("logs"), handler_log_group_name())
    endpoint = _find(ec2, place.label)
    if not endpoint:
        endpoint = _create(ec2, place, placement, certificate, provider, log_group)
        _fill(ec2, place, endpoint, placement.subnet_id, grants, routes)
    networks = ec2.describe_client_vpn_target_networks(ClientVpnEndpointId=endpoint)[
        "ClientVpnTargetNetworks"
    ]
    return Vpn(endpoint, networks[0]["AssociationId"], certificate, provider, log_group)


def seeded_endpoint_id(place: EndpointSeed) -> str:
    """The id that the place's endpoint has in every seeded sandbox."""
    return new_id("cvpn-endpoint", place.account, place.region, _token(place))


def _token(place: EndpointSeed) -> str:
    return f"seed-{place.label}"


def _find(ec2: Any, name: str) -> str | None:
    for endpoint in ec2.describe_client_vpn_endpoints()["ClientVpnEndpoints"]:
        if {"Key": "Name", "Value": name} in endpoint["Tags"]:
            return str(endpoint["ClientVpnEndpointId"])
    return None


def _create(
    ec2: Any,
    place: EndpointSeed,
    placement: Placement,
    certificate: str,
    provider: str,
    log_group: str,
) -> str:
    """Its ClientToken makes the id the same in every sandbox: a portal's database outlives restarts."""
    tags = [{"Key": "Name", "Value": place.label}, {"Key": "genkan:managed", "Value": "true"}]
    # The sandbox plays infra/client-connect-handler in its place, whatever its name is.
    handler = f"arn:aws:lambda:{place.region}:{place.account}:function:{CONNECT_HANDLER}"
    answer = ec2.create_client_vpn_endpoint(
        ClientToken=_token(place),
        ClientCidrBlock=place.client_cidr,
        ServerCertificateArn=certificate,
        AuthenticationOptions=[
            {"Type": "federated-authentication", "FederatedAuthentication": {"SAMLProviderArn": provider}}
        ],
        ConnectionLogOptions={"Enabled": True, "CloudwatchLogGroup": log_group},
        ClientConnectOptions={"Enabled": True, "LambdaFunctionArn": handler},
        Description=f"Client VPN {place.label}",
        SplitTunnel=place.split_tunnel,
        EndpointIpAddressType=place.ip_address_type,
        TrafficIpAddressType=place.ip_address_type,
        **placement.arguments,
        SessionTimeoutHours=24,
        SelfServicePortal="disabled",
        TagSpecifications=[{"ResourceType": "client-vpn-endpoint", "Tags": tags}],
    )
    return str(answer["ClientVpnEndpointId"])


def _fill(
    ec2: Any,
    place: EndpointSeed,
    endpoint: str,
    subnet_id: str,
    grants: tuple[Grant, ...],
    routes: tuple[str, ...],
) -> None:
    # AWS associates the zones of a transit gateway itself.
    if subnet_id:
        ec2.associate_client_vpn_target_network(
            ClientVpnEndpointId=endpoint,
            SubnetId=subnet_id,
            ClientToken=f"seed-{place.label}-association",
        )
    for grant in grants:
        whom = {"AccessGroupId": grant.group_id} if grant.group_id else {"AuthorizeAllGroups": True}
        ec2.authorize_client_vpn_ingress(
            ClientVpnEndpointId=endpoint,
            TargetNetworkCidr=grant.cidr,
            Description=grant.description,
            **whom,
        )
    _wait_until_available(ec2, endpoint)
    through = {"TargetVpcSubnetId": subnet_id} if subnet_id else {}
    for cidr in routes:
        ec2.create_client_vpn_route(ClientVpnEndpointId=endpoint, DestinationCidrBlock=cidr, **through)


def _wait_until_available(ec2: Any, endpoint: str) -> None:
    """A route needs an association that is through; botocore has no waiter for Client VPN."""
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        described = ec2.describe_client_vpn_endpoints(ClientVpnEndpointIds=[endpoint])["ClientVpnEndpoints"][
            0
        ]
        if described["Status"]["Code"] == "available":
            return
        time.sleep(0.05)
    raise TimeoutError(f"{endpoint} did not become available")


def _ensure_certificate(acm: Any, domain: str) -> str:
    for summary in acm.list_certificates()["CertificateSummaryList"]:
        if summary["DomainName"] == domain:
            return str(summary["CertificateArn"])
    made = server_certificate(domain)
    answer = acm.import_certificate(
        Certificate=made.certificate, PrivateKey=made.key, CertificateChain=made.chain
    )
    return str(answer["CertificateArn"])


def _ensure_saml_provider(iam: Any) -> str:
    for provider in iam.list_saml_providers()["SAMLProviderList"]:
        if provider["Arn"].endswith(f"/{SAML_PROVIDER}"):
            return str(provider["Arn"])
    answer = iam.create_saml_provider(Name=SAML_PROVIDER, SAMLMetadataDocument=SAML_METADATA)
    return str(answer["SAMLProviderArn"])


def log_group_name(place: EndpointSeed) -> str:
    return f"/genkan/clientvpn/{place.label}"


def handler_log_group_name() -> str:
    """The log group that Lambda gives the connect handler: it is called the same in every account."""
    return f"/aws/lambda/{CONNECT_HANDLER}"


def _ensure_log_group(logs: Any, name: str) -> None:
    groups = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    if not any(group["logGroupName"] == name for group in groups):
        logs.create_log_group(logGroupName=name)
