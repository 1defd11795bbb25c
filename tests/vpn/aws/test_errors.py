"""AWS's codes and broken wires become one small family, each with a stable id."""

import traceback

import pytest
from botocore.exceptions import ClientError

from sandbox.aws.control import Control
from sandbox.aws.seed import Architecture
from sandbox.company import EXTERNAL_ID, OSAKA, TOKYO
from vpn.aws import client_vpn, errors
from vpn.aws.accounts import Account
from vpn.aws.session import ec2_client

ACTION = "DescribeClientVpnEndpoints"


def _read_endpoints() -> None:
    with errors.translated(), ec2_client(Account("tokyo", TOKYO.region)) as client:
        client_vpn.endpoints(client, tag="*")


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize(
    ("code", "kind", "retryable"),
    [
        ("UnauthorizedOperation", errors.AccessDenied, False),
        ("ExpiredToken", errors.CredentialsUnusable, False),
        ("AuthFailure", errors.CredentialsUnusable, False),
        ("RequestLimitExceeded", errors.Throttled, True),
        ("InternalError", errors.Unavailable, True),
        ("InvalidClientVpnEndpointId.NotFound", errors.NotFound, False),
        ("InvalidClientVpnDuplicateAssociation", errors.AlreadyExists, False),
        ("InvalidClientVpnConnection.UserNotFound", errors.AlreadyGone, False),
        ("ConcurrentMutationLimitExceeded", errors.ResourceBusy, True),
        ("IncorrectState", errors.ResourceBusy, True),
        ("ClientVpnTerminateConnectionsLimitExceeded", errors.LimitReached, False),
        ("SomethingNew", errors.AwsError, False),
    ],
)
def test_a_code_becomes_its_kind(
    aws: object, control: Control, hurried: None, code: str, kind: type[errors.AwsError], *, retryable: bool
) -> None:
    control.fail(ACTION, code)
    with pytest.raises(errors.AwsError) as caught:
        _read_endpoints()
    assert type(caught.value) is kind
    assert (caught.value.code, caught.value.retryable) == (code, retryable)
    assert caught.value.__cause__ is not None


@pytest.mark.usefixtures("hurried")
def test_a_dropped_connection_is_no_answer(aws: object, control: Control, hurried: None) -> None:
    control.drop(ACTION)
    with pytest.raises(errors.Unavailable):
        _read_endpoints()


@pytest.mark.usefixtures("hurried")
def test_half_an_answer_is_no_answer(architecture: Architecture, control: Control, hurried: None) -> None:
    control.cut(ACTION)
    with pytest.raises((errors.AnswerBroken, errors.Unavailable)) as caught:
        _read_endpoints()
    assert caught.value.retryable


@pytest.mark.usefixtures("hurried")
def test_nobody_listening_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(errors.Unavailable):
        _read_endpoints()


@pytest.mark.usefixtures("hurried")
def test_one_refusal_for_lack_of_patience_is_overcome(architecture: Architecture, control: Control) -> None:
    control.fail(ACTION, "RequestLimitExceeded", times=1)
    _read_endpoints()


def test_half_an_answer_of_sts_gives_no_credentials_away(
    architecture: Architecture, control: Control, hurried: None
) -> None:
    control.cut("AssumeRole")
    account = Account("osaka", OSAKA.region, architecture.portal_role_arn, EXTERNAL_ID)
    with pytest.raises(errors.AwsError) as caught, errors.translated(), ec2_client(account):
        pass
    text = "".join(traceback.format_exception(caught.value))
    assert isinstance(caught.value, errors.AnswerBroken)
    assert "SecretAccessKey" not in text
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        (
            "The log group /vpn/x is of log-group-class INFREQUENT_ACCESS. FilterLogEvents is not supported.",
            errors.LogClassUnreadable,
        ),
        ("The operation is not valid on the specified resource.", errors.AwsError),
    ],
)
def test_a_class_of_log_group_that_can_not_be_read_is_told_by_the_message(
    message: str, kind: type[errors.AwsError]
) -> None:
    answer = {"Error": {"Code": "InvalidOperationException", "Message": message}}
    error = errors.from_client_error(ClientError(answer, "FilterLogEvents"))  # type: ignore[arg-type]
    assert type(error) is kind
    assert error.message == message


@pytest.mark.parametrize(
    ("message", "action"),
    [
        (
            "User: arn:aws:iam::1:user/a is not authorized to perform: acm:DescribeCertificate on resource: *",
            "acm:DescribeCertificate",
        ),
        ("You are not authorized to perform this operation.", "DescribeCertificate"),
    ],
)
def test_a_refusal_names_the_action_even_where_aws_does_not(message: str, action: str) -> None:
    answer = {"Error": {"Code": "AccessDeniedException", "Message": message}}
    error = errors.from_client_error(ClientError(answer, "DescribeCertificate"))  # type: ignore[arg-type]
    assert errors.refused_action(error.message) == action
    assert message in error.message
