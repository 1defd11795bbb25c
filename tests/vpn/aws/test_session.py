"""Sessions against the sandbox's STS: whose account is seen, and what is said when it can't be."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine

from sandbox.aws.control import Control
from sandbox.aws.seed import BOOTSTRAP_ROLE, Architecture
from sandbox.company import EXTERNAL_ID, OSAKA, TOKYO
from vpn.aws import client_vpn
from vpn.aws.accounts import Account
from vpn.aws.errors import AccessDenied, CredentialsUnusable, translated
from vpn.aws.session import ec2_client, logs_client


def _endpoint_ids(account: Account) -> list[str]:
    with translated(), ec2_client(account) as client:
        return [endpoint.endpoint_id for endpoint in client_vpn.endpoints(client, tag="*")]


def _osaka(architecture: Architecture, external_id: str = EXTERNAL_ID) -> Account:
    return Account("osaka", OSAKA.region, architecture.portal_role_arn, external_id)


def test_without_a_role_it_sees_its_own_account(architecture: Architecture) -> None:
    assert _endpoint_ids(Account("tokyo", TOKYO.region)) == [architecture.tokyo.endpoint_id]


def test_with_a_role_it_sees_the_other_account(architecture: Architecture) -> None:
    assert _endpoint_ids(_osaka(architecture)) == [architecture.osaka.endpoint_id]


def test_the_role_is_refused_without_its_external_id(architecture: Architecture) -> None:
    with pytest.raises(AccessDenied):
        _endpoint_ids(_osaka(architecture, external_id="another"))


def test_changes_are_made_with_the_role_for_changes(architecture: Architecture) -> None:
    """A role that doesn't exist can't be assumed: that tells which one was asked for."""
    nobody = f"arn:aws:iam::{OSAKA.account}:role/nobody"
    administrator = f"arn:aws:iam::{OSAKA.account}:role/{BOOTSTRAP_ROLE}"
    account = Account("osaka", OSAKA.region, role_arn=nobody, operate_role_arn=administrator)
    with translated(), ec2_client(account, operate=True) as client:
        assert client_vpn.endpoints(client, tag="*")
    with pytest.raises(AccessDenied):
        _endpoint_ids(account)


def test_without_a_role_for_changes_that_for_reading_is_taken(architecture: Architecture) -> None:
    with translated(), ec2_client(_osaka(architecture), operate=True) as client:
        assert [endpoint.endpoint_id for endpoint in client_vpn.endpoints(client, tag="*")] == [
            architecture.osaka.endpoint_id
        ]


def test_missing_credentials_are_said_to_be_missing(aws: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    with pytest.raises(CredentialsUnusable) as caught:
        _endpoint_ids(Account("tokyo", TOKYO.region))
    assert caught.value.code == "NoCredentialsError"


def test_credentials_that_are_half_there_or_cannot_be_fetched_are_said_to_be(
    aws: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(CredentialsUnusable) as caught:
        _endpoint_ids(Account("tokyo", TOKYO.region))
    assert caught.value.code == "PartialCredentialsError"
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    config = tmp_path / "config"
    config.write_text("[default]\ncredential_process = /bin/false\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    with pytest.raises(CredentialsUnusable) as caught:
        _endpoint_ids(Account("tokyo", TOKYO.region))
    assert caught.value.code == "CredentialRetrievalError"


def test_a_look_closes_its_sockets(architecture: Architecture, control: Control) -> None:
    """Warnings are errors: a socket left open would fail this test when it is collected."""
    _endpoint_ids(_osaka(architecture))
    assert {call["service"] for call in control.calls()} >= {"sts", "ec2"}


def _role_calls(control: Control) -> int:
    return [call["action"] for call in control.calls()].count("AssumeRole")


def test_a_role_is_assumed_once_and_again_before_its_hour_is_over(
    architecture: Architecture, control: Control
) -> None:
    osaka, before = _osaka(architecture), _role_calls(control)
    for _ in range(3):
        assert _endpoint_ids(osaka)
    assert _role_calls(control) - before == 1
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=50)):
        assert _endpoint_ids(osaka)
    assert _role_calls(control) - before == 2


def test_a_role_is_assumed_anew_after_aws_refused_it(
    architecture: Architecture, control: Control, hurried: None
) -> None:
    osaka, before = _osaka(architecture), _role_calls(control)
    assert _endpoint_ids(osaka)
    fault = control.fail("DescribeClientVpnEndpoints", "ExpiredToken")
    with pytest.raises(CredentialsUnusable):
        _endpoint_ids(osaka)
    control.heal(fault)
    assert _endpoint_ids(osaka)
    assert _role_calls(control) - before == 2


def test_keys_that_were_replaced_are_found_after_the_old_ones_were_refused(
    architecture: Architecture, control: Control, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    keys = tmp_path / "credentials"
    keys.write_text("[default]\naws_access_key_id = old\naws_secret_access_key = old\n")
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(keys))
    tokyo = Account("tokyo", TOKYO.region)
    fault = control.fail("DescribeClientVpnEndpoints", "AuthFailure")
    with pytest.raises(CredentialsUnusable):
        _endpoint_ids(tokyo)
    control.heal(fault)
    keys.write_text("[default]\naws_access_key_id = new\naws_secret_access_key = new\n")
    signatures: list[bytes] = []
    with ec2_client(tokyo) as client:
        client.meta.events.register(
            "before-send.ec2", lambda request, **_: signatures.append(request.headers["Authorization"])
        )
        assert client_vpn.endpoints(client, tag="*")
    assert b"Credential=new/" in signatures[0]


def test_what_is_wrong_with_the_way_to_aws_is_said_when_it_is_opened(
    aws: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    config = tmp_path / "config"
    config.write_text("[default]\ncredential_process = /bin/false\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    with pytest.raises(CredentialsUnusable), ec2_client(Account("tokyo", TOKYO.region)):
        pytest.fail("there are no credentials")
    with (
        pytest.raises(CredentialsUnusable),
        logs_client(Account("tokyo", TOKYO.region, "arn:aws:iam::1:role/x")),
    ):
        pytest.fail("there are none to assume a role with")


def test_the_credentials_of_a_pod_are_found(
    architecture: Architecture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As EKS gives them: a token in a file, for a call that is not signed."""
    token = tmp_path / "token"
    token.write_text("of the pod's service account")
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(token))
    monkeypatch.setenv("AWS_ROLE_ARN", architecture.portal_role_arn)
    assert _endpoint_ids(Account("osaka", OSAKA.region)) == [architecture.osaka.endpoint_id]
