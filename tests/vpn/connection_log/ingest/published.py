"""Lines put into the sandbox's CloudWatch Logs, past Client VPN: whatever a test wants to find there."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from sandbox.aws.seed import administrator
from sandbox.company import TOKYO

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_logs.type_defs import InputLogEventTypeDef

GROUP = "/genkan/clientvpn/tokyo-main"


def publish(
    url: str, texts: Iterable[str], *, at: datetime | None = None, stream: str = "a", group: str = GROUP
) -> None:
    """One millisecond apart."""
    logs: CloudWatchLogsClient = administrator(url, TOKYO)("logs")
    first = at or timezone.now() - timedelta(minutes=1)
    try:
        known = logs.describe_log_streams(logGroupName=group)["logStreams"]
        if stream not in [stream_row["logStreamName"] for stream_row in known]:
            logs.create_log_stream(logGroupName=group, logStreamName=stream)
        events: list[InputLogEventTypeDef] = [
            {"timestamp": int(first.timestamp() * 1000) + number, "message": text}
            for number, text in enumerate(texts)
        ]
        logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)
    finally:
        logs.close()


def ago(**how_long: float) -> str:
    """A moment as the log writes it."""
    return f"{timezone.now() - timedelta(**how_long):%Y-%m-%d %H:%M:%S}"
