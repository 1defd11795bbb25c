"""Clients for an account and region: default credential chain, assumed role, time-outs, retries.

IAM: sts:AssumeRole on each role_arn and operate_role_arn of VPN_ACCOUNTS.
"""

import copy
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, cast

from botocore.client import BaseClient
from botocore.config import Config
from botocore.credentials import ReadOnlyCredentials
from botocore.hooks import HierarchicalEmitter
from botocore.loaders import Loader
from botocore.session import Session

from vpn.aws.accounts import Account
from vpn.aws.errors import AccessDenied, CredentialsUnusable, translated
from vpn.aws.log_pages import LogParserFactory

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient as DynamoDBClient
    from mypy_boto3_ec2 import EC2Client as EC2Client
    from mypy_boto3_logs import CloudWatchLogsClient as CloudWatchLogsClient
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
# botocore's own handlers of events, registered once: that takes longer than all else in a new session.
HANDLERS: Final = HierarchicalEmitter()
Session(event_hooks=HANDLERS)

# How long an assumed role is used; AWS gives it for an hour. A trust that was taken away is noticed after this.
ROLE_SECONDS: Final = 600.0

_assumed: "dict[tuple[Account, str, str], tuple[float, CredentialsTypeDef]]" = {}
# By service, account, rights and AWS's address, with the credentials that it was made for. Making one means making a
# method for each of the service's hundreds of calls.
_made: dict[tuple[str, Account, bool, str], tuple[ReadOnlyCredentials, BaseClient]] = {}


@contextmanager
def ec2_client(account: Account, *, operate: bool = False) -> "Iterator[EC2Client]":
    """``operate``: with the rights to change."""
    with _client_for("ec2", account, operate=operate) as client:
        yield cast("EC2Client", client)


@contextmanager
def dynamodb_client(account: Account) -> "Iterator[DynamoDBClient]":
    """The deny list: reading it goes with changing it."""
    with _client_for("dynamodb", account, operate=True) as client:
        yield cast("DynamoDBClient", client)


@contextmanager
def logs_client(account: Account) -> "Iterator[CloudWatchLogsClient]":
    """Its FilterLogEvents answers hold vpn.aws.log_pages.Line where botocore has a dict for each event."""
    with _client_for("logs", account) as client:
        yield cast("CloudWatchLogsClient", client)


def forget_roles() -> None:
    """The next look assumes its role anew, with a client that has suffered nothing yet."""
    _assumed.clear()
    _made.clear()


@contextmanager
def _client_for(service: str, account: Account, *, operate: bool = False) -> Iterator[BaseClient]:
    """Raises AwsError. Its sockets are closed afterwards: a worker that lives for weeks keeps none."""
    with _session_for(account, operate=operate) as session:
        with translated():
            client = _client(session, service, account, operate=operate)
        try:
            yield client
        finally:
            client.close()


def _client(session: Session, service: str, account: Account, *, operate: bool) -> BaseClient:
    place = service, account, operate, os.environ.get("AWS_ENDPOINT_URL", "")
    found = session.get_credentials()
    credentials = found.get_frozen_credentials() if found else None
    made_for, client = _made.get(place, (None, None))
    if client is None or made_for != credentials:
        client = _make(session, service, account)
        if credentials:
            _made[place] = credentials, client
    return client


def _make(session: Session, service: str, account: Account) -> Any:
    if service == "logs":
        session.register_component("response_parser_factory", LogParserFactory())
    return session.create_client(service, region_name=account.region, config=CONFIG)


@contextmanager
def _session_for(account: Account, *, operate: bool = False) -> Iterator[Session]:
    """A new one for each look: it finds credentials that were changed since the last."""
    session = Session(event_hooks=copy.copy(HANDLERS), include_builtin_handlers=False)
    session.register_component("data_loader", LOADER)
    role_arn = (account.operate_role_arn if operate else "") or account.role_arn
    if role_arn:
        with translated():
            keys = _role(session, account, role_arn)
        session.set_credentials(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
    try:
        yield session
    except (AccessDenied, CredentialsUnusable):
        # It may be the role that is no longer good.
        _assumed.pop(_key(account, role_arn), None)
        raise


def _key(account: Account, role_arn: str) -> tuple[Account, str, str]:
    return account, role_arn, os.environ.get("AWS_ENDPOINT_URL", "")


def _role(session: Session, account: Account, role_arn: str) -> "CredentialsTypeDef":
    assumed_at, keys = _assumed.get(_key(account, role_arn), (0.0, None))
    if keys is None or time.monotonic() - assumed_at > ROLE_SECONDS:
        keys = _assume_role(session, account, role_arn)
        _assumed[_key(account, role_arn)] = time.monotonic(), keys
    return keys


def _assume_role(session: Session, account: Account, role_arn: str) -> "CredentialsTypeDef":
    request: AssumeRoleRequestTypeDef = {"RoleArn": role_arn, "RoleSessionName": ROLE_SESSION}
    if account.external_id:
        request["ExternalId"] = account.external_id
    sts = cast("STSClient", session.create_client("sts", region_name=account.region, config=CONFIG))
    try:
        return sts.assume_role(**request)["Credentials"]
    finally:
        sts.close()
