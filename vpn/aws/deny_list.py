"""The DynamoDB table of people whom the client connect handler refuses (infra/client-connect-handler).

IAM, on the table: dynamodb:PutItem, DeleteItem, Scan.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from vpn.aws.errors import translated

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ANY_ACCOUNT: Final = "*"
# In characters. Bounded, because a Scan reads all notes.
MAX_NOTE_LENGTH: Final = 1000


@dataclass(frozen=True)
class DenyListEntry:
    """``username`` is normalized; ``until`` None: until it is removed; ``note``: the reason, for people to read."""

    username: str
    until: datetime | None
    note: str


def normalize_username(username: str) -> str:
    """The table's key. The handler normalizes the names that AWS hands it in the same way."""
    return username.strip().lower()


def deny(
    client: "DynamoDBClient",
    *,
    table: str,
    username: str,
    until: datetime | None,
    note: str = "",
    language: str = "",
) -> None:
    """PutItem: put a person on the list, or replace the entry; the same again changes nothing. Raises AwsError.

    ``language``: in which the handler refuses them, ``ja`` or ``en``; empty: in the handler's own.
    """
    item: dict[str, dict[str, str]] = {
        "username": {"S": normalize_username(username)},
        "note": {"S": note[:MAX_NOTE_LENGTH]},
    }
    if language:
        item["language"] = {"S": language}
    if until is not None:
        item["expires_at"] = {"N": str(int(until.timestamp()))}
    with translated():
        client.put_item(TableName=table, Item=item)


def admit(client: "DynamoDBClient", *, table: str, username: str) -> None:
    """DeleteItem: take a person off the list, if they are on it. Raises AwsError."""
    with translated():
        client.delete_item(TableName=table, Key={"username": {"S": normalize_username(username)}})


def read_entries(client: "DynamoDBClient", *, table: str, now: datetime) -> list[DenyListEntry]:
    """Scan: everybody whom the handler refuses at ``now``, by name. Raises AwsError."""
    with translated():
        pages = client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
        entries = [
            DenyListEntry(
                username=item["username"]["S"],
                until=_moment(item.get("expires_at", {}).get("N")),
                note=item.get("note", {}).get("S", ""),
            )
            for page in pages
            for item in page["Items"]
        ]
    # DynamoDB deletes an expired item within days, not at once.
    valid = [entry for entry in entries if entry.until is None or entry.until > now]
    return sorted(valid, key=lambda entry: entry.username)


def table_for(tables: dict[str, str], *, account: str) -> str:
    """The table of an account of VPN_ACCOUNTS, from VPN_DENY_LIST_TABLE; empty where there is none."""
    return tables.get(account) or tables.get(ANY_ACCOUNT, "")


def _moment(seconds: str | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(float(seconds), UTC)
