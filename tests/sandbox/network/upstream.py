"""A portal that says what it was asked, for tests of what stands in front of it."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any

from sandbox.network.server import Listener


class Upstream(Listener):
    def __init__(self) -> None:
        super().__init__(socket.create_server(("127.0.0.1", 0)), EchoHandler)
        self.may_finish = threading.Event()

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"


class EchoHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Upstream

    def do_GET(self) -> None:
        answer = {"/streamed": self._stream, "/away": self._redirect, "/broken": self._break_off}
        answer |= {"/unchanged": self._unchanged, "/early": self._refuse_early}
        answer.get(self.path, self._echo)()

    do_POST = do_HEAD = do_PUT = do_GET  # noqa: N815 - found by name

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name in the standard library
        pass

    def _echo(self) -> None:
        request = {
            "method": self.command,
            "target": self.path,
            "headers": [[name.lower(), value] for name, value in self.headers.items()],
            "body": self._body().decode("latin-1"),
        }
        body = json.dumps(request).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Set-Cookie", "one=1")
        self.send_header("Set-Cookie", "two=2")
        self.send_header("Keep-Alive", "timeout=5")
        self.send_header("Connection", "close, X-Between-Us")
        self.send_header("X-Between-Us", "secret")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", "0")))
        parts = []
        while size := int(self.rfile.readline() or b"0", 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _stream(self) -> None:
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.write(b"5\r\nfirst\r\n")
        self.server.may_finish.wait(10)
        self.wfile.write(b"4\r\nlast\r\n0\r\n\r\n")

    def _redirect(self) -> None:
        self.send_response(302)
        self.send_header("Location", "https://idp.example.com/sso")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _break_off(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "100")
        self.end_headers()
        self.wfile.write(b"half")
        self.close_connection = True

    def _unchanged(self) -> None:
        self.send_response(304)
        self.end_headers()

    def _refuse_early(self) -> None:
        self.send_response(413)
        self.send_header("Content-Length", "0")
        self.send_header("Connection", "close")
        self.end_headers()


@contextmanager
def upstream() -> Iterator[Upstream]:
    with Upstream() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield server
        server.may_finish.set()
        server.shutdown()
        thread.join()
