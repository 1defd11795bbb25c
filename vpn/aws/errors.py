"""Errors of AWS calls: a small family. Only this module reads AWS's error codes."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar, Final

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    HTTPClientError,
    IncompleteReadError,
    NoCredentialsError,
    PartialCredentialsError,
    ReadTimeoutError,
)
from botocore.exceptions import ConnectionError as ConnectionFailed
from botocore.parsers import ResponseParserError


class AwsError(Exception):
    """``id`` is stable and has words in vpn/endpoints/reasons.py; ``code`` and ``message`` are AWS's own."""

    id: ClassVar[str] = "aws-failed"
    retryable: ClassVar[bool] = False

    def __init__(self, *, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class AccessDenied(AwsError):
    id = "aws-access-denied"


class CredentialsUnusable(AwsError):
    """There are no credentials, or they are wrong or have expired."""

    id = "aws-credentials"


class NotFound(AwsError):
    id = "aws-not-found"


class Throttled(AwsError):
    id = "aws-throttled"
    retryable = True


class Unavailable(AwsError):
    """No answer, or a 5xx."""

    id = "aws-unavailable"
    retryable = True


class AnswerBroken(AwsError):
    """An answer that broke off or that is not what AWS's service model says."""

    id = "aws-answer-broken"
    retryable = True


class AlreadyExists(AwsError):
    """The resource exists, made by an earlier attempt or by somebody else. Compare it before reporting an error."""

    id = "aws-already-exists"


class AlreadyGone(AwsError):
    """The resource to delete doesn't exist."""

    id = "aws-already-gone"


class LimitReached(AwsError):
    """A quota of AWS is used up."""

    id = "aws-limit-reached"


class ResourceBusy(AwsError):
    """Too many changes of the endpoint are under way, or one that excludes this. botocore doesn't try again."""

    id = "aws-busy"
    retryable = True


class TokenReused(AwsError):
    """The ClientToken was used before, for something else."""

    id = "aws-token-reused"


class NotAssociated(AwsError):
    """The endpoint has no associated target network. AWS doesn't document which calls need one."""

    id = "aws-not-associated"


class StillAssociated(AwsError):
    """The endpoint has target networks, and can't be deleted."""

    id = "aws-still-associated"


class SubnetUnusable(AwsError):
    """Unknown, of another account, of a zone that has one already, or overlapping with the client CIDR."""

    id = "aws-subnet-unusable"


class RequestInvalid(AwsError):
    """A value that AWS refuses, or one that is missing."""

    id = "aws-request-invalid"


class LogClassUnreadable(AwsError):
    """The log group's class (Infrequent Access, Delivery) has no FilterLogEvents; Logs Insights may still read it."""

    id = "aws-log-class"


class DryRunPassed(AwsError):
    """The answer to a dry run that is permitted. vpn/aws/client_vpn_changes.py turns it into a return."""

    id = "aws-dry-run-passed"


# Codes: EC2 developer guide "Error codes" (with those of Client VPN); API references of STS, CloudWatch Logs, DynamoDB,
# Service Quotas, Price List, S3 and SQS.
# ConcurrentMutationLimitExceeded and IncorrectState: seen by terraform-provider-aws and alchemy, which try again.
KINDS: Final[dict[str, type[AwsError]]] = {
    "UnauthorizedOperation": AccessDenied,
    "AccessDenied": AccessDenied,
    "AccessDeniedException": AccessDenied,
    "AuthFailure": CredentialsUnusable,
    "ExpiredToken": CredentialsUnusable,
    "ExpiredTokenException": CredentialsUnusable,
    "RequestExpired": CredentialsUnusable,
    "InvalidClientTokenId": CredentialsUnusable,
    "InvalidAccessKeyId": CredentialsUnusable,
    "SignatureDoesNotMatch": CredentialsUnusable,
    "InvalidSignatureException": CredentialsUnusable,
    "UnrecognizedClientException": CredentialsUnusable,
    "InvalidClientVpnEndpointId.NotFound": NotFound,
    "InvalidVpcID.NotFound": NotFound,
    "InvalidGroup.NotFound": NotFound,
    "ResourceNotFoundException": NotFound,
    "NoSuchResourceException": NotFound,
    "InvalidVpnConnectionID.NotFound": NotFound,
    "QueueDoesNotExist": NotFound,
    "NoSuchBucket": NotFound,
    "AWS.SimpleQueueService.NonExistentQueue": NotFound,
    "ProvisionedThroughputExceededException": Throttled,
    "RequestLimitExceeded": Throttled,
    "EC2ThrottledException": Throttled,
    "Throttling": Throttled,
    "ThrottlingException": Throttled,
    "TooManyRequestsException": Throttled,
    "SlowDown": Throttled,
    "RequestThrottled": Throttled,
    "InternalError": Unavailable,
    "InternalFailure": Unavailable,
    "InternalErrorException": Unavailable,
    "ServiceException": Unavailable,
    "ServiceUnavailable": Unavailable,
    "Unavailable": Unavailable,
    # With and without "Exception": both have been seen.
    "InvalidClientVpnDuplicateAssociationException": AlreadyExists,
    "InvalidClientVpnDuplicateAssociation": AlreadyExists,
    "InvalidClientVpnDuplicateRoute": AlreadyExists,
    "InvalidClientVpnDuplicateAuthorizationRule": AlreadyExists,
    # Without a dot before NotFound: that is how EC2's list writes these.
    "InvalidClientVpnAssociationIdNotFound": AlreadyGone,
    "InvalidClientVpnRouteNotFound": AlreadyGone,
    "InvalidClientVpnEndpointAuthorizationRuleNotFound": AlreadyGone,
    "InvalidClientVpnConnection.IdNotFound": AlreadyGone,
    "InvalidClientVpnConnection.UserNotFound": AlreadyGone,
    "ClientVpnEndpointLimitExceeded": LimitReached,
    "ClientVpnRouteLimitExceeded": LimitReached,
    "ClientVpnAuthorizationRuleLimitExceeded": LimitReached,
    "ClientVpnCertificateRevocationListLimitExceeded": LimitReached,
    "ClientVpnTerminateConnectionsLimitExceeded": LimitReached,
    "SecurityGroupLimitExceeded": LimitReached,
    "ConcurrentMutationLimitExceeded": ResourceBusy,
    "IncorrectState": ResourceBusy,
    # Somebody has changed the prefix list since it was read: terraform-provider-aws tries again, too.
    "PrefixListVersionMismatch": ResourceBusy,
    "IdempotentParameterMismatch": TokenReused,
    "InvalidClientVpnActiveAssociationNotFound": NotAssociated,
    "ClientVpnEndpointAssociationExists": StillAssociated,
    "InvalidClientVpnSubnetId.NotFound": SubnetUnusable,
    "InvalidClientVpnSubnetId.DifferentAccount": SubnetUnusable,
    "InvalidClientVpnSubnetId.DuplicateAz": SubnetUnusable,
    "InvalidClientVpnSubnetId.OverlappingCidr": SubnetUnusable,
    "MissingParameter": RequestInvalid,
    "InvalidParameterValue": RequestInvalid,
    "InvalidParameterCombination": RequestInvalid,
    "DryRunOperation": DryRunPassed,
}
# Only the message tells an unsupported class from other operations that CloudWatch Logs refuses by this code.
INVALID_LOG_OPERATION: Final = "InvalidOperationException"
LOG_CLASS: Final = ("log-group-class", "log class", "log group class")


# "User: arn:… is not authorized to perform: acm:DescribeCertificate on resource: arn:…", and what is put before a
# message that doesn't say so: EC2's may be "You are not authorized to perform this operation." and no more.
REFUSED_ACTION: Final = re.compile(r"to perform: ([\w-]+:\w+)")
OPERATION_BEFORE: Final = re.compile(r"(?!User: )([A-Z]\w+): ")


def from_client_error(error: ClientError) -> AwsError:
    """By AWS's error code, and by the HTTP status for codes that KINDS doesn't have.

    The message of AccessDenied names the action that was refused, whether or not AWS's does.
    """
    details = error.response.get("Error", {})
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    code, message = str(details.get("Code", "")), str(details.get("Message", ""))
    kind = KINDS.get(code) or (Unavailable if status >= 500 else AwsError)
    if code == INVALID_LOG_OPERATION and any(words in message.lower() for words in LOG_CLASS):
        kind = LogClassUnreadable
    if kind is AccessDenied and not refused_action(message):
        message = f"{error.operation_name}: {message}"
    return kind(code=code, message=message)


def refused_action(message: str) -> str:
    """The action that the ``message`` of AccessDenied says was refused, with its service if AWS names it; or empty."""
    match = REFUSED_ACTION.search(message) or OPERATION_BEFORE.match(message)
    return match[1] if match else ""


def says_there_is_none(error: AwsError) -> bool:
    """Whether AWS refused to show something of an endpoint because the endpoint has none.

    What it answers where no revocation list or policy was ever set isn't documented; its codes for what isn't there end
    in NotFound. That the endpoint itself isn't there is another thing.
    """
    return error.id != NotFound.id and "NotFound" in error.code


def is_unknown_refusal(error: AwsError) -> bool:
    """Whether AWS refused for a reason of which nothing is known: it may be that there is none, or that there is."""
    return error.id in {AwsError.id, RequestInvalid.id}


@contextmanager
def translated() -> Iterator[None]:
    """Raise AwsError instead of the errors of botocore, and for an answer that lacks a required member."""
    try:
        yield
    except ClientError as error:
        raise from_client_error(error) from error
    except (NoCredentialsError, PartialCredentialsError, CredentialRetrievalError) as error:
        raise CredentialsUnusable(code=type(error).__name__, message=str(error)) from error
    except (ResponseParserError, IncompleteReadError, KeyError, TypeError, ValueError) as error:
        # Neither the text nor the cause: a parser quotes the answer, and STS's holds credentials.
        raise AnswerBroken(code=type(error).__name__, message="") from None
    except (ConnectionFailed, HTTPClientError, ReadTimeoutError) as error:
        raise Unavailable(code=type(error).__name__, message=str(error)) from error
    except BotoCoreError as error:
        raise AwsError(code=type(error).__name__, message=str(error)) from error
