"""The deny list in a real DynamoDB table over HTTP."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import pytest

from sandbox.aws.control import Control
from sandbox.company import TOKYO
from vpn.aws import deny_list
from vpn.aws.accounts import Account
from vpn.aws.errors import NotFound, Throttled
from vpn.aws.session import dynamodb_client

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

TABLE: Final = "genkan-deny-list"
NOW: Final = datetime(2026, 11, 25, 3, tzinfo=UTC)


@pytest.fixture
def dynamodb(empty_aws: str) -> "Iterator[DynamoDBClient]":
    with dynamodb_client(Account("tokyo", TOKYO.region)) as client:
        client.create_table(
            TableName=TABLE,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "username", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "username", "KeyType": "HASH"}],
        )
        yield client


def names(client: "DynamoDBClient", *, now: datetime = NOW) -> list[str]:
    return [entry.username for entry in deny_list.read_entries(client, table=TABLE, now=now)]


def test_somebody_is_put_on_the_list_and_taken_off(dynamodb: "DynamoDBClient") -> None:
    until = NOW + timedelta(hours=24)
    deny_list.deny(dynamodb, table=TABLE, username="m.tanaka@example.co.jp", until=until, note="#128")
    assert deny_list.read_entries(dynamodb, table=TABLE, now=NOW) == [
        deny_list.DenyListEntry("m.tanaka@example.co.jp", until, "#128")
    ]
    deny_list.admit(dynamodb, table=TABLE, username="m.tanaka@example.co.jp")
    assert names(dynamodb) == []


def test_doing_either_twice_is_doing_it_once(dynamodb: "DynamoDBClient") -> None:
    for _ in range(2):
        deny_list.deny(dynamodb, table=TABLE, username="m.tanaka@example.co.jp", until=None)
    assert names(dynamodb) == ["m.tanaka@example.co.jp"]
    for _ in range(2):
        deny_list.admit(dynamodb, table=TABLE, username="m.tanaka@example.co.jp")
    assert names(dynamodb) == []


def test_another_spelling_is_the_same_person(dynamodb: "DynamoDBClient") -> None:
    deny_list.deny(dynamodb, table=TABLE, username=" M.Tanaka@Example.co.jp ", until=None)
    deny_list.deny(dynamodb, table=TABLE, username="m.tanaka@example.co.jp", until=None)
    assert names(dynamodb) == ["m.tanaka@example.co.jp"]


def test_who_has_expired_is_not_listed_though_the_table_still_has_them(dynamodb: "DynamoDBClient") -> None:
    deny_list.deny(dynamodb, table=TABLE, username="old", until=NOW)
    deny_list.deny(dynamodb, table=TABLE, username="new", until=NOW + timedelta(seconds=1))
    assert names(dynamodb) == ["new"]


def test_a_list_of_many_pages_is_read_to_its_end(dynamodb: "DynamoDBClient") -> None:
    # A page of Scan holds 1 MB.
    for number in range(1100):
        deny_list.deny(dynamodb, table=TABLE, username=f"u{number:04}", until=None, note="x" * 1000)
    assert len(names(dynamodb)) == 1100


def test_a_table_that_is_not_there_is_said_to_be_missing(dynamodb: "DynamoDBClient") -> None:
    with pytest.raises(NotFound):
        deny_list.deny(dynamodb, table="another", username="m.tanaka@example.co.jp", until=None)


def test_a_throttled_table_may_be_asked_again(
    dynamodb: "DynamoDBClient", control: Control, hurried: None
) -> None:
    control.fail("PutItem", "ProvisionedThroughputExceededException", service="dynamodb")
    with pytest.raises(Throttled) as caught:
        deny_list.deny(dynamodb, table=TABLE, username="m.tanaka@example.co.jp", until=None)
    assert caught.value.retryable


@pytest.mark.parametrize(
    ("tables", "expected"),
    [
        ({}, ""),
        ({"*": "everywhere"}, "everywhere"),
        ({"tokyo": "in-tokyo"}, "in-tokyo"),
        ({"osaka": "in-osaka"}, ""),
        ({"*": "everywhere", "tokyo": "in-tokyo"}, "in-tokyo"),
    ],
)
def test_each_account_has_the_table_that_its_setting_names(tables: dict[str, str], expected: str) -> None:
    assert deny_list.table_for(tables, account="tokyo") == expected
