"""The client connect handler of AWS Client VPN: refuses who is on the portal's deny list, and logs each attempt.

AWS calls it after a person has authenticated, and refuses the connection unless it answers "allow" (administrator
guide, "Connection authorization", schema v3). The deny list is a DynamoDB table that the portal writes. Each attempt
is one JSON object in the function's log group: the portal reads from it what nothing else of AWS's tells, such as the
client's version and the groups that the VPN saw.
Python 3.12, the standard library and the boto3 that Lambda brings. IAM: dynamodb:GetItem on the table.
"""

import json
import os
import secrets
import time
from datetime import UTC, datetime
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

SCHEMA: Final = "v3"
# By these the portal knows its own lines among those that Lambda itself writes into the log group.
LOG: Final = "genkan-client-connect"
LOG_VERSION: Final = 1
# "A string of up to 255 characters", says the guide; AWS VPN Client shows it to the person.
MESSAGE_LENGTH: Final = 255

TABLE: Final = os.environ["DENY_LIST_TABLE"]
ON_ERROR: Final = os.environ["ON_ERROR"]
if ON_ERROR not in {"allow", "deny"}:
    raise ValueError(f'ON_ERROR is "{ON_ERROR}". Write allow or deny.')
# For whom the portal knows no language: it writes a person's own beside their name.
LANGUAGE: Final = os.environ.get("LANGUAGE_CODE", "ja")
if LANGUAGE not in {"ja", "en"}:
    raise ValueError(f'LANGUAGE_CODE is "{LANGUAGE}". Write ja or en.')
# A company's own words for somebody who is blocked, instead of those below, whatever the language.
DENIED_MESSAGE: Final = os.environ.get("DENIED_MESSAGE", "")

NOT_LISTED: Final = "not-on-deny-list"
LISTED: Final = "on-deny-list"
UNREADABLE: Final = "deny-list-unreadable"
NOBODY: Final = "nobody-to-look-up"
MESSAGES: Final = {
    "ja": {
        LISTED: "VPNの利用が停止されています。ヘルプデスクにお問い合わせください。",
        UNREADABLE: "接続してよいかを今は確認できません。数分後にもう一度接続してください。",
        NOBODY: "どなたの接続かを確認できません。ヘルプデスクにお問い合わせください。",
    },
    "en": {
        LISTED: "Access has been blocked. Ask your helpdesk.",
        UNREADABLE: "Whether you may connect can't be checked right now. Try again in a few minutes.",
        NOBODY: "It can't be seen whose connection this is. Ask your helpdesk.",
    },
}
REFUSAL_CODE: Final = {"ja": "拒否コード", "en": "Refusal code"}

# AWS gives up after 30 seconds, and then refuses. Two names are looked up at most, and each has two attempts: this
# answers within twelve seconds, whatever DynamoDB does.
SECONDS: Final = float(os.environ.get("LOOKUP_SECONDS", "1.5"))
CONFIG: Final = Config(
    connect_timeout=SECONDS, read_timeout=SECONDS, retries={"mode": "standard", "total_max_attempts": 2}
)
DYNAMODB: Any = boto3.client("dynamodb", config=CONFIG)


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answer a connection attempt in the form of schema v3, and log it as one line."""
    response, record = respond(event, now=time.time())
    # One line is one event in CloudWatch Logs; ensure_ascii also keeps line separators out of it.
    print(json.dumps(record), flush=True)
    return response


def respond(event: Any, *, now: float) -> tuple[dict[str, Any], dict[str, Any]]:
    """The answer and the log line. ``now`` in seconds since 1970."""
    fields = event if isinstance(event, dict) else {}
    began = time.monotonic()
    reason, language, error = decide(fields, now=now)
    is_failure = reason in {UNREADABLE, NOBODY}
    is_denied = reason == LISTED or (is_failure and ON_ERROR == "deny")
    code = refusal_code(text(fields.get("connection-id"))) if is_denied else ""
    response = {
        "allow": not is_denied,
        "error-msg-on-denied-connection": denial(reason, language, code) if is_denied else "",
        "posture-compliance-statuses": [],
        "schema-version": SCHEMA,
    }
    moment = datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    record = {
        "log": LOG,
        "log-version": LOG_VERSION,
        "time": moment,
        **{name: text(fields.get(name)) for name in NAMES},
        "groups": list_groups(fields.get("groups")),
        "decision": "deny" if is_denied else "allow",
        "reason": reason,
        "support-code": code,
        "error": error,
        "milliseconds": int((time.monotonic() - began) * 1000),
    }
    return response, record


# What AWS hands over, but for the groups, which are a list (schema v3)
NAMES: Final = (
    "connection-id",
    "endpoint-id",
    "username",
    "common-name",
    "platform",
    "platform-version",
    "public-ip",
    "client-openvpn-version",
    "aws-client-version",
    "schema-version",
)


def decide(event: dict[str, Any], *, now: float) -> tuple[str, str, str]:
    """The reason, the language of the person, and what went wrong, if something did."""
    names = names_to_check(event)
    if not names:
        return NOBODY, LANGUAGE, ""
    try:
        items = [read_entry(name) for name in names]
    except (BotoCoreError, ClientError) as error:
        return UNREADABLE, LANGUAGE, f"{type(error).__name__}: {error}"[:1000]
    for item in items:
        if item and not has_expired(item, now=now):
            language = item.get("language", {}).get("S", "")
            return LISTED, language if language in MESSAGES else LANGUAGE, ""
    return NOT_LISTED, LANGUAGE, ""


def names_to_check(event: dict[str, Any]) -> list[str]:
    """Normalized as in the table: the user name and, with mutual authentication, the certificate's common name."""
    # ``vpn.aws.deny_list.normalize_username`` does the same to the names that it writes.
    given = (text(event.get("username")), text(event.get("common-name")))
    return list(dict.fromkeys(name.strip().lower() for name in given if name.strip()))


def read_entry(name: str) -> dict[str, Any]:
    """GetItem: the entry of a name; empty if it has none."""
    # Strongly consistent, so that a person who was denied a second ago doesn't get in.
    answer = DYNAMODB.get_item(TableName=TABLE, Key={"username": {"S": name}}, ConsistentRead=True)
    return dict(answer.get("Item", {}))


def has_expired(item: dict[str, Any], *, now: float) -> bool:
    """DynamoDB deletes an expired item within days, not at once. One whose end can't be read has not expired."""
    try:
        return float(item["expires_at"]["N"]) <= now
    except (KeyError, TypeError, ValueError):
        return False


def refusal_code(connection_id: str) -> str:
    """What a person reads to the helpdesk: the end of the connection's id, by which the portal finds the attempt."""
    end = (connection_id[-8:] if len(connection_id) >= 8 else secrets.token_hex(4)).upper()
    return f"{end[:4]}-{end[4:]}"


def denial(reason: str, language: str, code: str) -> str:
    """What the person reads, with the code whole: words that are too long are cut, not the code."""
    words = DENIED_MESSAGE if reason == LISTED and DENIED_MESSAGE else MESSAGES[language][reason]
    tail = f" {REFUSAL_CODE[language]}: {code}"
    return words[: MESSAGE_LENGTH - len(tail)] + tail


def list_groups(given: Any) -> list[str]:
    """AWS says "a list"; a text with commas is taken for one too, since no sample of it is published."""
    parts = given if isinstance(given, list) else text(given).split(",")
    return [group for part in parts if (group := text(part).strip())]


def text(value: Any) -> str:
    """A field as text. AWS leaves fields empty or out that it doesn't know."""
    return "" if value is None else str(value)
