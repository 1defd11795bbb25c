"""One request: the sandbox's own page, or the portal's answer as the chosen network sees it."""

import http.client
from collections.abc import Iterator
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Any, Final, Protocol

from sandbox.network.bodies import PIECE, BadBodyError, declared_length, pieces
from sandbox.network.browser_location import BrowserLocation
from sandbox.network.forwarding import request_headers, response_headers
from sandbox.network.pages import Page, Pages
from sandbox.network.requests import PageRequest, read_page_request

PORTAL_SECONDS: Final = 300
# The sandbox's forms have a handful of short fields.
LONGEST_FORM: Final = 4096
IPV4_HOST: Final = "v4.localhost"
IPV6_HOST: Final = "v6.localhost"


class Context(Protocol):
    """What every request needs; the server carries it."""

    portal: str
    location: BrowserLocation
    pages: Pages


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60
    context: Context

    def _answer(self) -> None:
        try:
            self._answer_by_host(declared_length(self.headers))
        except BadBodyError as error:
            self._send(self.context.pages.plain(HTTPStatus.BAD_REQUEST, str(error)))

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _answer  # noqa: N815 - found by name

    def _answer_by_host(self, length: int | None) -> None:
        address = self._address()
        if self.path.startswith("/sandbox/") and self._host() not in {IPV4_HOST, IPV6_HOST}:
            self._own_page(length)
        elif address:
            self._pass_on(length, address)
        else:
            # As if there were no way to this host: no answer at all.
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name in the standard library
        """Quiet: the portal has a log of its own."""

    def _host(self) -> str:
        return self.headers.get("Host", "").partition(":")[0].lower()

    def _address(self) -> str:
        place = self.context.location.now().place
        by_host = {IPV4_HOST: place.ipv4, IPV6_HOST: place.ipv6}
        return by_host.get(self._host(), place.address)

    def _own_page(self, length: int | None) -> None:
        form, size = b"", 0
        for piece in pieces(self.rfile, length):
            size += len(piece)
            form += piece if size <= LONGEST_FORM else b""
        if size > LONGEST_FORM:
            self._send(self.context.pages.plain(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "That is too much."))
        else:
            self._send(self.context.pages.answer(self._page_request(form)))

    def _page_request(self, form: bytes = b"") -> PageRequest:
        return read_page_request(self.command, self.path, self.headers, form)

    def _pass_on(self, length: int | None, address: str) -> None:
        connection = http.client.HTTPConnection(self.context.portal, timeout=PORTAL_SECONDS)
        try:
            self._ask(connection, length, address)
            response = connection.getresponse()
        except (OSError, http.client.HTTPException):
            self._send(self.context.pages.unreachable(self._page_request()))
        else:
            self._relay(response)
        finally:
            connection.close()

    def _ask(self, connection: http.client.HTTPConnection, length: int | None, address: str) -> None:
        # The browser's Host goes on as it is: Django checks it, and the check hosts depend on it.
        connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in request_headers(self.headers.items(), address=address):
            connection.putheader(name, value)
        if length is None:
            connection.putheader("Transfer-Encoding", "chunked")
        body = pieces(self.rfile, length)
        try:
            connection.endheaders(body if length != 0 else None, encode_chunked=length is None)
        except (BrokenPipeError, ConnectionResetError):
            # It answered before it had heard everything. The browser listens only after its last word.
            for _ in body:
                pass

    def _relay(self, response: http.client.HTTPResponse) -> None:
        self.send_response_only(response.status, response.reason)
        for name, value in response_headers(response.getheaders()):
            self.send_header(name, value)
        has_body = self.command != "HEAD" and response.status not in {204, 304}
        # HTTP/1.0 has no chunks: there the end of the connection is the end of the body.
        in_chunks = has_body and response.length is None and self.request_version == "HTTP/1.1"
        if in_chunks:
            self.send_header("Transfer-Encoding", "chunked")
        elif has_body and response.length is None:
            self.close_connection = True
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if has_body:
            self._copy(_received(response), in_chunks=in_chunks)

    def _copy(self, parts: Iterator[bytes], *, in_chunks: bool) -> None:
        try:
            for part in parts:
                self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part) if in_chunks else part)
            if in_chunks:
                self.wfile.write(b"0\r\n\r\n")
        except (OSError, http.client.HTTPException):
            # One of the two has gone; the other sees that the answer is not whole.
            self.close_connection = True

    def _send(self, page: Page) -> None:
        """A page of our own; what is left of the request's body is not read."""
        self.close_connection = True
        self.send_response_only(page.status)
        for name, value in [*page.headers, ("Content-Length", str(len(page.body))), ("Connection", "close")]:
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(page.body)


def _received(response: http.client.HTTPResponse) -> Iterator[bytes]:
    """As soon as something is there, so that what the portal streams is streamed here too."""
    while part := response.read1(PIECE):
        yield part
    if response.length:
        raise http.client.IncompleteRead(b"", response.length)
