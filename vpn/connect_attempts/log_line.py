"""From the text of one line of the handler's log group to typed values: pure.

infra/client-connect-handler/handler.py writes one JSON object for each attempt. Lambda writes into the same group
(START, END, REPORT, errors), and so does any handler that isn't ours: those lines tell of no attempt of ours.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

from vpn.connect_attempts.models import HandlerDecision
from vpn.connection_log.log_event import IDENTIFIER, UnreadableEvent
from vpn.connection_log.values import EARLIEST, address_value, storable, text_value

T = TypeVar("T")
# The handler's LOG, as it stands in each of its lines.
MARKER: Final = "genkan-client-connect"
# Identity Center sends at most about a thousand groups; more is a mistake of whoever wrote the line.
MOST_GROUPS: Final = 2000


@dataclass(frozen=True)
class AttemptLine:
    """The fields are those of ConnectAttempt. ``left_out``: names of fields whose values could not be read."""

    connection_id: str
    endpoint_id: str
    at: datetime
    username: str
    common_name: str
    groups: list[str]
    platform: str
    platform_version: str
    client_version: str
    openvpn_version: str
    public_ip: str | None
    decision: str
    reason: str
    support_code: str
    error: str
    raw: str
    left_out: tuple[str, ...] = field(default=())


def is_attempt_line(text: str) -> bool:
    """Whether the line says that it is one of ours, readable or not."""
    return MARKER in text


def parse_attempt(text: str, *, latest: datetime) -> AttemptLine:
    """Raises UnreadableEvent. ``latest``: no attempt can be newer."""
    try:
        fields = json.loads(text)
    except ValueError as error:
        raise UnreadableEvent("not-json") from error
    if not isinstance(fields, dict):
        raise UnreadableEvent("not-json")
    reader = _LineReader(fields)
    decision = reader.text("decision", 10)
    if decision not in HandlerDecision.values:
        raise UnreadableEvent("kind")
    return AttemptLine(
        connection_id=reader.identifier("connection-id"),
        endpoint_id=reader.identifier("endpoint-id"),
        at=reader.moment("time", latest),
        username=reader.text("username"),
        common_name=reader.text("common-name"),
        groups=reader.groups(),
        platform=reader.text("platform"),
        platform_version=reader.text("platform-version"),
        client_version=reader.text("aws-client-version"),
        openvpn_version=reader.text("client-openvpn-version"),
        public_ip=reader.value("public-ip", address_value),
        decision=decision,
        reason=reader.text("reason", 64),
        support_code=reader.text("support-code", 20),
        error=reader.text("error"),
        raw=storable(text),
        left_out=tuple(reader.left_out),
    )


class _LineReader:
    def __init__(self, fields: dict[str, Any]) -> None:
        self._fields = fields
        self.left_out: list[str] = []

    def value(self, name: str, read: Callable[[object], T | None]) -> T | None:
        try:
            return read(self._fields.get(name))
        except (TypeError, ValueError):
            self.left_out.append(name)
            return None

    def text(self, name: str, longest: int | None = None) -> str:
        text = self.value(name, text_value) or ""
        if longest and len(text) > longest:
            self.left_out.append(name)
            return ""
        return text

    def identifier(self, name: str) -> str:
        text = self._fields.get(name)
        if not isinstance(text, str) or not IDENTIFIER.fullmatch(text):
            # The same ids as of a line of the connection log, where the endpoint's has a longer name.
            raise UnreadableEvent("client-vpn-endpoint-id" if name == "endpoint-id" else name)
        return text

    def moment(self, name: str, latest: datetime) -> datetime:
        try:
            moment = datetime.fromisoformat(str(self._fields.get(name)))
        except ValueError as error:
            raise UnreadableEvent("time") from error
        moment = moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
        if not datetime.fromisoformat(EARLIEST).replace(tzinfo=UTC) <= moment <= latest:
            raise UnreadableEvent("time")
        return moment

    def groups(self) -> list[str]:
        given = self._fields.get("groups")
        if given is None:
            return []
        if not isinstance(given, list) or len(given) > MOST_GROUPS:
            self.left_out.append("groups")
            return []
        groups = [self._group(group) for group in given]
        if None in groups:
            self.left_out.append("groups")
        return [group for group in groups if group]

    def _group(self, value: object) -> str | None:
        try:
            return text_value(value)
        except (TypeError, ValueError):
            return None
