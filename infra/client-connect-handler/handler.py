"""Refuses people who are on the portal's deny list: the client connect handler of AWS Client VPN.

AWS calls it after a person has authenticated, and refuses the connection unless it answers "allow" (administrator
guide, "Connection authorization", schema v3). The deny list is a DynamoDB table that the portal writes.
Python 3.12, the standard library and the boto3 that Lambda brings. IAM: dynamodb:GetItem on the table.
"""

import os
import time
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

SCHEMA: Final = "v3"
TABLE: Final = os.environ["DENY_LIST_TABLE"]
# AWS shows it to the person, in at most 255 characters.
MESSAGE: Final = os.environ.get("DENIED_MESSAGE", "")[:255] or "Access has been blocked. Ask your helpdesk."
ON_ERROR: Final = os.environ["ON_ERROR"]
if ON_ERROR not in {"allow", "deny"}:
    raise ValueError(f'ON_ERROR is "{ON_ERROR}". Write allow or deny.')

# AWS gives up after 30 seconds, and then refuses: this answers within nine, whatever DynamoDB does.
CONFIG: Final = Config(
    connect_timeout=1, read_timeout=2, retries={"mode": "standard", "total_max_attempts": 3}
)
DYNAMODB: Final = boto3.client("dynamodb", config=CONFIG)


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answer a connection attempt in the form of schema v3."""
    try:
        denied = any(is_denied(name, now=time.time()) for name in names_to_check(event))
    except (BotoCoreError, ClientError) as error:
        # The metric filter in template.yaml searches the function's log for this word.
        print(
            f"DENY_LIST_UNREADABLE {ON_ERROR} {event.get('connection-id', '')} {type(error).__name__}: {error}"
        )
        denied = ON_ERROR == "deny"
    if denied:
        print(f"DENIED {event.get('connection-id', '')} {event.get('endpoint-id', '')}")
    return {
        "allow": not denied,
        "error-msg-on-denied-connection": MESSAGE if denied else "",
        "posture-compliance-statuses": [],
        "schema-version": SCHEMA,
    }


def names_to_check(event: dict[str, Any]) -> list[str]:
    """Normalized as in the table: the user name and, with mutual authentication, the certificate's common name."""
    # ``vpn.aws.deny_list.normalize_username`` does the same to the names that it writes.
    given = (event.get("username"), event.get("common-name"))
    return list(dict.fromkeys(name.strip().lower() for name in given if name and name.strip()))


def is_denied(name: str, *, now: float) -> bool:
    """GetItem: whether the name has an entry that has not expired. ``now`` in seconds since 1970."""
    # Strongly consistent, so that a person who was denied a second ago doesn't get in.
    answer = DYNAMODB.get_item(TableName=TABLE, Key={"username": {"S": name}}, ConsistentRead=True)
    # DynamoDB deletes an expired item within days, not at once.
    expires_at = answer.get("Item", {}).get("expires_at", {}).get("N")
    return "Item" in answer and (expires_at is None or float(expires_at) > now)
