"""The table of people whom the client connect handler refuses: infra/client-connect-handler.

IAM, on the table: dynamodb:PutItem, DeleteItem, Scan.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from vpn.aws.errors import translated

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ANY_ACCOUNT: Final = "*"


@dataclass(frozen=True)
class DenyListEntry:
    """``username`` as ``key_of`` makes it; ``until`` None: until somebody takes it off; ``note``: why, for people."""

    username: str
    until: datetime | None
    note: str


def key_of(username: str) -> str:
    """The handler makes the same of what AWS hands it: case makes no other person."""
    return username.strip().lower()


def deny(
    client: "DynamoDBClient", *, table: str, username: str, until: datetime | None, note: str = ""
) -> None:
    """Put somebody on the list, or change until when; the same again changes nothing."""
    item: dict[str, dict[str, str]] = {"username": {"S": key_of(username)}, "note": {"S": note[:1000]}}
    if until is not None:
        item["expires_at"] = {"N": str(int(until.timestamp()))}
    with translated():
        client.put_item(TableName=table, Item=item)


def admit(client: "DynamoDBClient", *, table: str, username: str) -> None:
    """Take somebody off the list; who is not on it stays off."""
    with translated():
        client.delete_item(TableName=table, Key={"username": {"S": key_of(username)}})


def listed(client: "DynamoDBClient", *, table: str, now: datetime) -> list[DenyListEntry]:
    """Everybody whom the handler refuses at ``now``; DynamoDB keeps what has expired for some days more."""
    with translated():
        pages = client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
        found = [
            DenyListEntry(
                username=item["username"]["S"],
                until=_moment(item.get("expires_at", {}).get("N")),
                note=item.get("note", {}).get("S", ""),
            )
            for page in pages
            for item in page["Items"]
        ]
    return sorted(
        (one for one in found if one.until is None or one.until > now), key=lambda one: one.username
    )


def table_of(tables: dict[str, str], *, account: str) -> str:
    """The table of an account of VPN_ACCOUNTS, from VPN_DENY_LIST_TABLE; empty: there is none."""
    return tables.get(account) or tables.get(ANY_ACCOUNT, "")


def _moment(seconds: str | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(float(seconds), UTC)
