"""The Lambda that AWS calls when somebody connects, against the table that the portal writes."""

import importlib.util
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

import pytest
import yaml

from sandbox.aws.control import Control
from sandbox.company import TOKYO
from vpn.aws import deny_list
from vpn.aws.accounts import Account
from vpn.aws.session import dynamodb_client

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

FOLDER: Final = Path(__file__).resolve().parents[3] / "infra" / "client-connect-handler"
TABLE: Final = "genkan-deny-list"
# Schema v3, as the administrator guide's "Connection authorization" has it.
EVENT: Final = {
    "connection-id": "cvpn-connection-04edd76f5201e0cb8",
    "endpoint-id": "cvpn-endpoint-0f13eeed90ec8b6a4",
    "common-name": "",
    "username": "m.tanaka@example.co.jp",
    "platform": "mac",
    "platform-version": "15.6",
    "public-ip": "198.51.100.27",
    "client-openvpn-version": "2.6.12",
    "aws-client-version": "6.0.3",
    "groups": "9067f7c2-40d1-70e5-8b5e-3c1f0a6d2b10",
    "schema-version": "v3",
}


class Handler(Protocol):
    def __call__(self, **changes: Any) -> dict[str, Any]: ...


class Loader(yaml.SafeLoader):
    """CloudFormation's short forms as mere values."""


Loader.add_multi_constructor(
    "!",
    lambda loader, _tag, node: (
        loader.construct_scalar(node) if isinstance(node, yaml.ScalarNode) else str(node)
    ),
)
TEMPLATE: Final = yaml.load((FOLDER / "template.yaml").read_text(encoding="utf-8"), Loader)


@pytest.fixture
def dynamodb(empty_aws: str) -> "Iterator[DynamoDBClient]":
    """With the table that the template makes."""
    described = TEMPLATE["Resources"]["DenyList"]["Properties"]
    with dynamodb_client(Account("tokyo", TOKYO.region)) as client:
        client.create_table(
            TableName=TABLE,
            BillingMode=described["BillingMode"],
            AttributeDefinitions=described["AttributeDefinitions"],
            KeySchema=described["KeySchema"],
        )
        yield client


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Handler]]:
    """The handler as Lambda loads it, with this environment."""
    modules = []

    def load(**environment: str) -> Handler:
        variables = {"DENY_LIST_TABLE": TABLE, "ON_ERROR": "allow", "AWS_DEFAULT_REGION": TOKYO.region}
        for name, value in (variables | environment).items():
            monkeypatch.setenv(name, value)
        specification = importlib.util.spec_from_file_location("handler", FOLDER / "handler.py")
        assert specification is not None
        assert specification.loader is not None
        module = importlib.util.module_from_spec(specification)
        specification.loader.exec_module(module)
        modules.append(module)
        return lambda **changes: dict(module.handler({**EVENT, **changes}, None))

    yield load
    for module in modules:
        module.DYNAMODB.close()


def test_who_is_not_on_the_list_gets_in(dynamodb: "DynamoDBClient", loaded: Callable[..., Handler]) -> None:
    deny_list.deny(dynamodb, table=TABLE, username="somebody.else@example.co.jp", until=None)
    assert loaded()() == {
        "allow": True,
        "error-msg-on-denied-connection": "",
        "posture-compliance-statuses": [],
        "schema-version": "v3",
    }


def test_whom_the_portal_put_on_the_list_is_refused_with_words(
    dynamodb: "DynamoDBClient", loaded: Callable[..., Handler]
) -> None:
    deny_list.deny(dynamodb, table=TABLE, username="m.tanaka@example.co.jp", until=None)
    answer = loaded(DENIED_MESSAGE="止められています。内線 4500")()
    assert answer["allow"] is False
    assert answer["error-msg-on-denied-connection"] == "止められています。内線 4500"


def test_whom_the_portal_took_off_again_gets_in(
    dynamodb: "DynamoDBClient", loaded: Callable[..., Handler]
) -> None:
    deny_list.deny(dynamodb, table=TABLE, username="m.tanaka@example.co.jp", until=None)
    handler = loaded()
    assert handler()["allow"] is False
    deny_list.admit(dynamodb, table=TABLE, username="m.tanaka@example.co.jp")
    assert handler()["allow"] is True


def test_capital_letters_are_no_way_around_it(
    dynamodb: "DynamoDBClient", loaded: Callable[..., Handler]
) -> None:
    deny_list.deny(dynamodb, table=TABLE, username="M.Tanaka@example.co.jp", until=None)
    assert loaded()(username="m.TANAKA@EXAMPLE.co.jp ")["allow"] is False


def test_a_certificates_name_is_looked_up_too(
    dynamodb: "DynamoDBClient", loaded: Callable[..., Handler]
) -> None:
    deny_list.deny(dynamodb, table=TABLE, username="laptop-17.example.co.jp", until=None)
    handler = loaded()
    assert handler(username=None, **{"common-name": "laptop-17.example.co.jp"})["allow"] is False
    assert handler(**{"common-name": "laptop-17.example.co.jp"})["allow"] is False


def test_who_has_expired_gets_in_before_dynamodb_has_forgotten_them(
    dynamodb: "DynamoDBClient", loaded: Callable[..., Handler]
) -> None:
    handler, now = loaded(), datetime.now(UTC)
    deny_list.deny(dynamodb, table=TABLE, username=EVENT["username"], until=now - timedelta(seconds=1))
    assert handler()["allow"] is True
    deny_list.deny(dynamodb, table=TABLE, username=EVENT["username"], until=now + timedelta(minutes=5))
    assert handler()["allow"] is False


@pytest.mark.parametrize(("on_error", "allowed"), [("allow", True), ("deny", False)])
def test_while_the_list_cannot_be_read_the_setting_decides(
    dynamodb: "DynamoDBClient",
    loaded: Callable[..., Handler],
    control: Control,
    capsys: pytest.CaptureFixture[str],
    on_error: str,
    allowed: bool,
) -> None:
    handler = loaded(ON_ERROR=on_error)
    control.fail("GetItem", "AccessDeniedException", service="dynamodb")
    answer = handler()
    assert answer["allow"] is allowed
    assert bool(answer["error-msg-on-denied-connection"]) is not allowed
    pattern = TEMPLATE["Resources"]["Unreadable"]["Properties"]["FilterPattern"]
    assert f"{pattern} {on_error} {EVENT['connection-id']}" in capsys.readouterr().out


def test_a_setting_that_means_nothing_stops_the_start(
    dynamodb: "DynamoDBClient", loaded: Callable[..., Handler]
) -> None:
    with pytest.raises(ValueError, match="Write allow or deny"):
        loaded(ON_ERROR="maybe")


def test_an_answer_is_short_enough_for_aws(
    dynamodb: "DynamoDBClient", loaded: Callable[..., Handler]
) -> None:
    deny_list.deny(dynamodb, table=TABLE, username=EVENT["username"], until=None)
    assert len(loaded(DENIED_MESSAGE="x" * 300)()["error-msg-on-denied-connection"]) == 255


def test_the_template_gives_the_handler_what_it_reads() -> None:
    function = TEMPLATE["Resources"]["Handler"]["Properties"]
    assert set(function["Environment"]["Variables"]) == {"DENY_LIST_TABLE", "DENIED_MESSAGE", "ON_ERROR"}
    assert function["Handler"] == "handler.handler"
    assert TEMPLATE["Parameters"]["HandlerName"]["Default"].startswith("AWSClientVPN-")
    assert TEMPLATE["Parameters"]["OnError"]["AllowedValues"] == ["allow", "deny"]
    assert (
        TEMPLATE["Resources"]["DenyList"]["Properties"]["TimeToLiveSpecification"]["AttributeName"]
        == "expires_at"
    )
