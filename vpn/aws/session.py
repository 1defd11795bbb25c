"""Clients for an account and region: default credential chain, assumed role, time-outs, retries.

IAM: sts:AssumeRole on each role_arn and operate_role_arn of VPN_ACCOUNTS.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, cast

from botocore.client import BaseClient
from botocore.config import Config
from botocore.credentials import (
    CredentialProvider,
    CredentialResolver,
    Credentials,
    DeferredRefreshableCredentials,
)
from botocore.loaders import Loader
from botocore.session import Session
from django.conf import settings

from vpn.aws.accounts import Account
from vpn.aws.buckets import BucketClient
from vpn.aws.errors import AccessDenied, CredentialsUnusable, translated

if TYPE_CHECKING:
    from mypy_boto3_acm import ACMClient as ACMClient
    from mypy_boto3_cloudformation import CloudFormationClient as CloudFormationClient
    from mypy_boto3_cloudtrail import CloudTrailClient as CloudTrailClient
    from mypy_boto3_cloudwatch import CloudWatchClient as CloudWatchClient
    from mypy_boto3_dynamodb import DynamoDBClient as DynamoDBClient
    from mypy_boto3_ec2 import EC2Client as EC2Client
    from mypy_boto3_iam import IAMClient as IAMClient
    from mypy_boto3_identitystore import IdentityStoreClient as IdentityStoreClient
    from mypy_boto3_logs import CloudWatchLogsClient as CloudWatchLogsClient
    from mypy_boto3_pricing import PricingClient as PricingClient
    from mypy_boto3_service_quotas import ServiceQuotasClient as ServiceQuotasClient
    from mypy_boto3_sqs import SQSClient as SQSClient
    from mypy_boto3_sts import STSClient
    from mypy_boto3_sts.type_defs import AssumeRoleRequestTypeDef

PRICING_REGION: Final = "us-east-1"
ROLE_SESSION_NAME: Final = "genkan-portal"
# EC2's model is megabytes of JSON, which a session with a loader of its own reads anew.
LOADER: Final = Loader()

# By account, role and AWS's address. A session keeps the credentials that it found or assumed, and renews them itself.
_sessions: dict[tuple[Account, str, str], Session] = {}


class AssumedRoleProvider(CredentialProvider):
    """Credentials of a role that the default credential chain may assume; botocore renews them before they expire."""

    METHOD = "genkan-assume-role"

    def __init__(self, account: Account, role_arn: str) -> None:
        super().__init__()
        self._account = account
        self._role_arn = role_arn
        self._source = _new_session()

    def load(self) -> Credentials:
        return DeferredRefreshableCredentials(refresh_using=self._assume_role, method=self.METHOD)

    def _assume_role(self) -> dict[str, str]:
        """STS AssumeRole, for an hour, in the form that botocore wants. Raises AwsError."""
        request: AssumeRoleRequestTypeDef = {
            "RoleArn": self._role_arn,
            "RoleSessionName": ROLE_SESSION_NAME,
        }
        if self._account.external_id:
            request["ExternalId"] = self._account.external_id
        # Translated here: botocore logs the error of a renewal, and a broken answer's quotes the credentials.
        with translated():
            sts = cast(
                "STSClient",
                self._source.create_client("sts", region_name=self._account.region, config=_config()),
            )
            try:
                credentials = sts.assume_role(**request)["Credentials"]
            finally:
                sts.close()
            return {
                "access_key": credentials["AccessKeyId"],
                "secret_key": credentials["SecretAccessKey"],
                "token": credentials["SessionToken"],
                "expiry_time": credentials["Expiration"].isoformat(),
            }


@contextmanager
def ec2_client(account: Account, *, operate: bool = False) -> "Iterator[EC2Client]":
    """EC2, for Client VPN and the network around it. ``operate``: with the role for changes. Raises AwsError."""
    with _client(account, "ec2", operate=operate) as client:
        yield cast("EC2Client", client)


@contextmanager
def dynamodb_client(account: Account) -> "Iterator[DynamoDBClient]":
    """DynamoDB, for the deny list; with the role for changes, which alone may read it. Raises AwsError."""
    with _client(account, "dynamodb", operate=True) as client:
        yield cast("DynamoDBClient", client)


@contextmanager
def logs_client(account: Account) -> "Iterator[CloudWatchLogsClient]":
    """CloudWatch Logs, for the connection log and Logs Insights. Raises AwsError."""
    with _client(account, "logs") as client:
        yield cast("CloudWatchLogsClient", client)


@contextmanager
def acm_client(account: Account) -> "Iterator[ACMClient]":
    """ACM, for server certificates. Raises AwsError."""
    with _client(account, "acm") as client:
        yield cast("ACMClient", client)


@contextmanager
def cloudformation_client(account: Account) -> "Iterator[CloudFormationClient]":
    """CloudFormation. Raises AwsError."""
    with _client(account, "cloudformation") as client:
        yield cast("CloudFormationClient", client)


@contextmanager
def cloudtrail_client(account: Account) -> "Iterator[CloudTrailClient]":
    """CloudTrail, for who changed what. Raises AwsError."""
    with _client(account, "cloudtrail") as client:
        yield cast("CloudTrailClient", client)


@contextmanager
def cloudwatch_client(account: Account) -> "Iterator[CloudWatchClient]":
    """CloudWatch, for metrics. Raises AwsError."""
    with _client(account, "cloudwatch") as client:
        yield cast("CloudWatchClient", client)


@contextmanager
def iam_client(account: Account) -> "Iterator[IAMClient]":
    """IAM, for SAML providers. IAM is one for all Regions. Raises AwsError."""
    with _client(account, "iam") as client:
        yield cast("IAMClient", client)


@contextmanager
def identity_store_client(account: Account) -> "Iterator[IdentityStoreClient]":
    """The directory of IAM Identity Center. Raises AwsError."""
    with _client(account, "identitystore") as client:
        yield cast("IdentityStoreClient", client)


@contextmanager
def quotas_client(account: Account) -> "Iterator[ServiceQuotasClient]":
    """Service Quotas, of the account's Region. Raises AwsError."""
    with _client(account, "service-quotas") as client:
        yield cast("ServiceQuotasClient", client)


@contextmanager
def pricing_client(account: Account) -> "Iterator[PricingClient]":
    """The Price List, which answers for all Regions in few of them. Raises AwsError."""
    with _client(account, "pricing", region=PRICING_REGION) as client:
        yield cast("PricingClient", client)


@contextmanager
def sqs_client(account: Account) -> "Iterator[SQSClient]":
    """SQS, for the queue of AWS Health's events. Raises AwsError."""
    with _client(account, "sqs") as client:
        yield cast("SQSClient", client)


@contextmanager
def s3_client(account: Account) -> Iterator[BucketClient]:
    """S3, for the status copy. Raises AwsError."""
    with _client(account, "s3") as client:
        yield cast("BucketClient", client)


def forget_sessions() -> None:
    """The next client looks for its credentials, and assumes its role, anew."""
    _sessions.clear()


@contextmanager
def _client(
    account: Account, service: str, *, operate: bool = False, region: str = ""
) -> Iterator[BaseClient]:
    role_arn = (account.operate_role_arn if operate else "") or account.role_arn
    # The address never changes in a portal that runs, but tests and benchmarks have several.
    key = account, role_arn, os.environ.get("AWS_ENDPOINT_URL", "")
    try:
        with translated():
            session = _sessions.get(key) or _session(account, role_arn)
            _sessions[key] = session
            client = session.create_client(service, region_name=region or account.region, config=_config())
        try:
            yield client
        finally:
            # A worker that lives for weeks keeps no idle sockets.
            client.close()
    except (AccessDenied, CredentialsUnusable):
        # The keys may have been replaced, or the role made anew: the session would keep the old ones for an hour.
        _sessions.pop(key, None)
        raise


def _config() -> Config:
    return Config(
        connect_timeout=settings.AWS_CONNECT_SECONDS,
        read_timeout=settings.AWS_READ_SECONDS,
        # The quotas are shared with everybody else in the account, so a throttled client also calls less often.
        retries={"mode": "adaptive", "total_max_attempts": settings.AWS_ATTEMPTS},
        user_agent_extra="genkan",
    )


def _session(account: Account, role_arn: str) -> Session:
    session = _new_session()
    if role_arn:
        resolver = CredentialResolver([AssumedRoleProvider(account, role_arn)])
        session.register_component("credential_provider", resolver)
    # Asked for now, so that a role that can't be assumed is reported where the client is opened, and once.
    if credentials := session.get_credentials():
        credentials.get_frozen_credentials()
    return session


def _new_session() -> Session:
    session = Session()
    session.register_component("data_loader", LOADER)
    return session
