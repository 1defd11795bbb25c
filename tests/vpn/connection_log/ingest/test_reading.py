"""Reading a log group whose pages never end: given up within a bounded time, with what came before."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import TYPE_CHECKING, Any, cast

import pytest
from botocore.session import Session

from tests.vpn.connection_log.log_lines import started
from vpn.aws.errors import AnswerBroken
from vpn.aws.pace import Pace
from vpn.connection_log.ingest.reading import GRACE_SECONDS, LogReader, WindowPart
from vpn.connection_log.ingest.windows import WindowPlan

if TYPE_CHECKING:
    from vpn.aws.session import CloudWatchLogsClient

UNTIL = datetime(2026, 11, 20, 12, tzinfo=UTC)
EVENT = {"timestamp": 1, "message": started(), "logStreamName": "a"}


@contextmanager
def cloudwatch_logs(answer: Callable[[], dict[str, Any]]) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            body = json.dumps(answer()).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: Any) -> None:
            """Not into the output of the tests."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def read(answer: Callable[[], dict[str, Any]], *, deadline: float) -> tuple[int, str]:
    """How many lines came, and the code of the error that ended it."""
    parts: list[WindowPart] = []
    session = Session()
    session.set_credentials("key", "secret")
    plan = WindowPlan(UNTIL - timedelta(hours=2), UNTIL, open_end=True)
    with cloudwatch_logs(answer) as url:
        client = cast(
            "CloudWatchLogsClient", session.create_client("logs", region_name="us-east-1", endpoint_url=url)
        )
        reader = LogReader(client, "/vpn", Pace(1000, burst=100), deadline, UNTIL)
        with pytest.raises(AnswerBroken) as error:
            parts.extend(reader.parts(plan))
        client.close()
    assert not plan.is_complete
    assert plan.read_until == plan.since
    return sum(part.batch.lines for part in parts), error.value.code


def test_the_same_token_again_and_again_is_given_up() -> None:
    answer = {"events": [], "nextToken": "the-same-token", "searchedLogStreams": []}
    assert read(lambda: answer, deadline=float("inf")) == (0, "RepeatedToken")


def test_ever_new_tokens_are_given_up_when_the_time_is_up_and_what_came_is_kept() -> None:
    number = count()
    lines, code = read(
        lambda: {"events": [EVENT], "nextToken": str(next(number))},
        deadline=time.monotonic() - GRACE_SECONDS,
    )
    assert (lines, code) == (4, "EndlessPages")
