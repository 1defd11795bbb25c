"""A chat program and a mail server, as far as the portal talks to them: both listen on loopback."""

import http.server
import json
import socketserver
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from pytest_django import Settings

SECRET = "/services/T0/B0/a-secret-token"
ADDRESS = "vpn-admins@example.co.jp"


@dataclass
class Chat:
    """``status`` is what it answers; ``heard`` the texts that were posted to it."""

    status: int = 200
    heard: list[str] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    types: list[str] = field(default_factory=list)


@dataclass
class Post:
    """``refusal`` is what it says to a recipient instead of 250; ``mails`` are the ones it took, as they came."""

    refusal: str = ""
    mails: list[str] = field(default_factory=list)


@pytest.fixture
def chat(settings: Settings) -> Iterator[Chat]:
    state = Chat()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            state.paths.append(self.path)
            state.types.append(self.headers["Content-Type"])
            if state.status == 200:
                state.heard.append(json.loads(body)["text"])
            self.send_response(state.status)
            if state.status == 302:
                self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *args: object) -> None:
            """Quiet."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        settings.NOTIFY_WEBHOOK_URL = f"http://127.0.0.1:{server.server_port}{SECRET}"
        yield state
        server.shutdown()
        thread.join()


@pytest.fixture
def post_office(settings: Settings) -> Iterator[Post]:
    state = Post()

    class Handler(socketserver.StreamRequestHandler):
        def say(self, line: str) -> None:
            self.wfile.write(f"{line}\r\n".encode())

        def handle(self) -> None:
            self.say("220 mail.example.co.jp")
            while line := self.rfile.readline().decode().strip():
                verb = line.partition(" ")[0].upper()
                if verb == "RCPT" and state.refusal:
                    self.say(state.refusal)
                elif verb == "DATA":
                    self.say("354 go on")
                    state.mails.append(self.mail())
                    self.say("250 ok")
                else:
                    self.say("221 bye" if verb == "QUIT" else "250 ok")

        def mail(self) -> str:
            lines = []
            while (line := self.rfile.readline().decode().rstrip("\r\n")) != ".":
                lines.append(line)
            return "\n".join(lines)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.server_address[1]
        settings.NOTIFY_EMAILS = [ADDRESS]
        yield state
        server.shutdown()
        thread.join()
