"""An event of CloudWatch Logs FilterLogEvents, as a frozen value."""

from typing import NamedTuple


class Line(NamedTuple):
    """``published``: the event's timestamp in CloudWatch Logs, in milliseconds; not the connection's time."""

    published: int
    text: str
    stream: str = ""
