"""CloudTrail's event history: what was changed through the sandbox's API, and LookupEvents over it.

CloudTrail API reference, LookupEvents: one attribute a call, at most 50 events a page, newest first, 90 days, two calls
a second an account and Region. Reads aren't kept here, though AWS keeps them too: there would be thousands of them.
"""

import base64
import json
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sandbox.aws.errors import AwsError

PAGE: Final = 50
DAYS_KEPT: Final = 90
CALLS_A_SECOND: Final = 2
# Enough for a demo that runs for weeks.
REMEMBERED_EVENTS: Final = 20_000
ATTRIBUTES: Final = (
    "EventId",
    "EventName",
    "ReadOnly",
    "Username",
    "ResourceType",
    "ResourceName",
    "EventSource",
    "AccessKeyId",
)


@dataclass(frozen=True)
class TrailEvent:
    """``arrives_at``: from when LookupEvents finds it. ``document`` is the CloudTrailEvent."""

    at: float
    arrives_at: float
    username: str
    resources: tuple[tuple[str, str], ...]
    document: Mapping[str, Any]

    def has(self, key: str, value: str) -> bool:
        match key:
            case "Username":
                return self.username == value
            case "ResourceName":
                return value in {name for _, name in self.resources}
            case "ResourceType":
                return value in {kind for kind, _ in self.resources}
            case "ReadOnly":
                return value == "false"
            case "AccessKeyId":
                return bool(self.document["userIdentity"].get("accessKeyId") == value)
        member = {"EventId": "eventID", "EventName": "eventName", "EventSource": "eventSource"}[key]
        return bool(self.document[member] == value)

    def described(self) -> dict[str, Any]:
        """As LookupEvents answers it."""
        answer = {
            "EventId": self.document["eventID"],
            "EventName": self.document["eventName"],
            "ReadOnly": "false",
            "EventTime": self.at,
            "EventSource": self.document["eventSource"],
            "Username": self.username,
            "Resources": [{"ResourceType": kind, "ResourceName": name} for kind, name in self.resources],
            "CloudTrailEvent": json.dumps(self.document, ensure_ascii=False, default=str),
        }
        access_key = self.document["userIdentity"].get("accessKeyId")
        return answer | ({"AccessKeyId": access_key} if access_key else {})


@dataclass
class Trail:
    """One account's event history in one Region. ``asked_at``: the last calls, by the computer's own clock."""

    events: deque[TrailEvent] = field(default_factory=lambda: deque(maxlen=REMEMBERED_EVENTS))
    asked_at: deque[float] = field(default_factory=lambda: deque(maxlen=CALLS_A_SECOND))

    def look_up(self, params: Mapping[str, Any], *, now: float) -> dict[str, Any]:
        """LookupEvents. ``params`` as botocore names them, times in Unix seconds. Raises AwsError."""
        self._limit_rate()
        key, value = _attribute(params.get("LookupAttributes") or [])
        since, until = _range(params, now)
        size = params.get("MaxResults") or PAGE
        if not isinstance(size, int) or not 1 <= size <= PAGE:
            raise AwsError("InvalidMaxResultsException", f"MaxResults must be between 1 and {PAGE}.")
        asked = json.dumps([key, value, params.get("StartTime"), params.get("EndTime")], default=str)
        first = _offset(params.get("NextToken"), asked)
        matching = [
            event
            for event in sorted(self.events, key=lambda event: event.at, reverse=True)
            if event.arrives_at <= now and since <= event.at <= until and (not key or event.has(key, value))
        ]
        page = [event.described() for event in matching[first : first + size]]
        more = {"NextToken": _token(first + size, asked)} if len(matching) > first + size else {}
        return {"Events": page, **more}

    def _limit_rate(self) -> None:
        moment = time.monotonic()
        if len(self.asked_at) == CALLS_A_SECOND and moment - self.asked_at[0] < 1:
            raise AwsError("ThrottlingException", "Rate exceeded")
        self.asked_at.append(moment)


def _attribute(attributes: Any) -> tuple[str, str]:
    """Two empty texts without one."""
    if not attributes:
        return "", ""
    if len(attributes) > 1 or attributes[0].get("AttributeKey") not in ATTRIBUTES:
        raise AwsError(
            "InvalidLookupAttributesException", "Specify one lookup attribute of those that are documented."
        )
    return str(attributes[0]["AttributeKey"]), str(attributes[0].get("AttributeValue", ""))


def _range(params: Mapping[str, Any], now: float) -> tuple[float, float]:
    oldest = now - DAYS_KEPT * 86400
    since, until = float(params.get("StartTime") or oldest), float(params.get("EndTime") or now)
    if since > until:
        raise AwsError("InvalidTimeRangeException", "The start time must be before the end time.")
    return max(since, oldest), until


def _token(offset: int, asked: str) -> str:
    return base64.urlsafe_b64encode(json.dumps([offset, asked]).encode()).decode()


def _offset(token: Any, asked: str) -> int:
    """A token belongs to the question that it was given for (InvalidNextTokenException)."""
    if not token:
        return 0
    try:
        offset, question = json.loads(base64.urlsafe_b64decode(str(token)))
    except (ValueError, TypeError):
        question = None
    if question != asked:
        raise AwsError("InvalidNextTokenException", "The token is invalid, or of another question.")
    return int(offset)
