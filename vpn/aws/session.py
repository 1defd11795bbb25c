"""Clients for an account and region: default credential chain, assumed role, time-outs, retries.

IAM: sts:AssumeRole on each VPN_ACCOUNTS role_arn.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import boto3
from botocore.config import Config

from vpn.aws.accounts import Account

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client as EC2Client
    from mypy_boto3_sts.type_defs import AssumeRoleRequestTypeDef

# An endpoint whose calls all hang costs 40 seconds: five of them, AWS's quota for a region, and what lies around them
# still fit into a task's time limit, and the account's failures are recorded.
CONFIG: Final = Config(
    connect_timeout=5,
    read_timeout=10,
    retries={"mode": "standard", "total_max_attempts": 4},
    user_agent_extra="genkan",
)
ROLE_SESSION: Final = "genkan-portal"


@contextmanager
def ec2_client(account: Account) -> "Iterator[EC2Client]":
    """Closed afterwards: a worker that lives for weeks keeps no sockets."""
    client = _session(account).client("ec2", config=CONFIG)
    try:
        yield client
    finally:
        client.close()


def _session(account: Account) -> boto3.Session:
    """Temporary credentials last an hour, and a snapshot seconds: each one assumes the role anew."""
    own = boto3.Session(region_name=account.region)
    if not account.role_arn:
        return own
    sts = own.client("sts", config=CONFIG)
    try:
        request: AssumeRoleRequestTypeDef = {"RoleArn": account.role_arn, "RoleSessionName": ROLE_SESSION}
        if account.external_id:
            request["ExternalId"] = account.external_id
        answer = sts.assume_role(**request)
    finally:
        sts.close()
    return boto3.Session(
        aws_access_key_id=answer["Credentials"]["AccessKeyId"],
        aws_secret_access_key=answer["Credentials"]["SecretAccessKey"],
        aws_session_token=answer["Credentials"]["SessionToken"],
        region_name=account.region,
    )
