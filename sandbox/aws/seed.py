"""The seed architecture, built the way a company would: by calls to AWS, through boto3 over HTTP.

It needs an empty sandbox or one it has seeded before: everything is looked for by its Name tag first.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import boto3

from sandbox.aws.seed_network import Finder, Network, SiteToSite, ensure_network, ensure_site_to_site
from sandbox.aws.seed_vpn import Grant, Placement, Vpn, ensure_vpn
from sandbox.company import (
    EMPLOYEES,
    ENGINEERING,
    EXTERNAL_ID,
    HEALTH_QUEUE,
    OFFICE_ADDRESS,
    OFFICE_LAN,
    OSAKA,
    PORTAL_ROLE_NAME,
    STATUS_BUCKET,
    TOKYO,
    EndpointSeed,
)

# The account that a sandbox's callers are in unless they assume a role elsewhere; any key does.
ACCESS_KEY: Final = "AKIASANDBOXSANDBOX00"
SECRET_KEY: Final = "sandbox"
# The name that infra/client-connect-handler/template.yaml gives it
DENY_LIST: Final = "genkan-deny-list"
BOOTSTRAP_ROLE: Final = "OrganizationAccountAccessRole"
# What the portal's snapshots read; its own policy in infra/ is narrower.
PORTAL_ACTIONS: Final = (
    "ec2:DescribeClientVpn*",
    "ec2:ExportClientVpnClientConfiguration",
    "ec2:DescribeNatGateways",
    "ec2:DescribeAddresses",
    "ec2:DescribeRouteTables",
    "ec2:DescribeSubnets",
    "ec2:DescribeTransitGatewayAttachments",
    "ec2:DescribeVpnConnections",
    "ec2:ExportClientVpnClientCertificateRevocationList",
    "ec2:GetClientVpnEndpointAuthorizationPolicy",
    "acm:DescribeCertificate",
    "iam:GetSAMLProvider",
    "cloudtrail:LookupEvents",
    "cloudwatch:GetMetricData",
    "logs:FilterLogEvents",
    "logs:GetLogEvents",
    "logs:DescribeLogStreams",
)


@dataclass(frozen=True)
class Site:
    """One endpoint of the seed architecture and what it stands on."""

    label: str
    account: str
    region: str
    egress_ip: str
    network: Network
    vpn: Vpn

    @property
    def endpoint_id(self) -> str:
        return self.vpn.endpoint_id


@dataclass(frozen=True)
class Architecture:
    tokyo: Site
    osaka: Site
    site_to_site: SiteToSite
    portal_role_arn: str


def seed(url: str) -> Architecture:
    """Build what is missing of the seed architecture and return all of it; a second run changes nothing."""
    home = administrator(url, TOKYO)
    away = administrator(url, OSAKA)
    tokyo = _site(home, TOKYO, _tokyo_grants())
    osaka = _site(away, OSAKA, (Grant(OSAKA.vpc_cidr, ENGINEERING.id, "Engineering to the DR VPC"),))
    _ensure_deny_list(home("dynamodb"))
    # Makes none if there is one with the same attributes.
    home("sqs").create_queue(QueueName=HEALTH_QUEUE)
    _ensure_bucket(home("s3"))
    office = ensure_site_to_site(
        home("ec2"),
        name=f"{TOKYO.label}-office",
        vpc_id=tokyo.network.vpc_id,
        private_route_table_id=tokyo.network.private_route_table_id,
        office_address=OFFICE_ADDRESS,
        office_lan=OFFICE_LAN,
    )
    return Architecture(tokyo, osaka, office, _ensure_portal_role(away("iam")))


@cache
def _session() -> boto3.session.Session:
    """One session for all clients: each new one reads EC2's large model again."""
    return boto3.session.Session(ACCESS_KEY, SECRET_KEY)


def administrator(url: str, place: EndpointSeed) -> Callable[[str], Any]:
    """Makes boto3 clients of an administrator of the place's account, in its region."""
    arguments: dict[str, Any] = {"endpoint_url": url, "region_name": place.region}
    maker: Any = _session().client
    # Any key is in Tokyo's account; only an assumed role leads into another one.
    if place.account != TOKYO.account:
        role = f"arn:aws:iam::{place.account}:role/{BOOTSTRAP_ROLE}"
        keys = maker("sts", **arguments).assume_role(RoleArn=role, RoleSessionName="seed")["Credentials"]
        arguments["aws_access_key_id"] = keys["AccessKeyId"]
        arguments["aws_secret_access_key"] = keys["SecretAccessKey"]
        arguments["aws_session_token"] = keys["SessionToken"]
    return lambda service: maker(service, **arguments)


def _tokyo_grants() -> tuple[Grant, ...]:
    return (
        Grant(TOKYO.vpc_cidr, None, "Everyone to the VPC"),
        Grant("0.0.0.0/0", EMPLOYEES.id, "Employees to the internet"),
        Grant(OFFICE_LAN, ENGINEERING.id, "Engineering to the office"),
    )


def _site(aws: Callable[[str], Any], place: EndpointSeed, grants: tuple[Grant, ...]) -> Site:
    finder = Finder(aws("ec2"))
    network = ensure_network(finder, place)
    # With split tunnel the routes are what clients send through the VPN: a default route would undo it.
    routes = () if place.split_tunnel else ("0.0.0.0/0", OFFICE_LAN)
    placement = Placement({"VpcId": network.vpc_id}, network.private_subnet_id)
    vpn = ensure_vpn(aws, place, placement, grants=grants, routes=routes)
    return Site(place.label, place.account, place.region, place.egress_ip, network, vpn)


def _ensure_deny_list(dynamodb: Any) -> None:
    """In Tokyo's account only: who is blocked there may still get into Osaka, and the portal says so."""
    if DENY_LIST not in dynamodb.list_tables()["TableNames"]:
        dynamodb.create_table(
            TableName=DENY_LIST,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "username", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "username", "KeyType": "HASH"}],
        )


def _ensure_bucket(s3: Any) -> None:
    """For the status copy. A company has it in another Region than the VPN (docs/infra.md)."""
    if STATUS_BUCKET not in {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}:
        s3.create_bucket(Bucket=STATUS_BUCKET, CreateBucketConfiguration={"LocationConstraint": TOKYO.region})


def _ensure_portal_role(iam: Any) -> str:
    """The role that the portal assumes to read the second account, with an external id."""
    for role in iam.list_roles()["Roles"]:
        if role["RoleName"] == PORTAL_ROLE_NAME:
            return str(role["Arn"])
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{TOKYO.account}:root"},
                "Action": "sts:AssumeRole",
                "Condition": {"StringEquals": {"sts:ExternalId": EXTERNAL_ID}},
            }
        ],
    }
    answer = iam.create_role(RoleName=PORTAL_ROLE_NAME, AssumeRolePolicyDocument=json.dumps(trust))
    reads = [{"Effect": "Allow", "Action": list(PORTAL_ACTIONS), "Resource": "*"}]
    document = json.dumps({"Version": "2012-10-17", "Statement": reads})
    iam.put_role_policy(RoleName=PORTAL_ROLE_NAME, PolicyName="read", PolicyDocument=document)
    return str(answer["Role"]["Arn"])
