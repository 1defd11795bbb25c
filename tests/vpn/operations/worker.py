"""A worker in a process of its own, killed for real at one of its calls to AWS."""

import os
import signal
import threading
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import urlsplit

from django.db import connections

from vpn.operations.engine import worker
from vpn.operations.models import Operation

SECONDS: Final = 60
BEFORE, AFTER = "before", "after"


class Between:
    """Stands between workers and AWS, and counts their calls.

    ``kill_at``: the number of a call, and whether its worker dies BEFORE it reaches AWS or AFTER AWS has answered.
    ``killed``: the action of that call.
    """

    def __init__(self, aws: str) -> None:
        self.calls: list[str] = []
        self.kill_at: tuple[int, str] | None = None
        self.killed = ""
        self._pid = 0
        self._host = urlsplit(aws).netloc
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def run_worker(self, operation: Operation, *, kill_at: tuple[int, str] | None = None) -> bool:
        """A worker takes the operation as far as it goes. True if it was killed."""
        self.calls.clear()
        self.killed, self.kill_at = "", kill_at
        # A connection that both processes hold would break for both.
        connections.close_all()
        self._pid = os.fork()
        if not self._pid:
            self._be_a_worker(operation)
        _, status = os.waitpid(self._pid, 0)
        assert status in {0, signal.SIGKILL}, f"the worker ended with {status}"
        return status == signal.SIGKILL

    def _be_a_worker(self, operation: Operation) -> None:
        """Never returns: the test goes on in the other process only."""
        status = 1
        try:
            os.environ["AWS_ENDPOINT_URL"] = self.url
            worker.run(operation.pk)
            status = 0
        finally:
            os._exit(status)

    def answer(self, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, list[Any], bytes] | None:
        """AWS's; None if nobody is there any more to hear it."""
        action = body.decode().partition("Action=")[2].partition("&")[0]
        number = len(self.calls)
        self.calls.append(action)
        if self._kills(number, BEFORE, action):
            return None
        answer = self._ask(path, body, headers)
        return None if self._kills(number, AFTER, action) else answer

    def _kills(self, number: int, moment: str, action: str) -> bool:
        if self.kill_at != (number, moment):
            return False
        self.killed = action
        os.kill(self._pid, signal.SIGKILL)
        return True

    def _ask(self, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, list[Any], bytes]:
        aws = HTTPConnection(self._host, timeout=SECONDS)
        try:
            aws.request("POST", path, body, headers)
            answer = aws.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        finally:
            aws.close()


def _handler(between: Between) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            answer = between.answer(self.path, body, dict(self.headers))
            if answer is None:
                self.close_connection = True
                return
            self.send_response(answer[0])
            for name, value in answer[1]:
                if name.lower() not in {"transfer-encoding", "connection", "server", "date"}:
                    self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer[2])

        def log_message(self, *_args: Any) -> None:
            """A test says nothing."""

    return Handler
