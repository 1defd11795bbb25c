"""Which resources a call needs permission for, and the condition keys that it brings.

Service authorization reference, "Actions, resources, and condition keys" of each service. A service or action that is
not here has no smaller resource than ``*``.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sandbox.aws.wire import AwsRequest

# The scope of a signature names CloudWatch otherwise than IAM does.
PREFIXES: Final = {"monitoring": "cloudwatch"}
# Of these, the subnet, security groups and VPC need permission, too.
ATTACHING: Final = frozenset(
    {
        "AssociateClientVpnTargetNetwork",
        "CreateClientVpnRoute",
        "ApplySecurityGroupsToClientVpnTargetNetwork",
        "CreateClientVpnEndpoint",
        "ModifyClientVpnEndpoint",
    }
)
PREFIX_LIST_ACTIONS: Final = frozenset(
    {"CreateManagedPrefixList", "GetManagedPrefixListEntries", "ModifyManagedPrefixList"}
)
# Members of a request to EC2 that stand for condition keys of the endpoint
EC2_KEYS: Final = {
    "ServerCertificateArn": "ec2:servercertificatearn",
    "ConnectionLogOptions.CloudwatchLogGroup": "ec2:cloudwatchloggrouparn",
    "Authentication.1.FederatedAuthentication.SAMLProviderArn": "ec2:samlproviderarn",
    "Authentication.1.MutualAuthentication.ClientRootCertificateChainArn": "ec2:clientrootcertificatechainarn",
    "VpcId": "ec2:vpcid",
}


@dataclass(frozen=True)
class Target:
    """``action`` on one resource, by each ARN that policies name it by; every target of a call must be allowed."""

    action: str
    arns: tuple[str, ...]

    @property
    def resource_id(self) -> str:
        return re.split("[:/]", self.arns[0])[-1]


@dataclass(frozen=True)
class Evaluation:
    """What IAM was asked for a call, and what it said: ``principal`` is a user or a role, not its session."""

    principal: str
    action: str
    arns: tuple[str, ...]
    context: Mapping[str, tuple[str, ...]]
    allowed: bool


def targets(request: AwsRequest, account: str) -> list[Target]:
    prefix = PREFIXES.get(request.service, request.service)
    action = f"{prefix}:{request.action}"
    resources_by_service = RESOURCES.get(request.service)
    resources = list(resources_by_service(request, account)) if resources_by_service else []
    named = [Target(action, _names(resource)) for resource in resources or ["*"]]
    # EC2 user guide, "Grant permission to tag resources on creation": that is an action of its own.
    creates = request.action.startswith("Create") and request.action != "CreateTags"
    if request.service == "ec2" and creates and request_tags(request):
        named.append(Target("ec2:CreateTags", (resources[0] if resources else "*",)))
    return named


def _names(resource: str) -> tuple[str, ...]:
    """AWS's documents name a log group with and without what stands for its streams."""
    group = resource.removesuffix(":log-stream:")
    return (resource,) if group == resource else (resource, group)


def request_tags(request: AwsRequest) -> dict[str, str]:
    """Tags that the call sets, of EC2's two forms."""
    tags = {}
    for name, value in request.parameters.items():
        found = re.fullmatch(r"((?:TagSpecification\.\d+\.)?Tag\.\d+)\.Key", name)
        if found:
            tags[str(value)] = str(request.parameters.get(f"{found[1]}.Value", ""))
    return tags


def request_context(request: AwsRequest) -> dict[str, tuple[str, ...]]:
    """Condition keys, in lower case, that come from the request alone."""
    context: dict[str, tuple[str, ...]] = {"aws:requestedregion": (request.region,)}
    tags = request_tags(request)
    context |= {f"aws:requesttag/{key.lower()}": (value,) for key, value in tags.items()}
    if tags:
        context["aws:tagkeys"] = tuple(tags)
    if request.service == "ec2":
        context["ec2:region"] = (request.region,)
        if tags and request.action != "CreateTags":
            context["ec2:createaction"] = (request.action,)
        for member, key in EC2_KEYS.items():
            if value := request.parameters.get(member):
                context[key] = (str(value),)
    for member, key in (("ExternalId", "sts:externalid"), ("RoleSessionName", "sts:rolesessionname")):
        if request.service == "sts" and (value := request.parameters.get(member)):
            context[key] = (str(value),)
    return context


def _texts(parameters: Mapping[str, Any], member: str) -> list[str]:
    """``member`` and, in EC2's form, ``member.1``, ``member.2`` …"""
    return [
        str(value)
        for name, value in parameters.items()
        if value and (name == member or re.fullmatch(rf"{member}\.\d+", name))
    ]


def _ec2(request: AwsRequest, account: str) -> Iterator[str]:
    def arn(kind: str, name: str) -> str:
        return f"arn:aws:ec2:{request.region}:{account}:{kind}/{name}"

    if request.action in {"CreateTags", "DeleteTags"}:
        yield from (arn(_kind(name), name) for name in _texts(request.parameters, "ResourceId"))
        return
    if request.action == "GetVpnTunnelReplacementStatus":
        yield arn("vpn-connection", str(request.parameters.get("VpnConnectionId", "*")))
    if request.action in PREFIX_LIST_ACTIONS:
        yield arn("prefix-list", str(request.parameters.get("PrefixListId", "*")))
    if "ClientVpn" not in request.action:
        return
    if request.action == "CreateClientVpnEndpoint":
        yield arn("client-vpn-endpoint", "*")
    # DescribeClientVpnEndpoints knows only "*", though it may name endpoints.
    elif endpoint := request.parameters.get("ClientVpnEndpointId"):
        yield arn("client-vpn-endpoint", str(endpoint))
    if attachment := request.parameters.get("TransitGatewayAttachmentId"):
        yield arn("transit-gateway-attachment", str(attachment))
    if request.action in ATTACHING:
        for member, kind in (
            ("SubnetId", "subnet"),
            ("TargetVpcSubnetId", "subnet"),
            ("SecurityGroupId", "security-group"),
            ("VpcId", "vpc"),
        ):
            # A route with target "local" leads to the VPN's own clients.
            yield from (arn(kind, name) for name in _texts(request.parameters, member) if name != "local")


def _kind(resource_id: str) -> str:
    kinds = {"cvpn-endpoint": "client-vpn-endpoint", "subnet": "subnet", "vpc": "vpc", "sg": "security-group"}
    return kinds.get(resource_id.rpartition("-")[0], resource_id.rpartition("-")[0])


def _logs(request: AwsRequest, account: str) -> Iterator[str]:
    """Of a log group: AWS's refusals end in ``:log-stream:`` and the stream, if the call names one."""
    if request.action in {"GetQueryResults", "StopQuery", "DescribeQueries"}:
        return
    parameters = request.parameters
    names = [
        str(name)
        for member in ("logGroupName", "logGroupIdentifier", "logGroupNamePrefix")
        if (name := parameters.get(member))
    ]
    names += [
        str(name)
        for member in ("logGroupNames", "logGroupIdentifiers")
        for name in parameters.get(member) or ()
    ]
    stream = parameters.get("logStreamName") or ""
    for name in names or [""]:
        group = name.partition(":log-group:")[2] or name
        yield f"arn:aws:logs:{request.region}:{account}:log-group:{group}:log-stream:{stream}"


def _iam(request: AwsRequest, account: str) -> Iterator[str]:
    for member, kind in (("RoleName", "role"), ("UserName", "user"), ("PolicyName", "policy")):
        if name := request.parameters.get(member):
            yield f"arn:aws:iam::{account}:{kind}/{name}"
            return
    for member in ("SAMLProviderArn", "PolicyArn"):
        if arn := request.parameters.get(member):
            yield str(arn)
            return


def _queue(request: AwsRequest, account: str) -> Iterator[str]:
    name = (
        request.parameters.get("QueueName") or str(request.parameters.get("QueueUrl", "")).rpartition("/")[2]
    )
    if name:
        yield f"arn:aws:sqs:{request.region}:{account}:{name}"


def _named_by(member: str, form: str = "{name}") -> Callable[[AwsRequest, str], Iterator[str]]:
    def resources(request: AwsRequest, account: str) -> Iterator[str]:
        if name := request.parameters.get(member):
            yield form.format(region=request.region, account=account, name=name)

    return resources


RESOURCES: Final[dict[str, Callable[[AwsRequest, str], Iterator[str]]]] = {
    "ec2": _ec2,
    "logs": _logs,
    "iam": _iam,
    "sqs": _queue,
    "acm": _named_by("CertificateArn"),
    "sts": _named_by("RoleArn"),
    "dynamodb": _named_by("TableName", "arn:aws:dynamodb:{region}:{account}:table/{name}"),
    "identitystore": _named_by("IdentityStoreId", "arn:aws:identitystore::{account}:identitystore/{name}"),
    "cloudformation": _named_by("StackName", "arn:aws:cloudformation:{region}:{account}:stack/{name}/*"),
}
