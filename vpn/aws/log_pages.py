"""FilterLogEvents' answers, read fast: botocore makes a dict of each event and converts it field by field.

Signing, retries and errors stay botocore's; only the body of a good answer is read here, and where msgspec refuses it
(a lone surrogate in one event, which ``json`` reads), by botocore after all.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import msgspec
from botocore.parsers import JSONParser, ResponseParser, ResponseParserFactory

if TYPE_CHECKING:
    from botocore.model import Shape

ANSWER: Final = "FilterLogEventsResponse"


class Line(msgspec.Struct, frozen=True, gc=False):
    """``published``: the event's timestamp in CloudWatch Logs, in milliseconds; not the connection's time."""

    published: int = msgspec.field(name="timestamp")
    text: str = msgspec.field(name="message")
    stream: str = msgspec.field(name="logStreamName", default="")


class Body(msgspec.Struct):
    events: list[Line] = msgspec.field(default_factory=list)
    next_token: str | None = msgspec.field(name="nextToken", default=None)


DECODER: Final = msgspec.json.Decoder(Body)


class LogParser(JSONParser):
    def parse(self, response: Mapping[str, Any], shape: "Shape") -> Any:
        body = _body(response, shape)
        if body is None:
            return super().parse(response, shape)
        parsed = super().parse({**response, "body": b"{}"}, shape)
        parsed["events"] = body.events
        if body.next_token:
            parsed["nextToken"] = body.next_token
        return parsed


class LogParserFactory(ResponseParserFactory):
    def create_parser(self, protocol_name: str) -> ResponseParser:
        if protocol_name == "json":
            return LogParser()
        return super().create_parser(protocol_name)


def _body(response: Mapping[str, Any], shape: "Shape") -> Body | None:
    if shape is None or shape.name != ANSWER or response["status_code"] >= 300:
        return None
    try:
        return DECODER.decode(response["body"])
    except msgspec.DecodeError:
        return None
