"""What can go wrong at AWS: a small family. AWS's codes are told apart here and nowhere else."""

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
    """None found, or those found have expired or are wrong."""

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


# Codes: EC2 developer guide "Error codes", STS, CloudWatch Logs and DynamoDB API references.
KINDS: Final[dict[str, type[AwsError]]] = {
    "UnauthorizedOperation": AccessDenied,
    "AccessDenied": AccessDenied,
    "AccessDeniedException": AccessDenied,
    "AuthFailure": CredentialsUnusable,
    "ExpiredToken": CredentialsUnusable,
    "ExpiredTokenException": CredentialsUnusable,
    "RequestExpired": CredentialsUnusable,
    "InvalidClientTokenId": CredentialsUnusable,
    "SignatureDoesNotMatch": CredentialsUnusable,
    "UnrecognizedClientException": CredentialsUnusable,
    "InvalidClientVpnEndpointId.NotFound": NotFound,
    "ResourceNotFoundException": NotFound,
    "ProvisionedThroughputExceededException": Throttled,
    "RequestLimitExceeded": Throttled,
    "EC2ThrottledException": Throttled,
    "Throttling": Throttled,
    "ThrottlingException": Throttled,
    "TooManyRequestsException": Throttled,
    "SlowDown": Throttled,
    "InternalError": Unavailable,
    "InternalFailure": Unavailable,
    "ServiceUnavailable": Unavailable,
    "Unavailable": Unavailable,
}


def from_client_error(error: ClientError) -> AwsError:
    details = error.response.get("Error", {})
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    code, message = str(details.get("Code", "")), str(details.get("Message", ""))
    kind = KINDS.get(code) or (Unavailable if status >= 500 else AwsError)
    return kind(code=code, message=message)


@contextmanager
def translated() -> Iterator[None]:
    """Raise AwsError instead of whatever boto3 raises."""
    try:
        yield
    except ClientError as error:
        raise from_client_error(error) from error
    except (NoCredentialsError, PartialCredentialsError, CredentialRetrievalError) as error:
        raise CredentialsUnusable(code=type(error).__name__, message=str(error)) from error
    except (ResponseParserError, IncompleteReadError, KeyError, TypeError, ValueError) as error:
        # Neither its text nor the error itself: a parser quotes the answer, and STS's holds credentials.
        raise AnswerBroken(code=type(error).__name__, message="") from None
    except (ConnectionFailed, HTTPClientError, ReadTimeoutError) as error:
        raise Unavailable(code=type(error).__name__, message=str(error)) from error
    except BotoCoreError as error:
        raise AwsError(code=type(error).__name__, message=str(error)) from error
