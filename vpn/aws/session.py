"""Clients for an account and region: default credential chain, assumed role, time-outs, retries.

IAM: sts:AssumeRole on each role_arn and operate_role_arn of VPN_ACCOUNTS.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, cast

from botocore.config import Config
from botocore.loaders import Loader
from botocore.session import Session

from vpn.aws.accounts import Account

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient as DynamoDBClient
    from mypy_boto3_ec2 import EC2Client as EC2Client
    from mypy_boto3_sts import STSClient
    from mypy_boto3_sts.type_defs import AssumeRoleRequestTypeDef, CredentialsTypeDef

# An endpoint whose calls all hang costs 40 seconds: five of them, AWS's quota for a region, and what lies around them
# still fit into a task's time limit, and the account's failures are recorded.
CONFIG: Final = Config(
    connect_timeout=5,
    read_timeout=10,
    retries={"mode": "standard", "total_max_attempts": 4},
    user_agent_extra="genkan",
)
ROLE_SESSION: Final = "genkan-portal"
# EC2's model is megabytes of JSON, which a session with a loader of its own reads anew.
LOADER: Final = Loader()


@contextmanager
def ec2_client(account: Account, *, operate: bool = False) -> "Iterator[EC2Client]":
    """Closed afterwards: a worker that lives for weeks keeps no sockets. ``operate``: with the rights to change."""
    client = cast("EC2Client", _client(account, "ec2", operate=operate))
    try:
        yield client
    finally:
        client.close()


@contextmanager
def dynamodb_client(account: Account) -> "Iterator[DynamoDBClient]":
    """The deny list: reading it goes with changing it."""
    client = cast("DynamoDBClient", _client(account, "dynamodb", operate=True))
    try:
        yield client
    finally:
        client.close()


def _client(account: Account, service: str, *, operate: bool) -> object:
    session = _session()
    role_arn = (account.operate_role_arn if operate else "") or account.role_arn
    if role_arn:
        keys = _assume_role(session, account, role_arn)
        session.set_credentials(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
    return session.create_client(service, region_name=account.region, config=CONFIG)


def _session() -> Session:
    """A new one for each look: it finds credentials that were changed since the last."""
    session = Session()
    session.register_component("data_loader", LOADER)
    return session


def _assume_role(session: Session, account: Account, role_arn: str) -> "CredentialsTypeDef":
    """Temporary credentials last an hour, and a look seconds: each one assumes the role anew."""
    request: AssumeRoleRequestTypeDef = {"RoleArn": role_arn, "RoleSessionName": ROLE_SESSION}
    if account.external_id:
        request["ExternalId"] = account.external_id
    sts = cast("STSClient", session.create_client("sts", region_name=account.region, config=CONFIG))
    try:
        return sts.assume_role(**request)["Credentials"]
    finally:
        sts.close()
