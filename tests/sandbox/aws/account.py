"""An account to test in, and a way to wait for what takes time."""

import time
from collections.abc import Callable
from contextlib import ExitStack, contextmanager
from types import TracebackType
from typing import Any, Self

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from sandbox.aws.certificates import server_certificate
from sandbox.aws.seed_vpn import SAML_METADATA

CLIENT_CIDR = "10.20.0.0/22"


class Clients:
    """``clients("ec2")`` is boto3's, without retries, and always the same: making one takes longer than a test."""

    def __init__(self, boto: boto3.session.Session, url: str) -> None:
        self._boto, self._url = boto, url
        self._made: dict[str, Any] = {}
        self._stack = ExitStack()

    def __call__(self, service: str) -> Any:
        if service not in self._made:
            self._made[service] = self.another(service, config=Config(retries={"total_max_attempts": 1}))
            self._stack.callback(self._made[service].close)
        return self._made[service]

    def another(self, service: str, **arguments: Any) -> Any:
        make: Any = self._boto.client
        return make(service, endpoint_url=self._url, **arguments)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()


class Account:
    """Builds what an endpoint needs and hands out request arguments."""

    def __init__(self, clients: Clients) -> None:
        self.ec2 = clients("ec2")
        self._clients = clients
        self.certificate = self.import_certificate("vpn.example.co.jp")
        iam: Any = self.client("iam")
        answer = iam.create_saml_provider(Name="sso", SAMLMetadataDocument=SAML_METADATA)
        self.saml_provider = answer["SAMLProviderArn"]
        self.client("logs").create_log_group(logGroupName="vpn")
        self.vpc = self.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        self.subnet_a = self.subnet("10.0.0.0/24", "a")
        self.subnet_c = self.subnet("10.0.1.0/24", "c")

    def client(self, service: str, **arguments: Any) -> Any:
        return self._clients.another(service, **arguments) if arguments else self._clients(service)

    def import_certificate(self, domain: str) -> str:
        made = server_certificate(domain)
        acm = self.client("acm")
        return str(
            acm.import_certificate(
                Certificate=made.certificate,
                PrivateKey=made.key,
                CertificateChain=made.chain,
            )["CertificateArn"]
        )

    def subnet(self, cidr: str, zone: str) -> str:
        zone = f"{self.ec2.meta.region_name}{zone}"
        answer = self.ec2.create_subnet(VpcId=self.vpc, CidrBlock=cidr, AvailabilityZone=zone)
        return str(answer["Subnet"]["SubnetId"])

    def federated(self) -> dict[str, Any]:
        return {
            "Type": "federated-authentication",
            "FederatedAuthentication": {"SAMLProviderArn": self.saml_provider},
        }

    def mutual(self) -> dict[str, Any]:
        return {
            "Type": "certificate-authentication",
            "MutualAuthentication": {"ClientRootCertificateChainArn": self.certificate},
        }

    def directory(self) -> dict[str, Any]:
        return {
            "Type": "directory-service-authentication",
            "ActiveDirectory": {"DirectoryId": "d-1234567890"},
        }

    def endpoint_arguments(self, **changes: Any) -> dict[str, Any]:
        arguments = {
            "ClientCidrBlock": CLIENT_CIDR,
            "ServerCertificateArn": self.certificate,
            "AuthenticationOptions": [self.federated()],
            "ConnectionLogOptions": {"Enabled": True, "CloudwatchLogGroup": "vpn"},
        }
        return {**arguments, **changes}

    def endpoint(self, **changes: Any) -> str:
        arguments = self.endpoint_arguments(**changes)
        return str(self.ec2.create_client_vpn_endpoint(**arguments)["ClientVpnEndpointId"])

    def associated_endpoint(self, **changes: Any) -> str:
        """An endpoint that is available through subnet_a."""
        endpoint = self.endpoint(**changes)
        self.associate(endpoint, self.subnet_a)
        return endpoint

    def associate(self, endpoint: str, subnet: str) -> str:
        answer = self.ec2.associate_client_vpn_target_network(ClientVpnEndpointId=endpoint, SubnetId=subnet)
        association = answer["AssociationId"]
        eventually(lambda: self.association_code(endpoint, association) == "associated")
        return str(association)

    def association_code(self, endpoint: str, association: str) -> str | None:
        networks = self.ec2.describe_client_vpn_target_networks(ClientVpnEndpointId=endpoint)
        codes = {n["AssociationId"]: n["Status"]["Code"] for n in networks["ClientVpnTargetNetworks"]}
        return codes.get(association)

    def described(self, endpoint: str) -> dict[str, Any]:
        answer = self.ec2.describe_client_vpn_endpoints(ClientVpnEndpointIds=[endpoint])
        return dict(answer["ClientVpnEndpoints"][0])

    def rules(self, endpoint: str) -> list[dict[str, Any]]:
        answer = self.ec2.describe_client_vpn_authorization_rules(ClientVpnEndpointId=endpoint)
        return list(answer["AuthorizationRules"])

    def routes(self, endpoint: str) -> list[dict[str, Any]]:
        return list(self.ec2.describe_client_vpn_routes(ClientVpnEndpointId=endpoint)["Routes"])


def eventually(happened: Callable[[], bool], seconds: float = 5) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.01)


@contextmanager
def refused(code: str, status: int = 400) -> Any:
    """The block ends in a ClientError of this code, and of this HTTP status."""
    with pytest.raises(ClientError) as caught:
        yield caught
    answer: Any = caught.value.response
    assert answer["Error"]["Code"] == code
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == status
    assert answer["Error"]["Message"]
