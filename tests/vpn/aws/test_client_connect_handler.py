"""The Lambda that AWS calls when somebody connects, against the table that the portal writes."""

import ast
import importlib.util
import json
import re
import sys
import time
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

        def invoke(**changes: Any) -> dict[str, Any]:
            # As Lambda does: JSON comes in, and JSON goes out.
            event = json.loads(json.dumps({**EVENT, **changes}))
            return dict(json.loads(json.dumps(module.handler(event, None))))

        return invoke

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
    # A company's own words, and the code by which its helpdesk finds this attempt.
    assert answer["error-msg-on-denied-connection"] == "止められています。内線 4500 拒否コード: 201E-0CB8"


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
    record = logged(capsys)
    pattern = TEMPLATE["Resources"]["Unreadable"]["Properties"]["FilterPattern"]
    assert pattern == f'{{ $.reason = "{record["reason"]}" }}'
    assert record["connection-id"] == EVENT["connection-id"]
    assert record["decision"] == on_error
    assert "AccessDeniedException" in record["error"]


def test_a_setting_that_means_nothing_stops_the_start(
    dynamodb: "DynamoDBClient", loaded: Callable[..., Handler]
) -> None:
    with pytest.raises(ValueError, match="Write allow or deny"):
        loaded(ON_ERROR="maybe")
    with pytest.raises(ValueError, match="Write ja or en"):
        loaded(LANGUAGE_CODE="fr")


def test_an_answer_is_short_enough_for_aws_and_keeps_its_code(
    dynamodb: "DynamoDBClient", loaded: Callable[..., Handler]
) -> None:
    deny_list.deny(dynamodb, table=TABLE, username=EVENT["username"], until=None)
    message = loaded(DENIED_MESSAGE="止" * 300)()["error-msg-on-denied-connection"]
    assert len(message) == 255
    assert message.endswith("止 拒否コード: 201E-0CB8")


def test_a_person_is_refused_in_their_own_language(
    dynamodb: "DynamoDBClient", loaded: Callable[..., Handler]
) -> None:
    japanese, english = (
        re.compile("停止.*拒否コード: 201E-0CB8$"),
        re.compile("blocked.*Refusal code: 201E-0CB8$"),
    )
    for language, default, expected in (
        ("en", "ja", english),
        ("ja", "en", japanese),
        ("", "en", english),
        ("fr", "ja", japanese),
    ):
        deny_list.deny(dynamodb, table=TABLE, username=EVENT["username"], until=None, language=language)
        message = loaded(LANGUAGE_CODE=default)()["error-msg-on-denied-connection"]
        assert expected.search(message), message


def test_each_attempt_is_one_line_that_says_what_the_vpn_saw(
    dynamodb: "DynamoDBClient", loaded: Callable[..., Handler], capsys: pytest.CaptureFixture[str]
) -> None:
    handler = loaded()
    handler(groups=["9067f7c2-40d1-70e5-8b5e-3c1f0a6d2b10", "9067f7c2-51a2-7096-a2c4-71d80e5b9f21"])
    record = logged(capsys)
    assert {name: record[name] for name in EVENT if name != "groups"} == {
        name: value for name, value in EVENT.items() if name != "groups"
    }
    assert record["groups"] == [
        "9067f7c2-40d1-70e5-8b5e-3c1f0a6d2b10",
        "9067f7c2-51a2-7096-a2c4-71d80e5b9f21",
    ]
    assert (record["log"], record["log-version"]) == ("genkan-client-connect", 1)
    assert (record["decision"], record["reason"], record["support-code"]) == ("allow", "not-on-deny-list", "")
    assert abs(datetime.fromisoformat(record["time"]) - datetime.now(UTC)) < timedelta(minutes=1)
    deny_list.deny(dynamodb, table=TABLE, username=EVENT["username"], until=None)
    handler()
    record = logged(capsys)
    assert (record["decision"], record["reason"], record["support-code"]) == (
        "deny",
        "on-deny-list",
        "201E-0CB8",
    )


@pytest.mark.parametrize(("on_error", "allowed"), [("allow", True), ("deny", False)])
@pytest.mark.parametrize(
    "event",
    [
        {},
        {"username": None, "common-name": "  "},
        {"groups": None, "connection-id": 7, "public-ip": ["198.51.100.27"]},
        {"unheard-of": {"nested": [1]}, "schema-version": "v9"},
    ],
)
def test_an_odd_event_is_decided_as_set_and_logged(
    loaded: Callable[..., Handler],
    capsys: pytest.CaptureFixture[str],
    event: dict[str, Any],
    on_error: str,
    allowed: bool,
) -> None:
    # Every field that AWS's schema has is away, or is nothing.
    answer = loaded(ON_ERROR=on_error)(**(dict.fromkeys(EVENT) | event))
    assert set(answer) == {
        "allow",
        "error-msg-on-denied-connection",
        "posture-compliance-statuses",
        "schema-version",
    }
    assert (answer["allow"], answer["schema-version"]) == (allowed, "v3")
    record = logged(capsys)
    assert (record["reason"], record["groups"]) == ("nobody-to-look-up", [])
    assert bool(re.fullmatch("[0-9A-F]{4}-[0-9A-F]{4}", record["support-code"])) is not allowed


def test_a_slow_table_is_given_up_long_before_aws_gives_up(
    dynamodb: "DynamoDBClient", loaded: Callable[..., Handler], control: Control
) -> None:
    handler = loaded(ON_ERROR="deny", LOOKUP_SECONDS="0.1")
    control.slow("GetItem", 30, service="dynamodb")
    began = time.monotonic()
    # Two names, each with two attempts and a pause of up to a second between them
    assert handler(**{"common-name": "laptop-17.example.co.jp"})["allow"] is False
    assert time.monotonic() - began < 5
    attempts, names, pause, longest = 2, 2, 1.0, 1.5
    assert (
        names * (attempts * 2 * longest + pause)
        < TEMPLATE["Resources"]["Handler"]["Properties"]["Timeout"]
        < 30
    )
    control.heal()


def test_lambda_can_load_it_with_nothing_installed() -> None:
    source = ast.parse((FOLDER / "handler.py").read_text(encoding="utf-8"))
    modules = {
        name.partition(".")[0]
        for node in ast.walk(source)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [node.module or ""] if isinstance(node, ast.ImportFrom) else [item.name for item in node.names]
        )
    }
    assert modules - sys.stdlib_module_names == {"boto3", "botocore"}


def logged(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """The one line that the handler wrote since it was last asked for."""
    (line,) = capsys.readouterr().out.splitlines()
    return dict(json.loads(line))


def test_the_template_gives_the_handler_what_it_reads() -> None:
    function = TEMPLATE["Resources"]["Handler"]["Properties"]
    assert set(function["Environment"]["Variables"]) == {
        "DENY_LIST_TABLE",
        "DENIED_MESSAGE",
        "LANGUAGE_CODE",
        "ON_ERROR",
    }
    assert function["Handler"] == "handler.handler"
    assert TEMPLATE["Parameters"]["HandlerName"]["Default"].startswith("AWSClientVPN-")
    assert TEMPLATE["Parameters"]["OnError"]["AllowedValues"] == ["allow", "deny"]
    assert (
        TEMPLATE["Resources"]["DenyList"]["Properties"]["TimeToLiveSpecification"]["AttributeName"]
        == "expires_at"
    )


def test_client_vpn_calls_an_alias_with_provisioned_concurrency() -> None:
    alias = TEMPLATE["Resources"]["HandlerAlias"]["Properties"]
    assert "ProvisionedConcurrentExecutions" in alias["ProvisionedConcurrencyConfig"]
    assert TEMPLATE["Parameters"]["ProvisionedConcurrency"]["Default"] >= 1
    assert TEMPLATE["Outputs"]["HandlerArn"]["Value"] == "HandlerAlias"
    assert TEMPLATE["Resources"]["HandlerVersion"]["Properties"]["FunctionName"] == alias["FunctionName"]
