"""What can't be deleted while an endpoint uses it, which moto wouldn't know.

A subnet and a security group because of the association's network interface (VPC user guide, "Delete a
subnet"), a certificate because ACM refuses to delete one in use (ACM API reference, DeleteCertificate).
"""

from collections.abc import Callable, Iterator
from typing import Final

from sandbox.aws.errors import AwsError
from sandbox.aws.records import Endpoint
from sandbox.aws.wire import AwsRequest
from sandbox.aws.world import Region


def _subnets(endpoint: Endpoint) -> Iterator[str]:
    yield from (association.subnet_id for association in endpoint.associations.values())


def _security_groups(endpoint: Endpoint) -> Iterator[str]:
    for association in endpoint.associations.values():
        yield from association.security_groups


def _certificates(endpoint: Endpoint) -> Iterator[str]:
    yield str(endpoint.settings["ServerCertificateArn"])
    for option in endpoint.authentication:
        if "MutualAuthentication" in option:
            yield str(option["MutualAuthentication"]["ClientRootCertificateChain"])


def _transit_gateways(endpoint: Endpoint) -> Iterator[str]:
    if endpoint.attachment:
        yield endpoint.attachment.transit_gateway_id


# (service, action): the parameter that names the thing, the refusal, what an endpoint uses
USED_BY: Final[dict[tuple[str, str], tuple[str, str, Callable[[Endpoint], Iterator[str]]]]] = {
    ("ec2", "DeleteSubnet"): ("SubnetId", "DependencyViolation", _subnets),
    ("ec2", "DeleteSecurityGroup"): ("GroupId", "DependencyViolation", _security_groups),
    # Of the same account; another account's transit gateway isn't looked at.
    ("ec2", "DeleteTransitGateway"): ("TransitGatewayId", "IncorrectState", _transit_gateways),
    ("acm", "DeleteCertificate"): ("CertificateArn", "ResourceInUseException", _certificates),
}


def in_use(request: AwsRequest, region: Region) -> AwsError | None:
    """The refusal of a deletion that an endpoint stands in the way of."""
    parameter, code, used = USED_BY[request.service, request.action]
    # Moto answers the dry run itself, before it would look for dependencies.
    if request.parameters.get("DryRun") == "true":
        return None
    wanted = request.parameters.get(parameter)
    if any(wanted in set(used(endpoint)) for endpoint in region.endpoints.values()):
        return AwsError(code, f"{wanted} is in use by a Client VPN endpoint and cannot be deleted.")
    return None
