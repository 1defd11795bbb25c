"""gunicorn's worker, which answers an address that is too long with a page instead of a line of English.

A search's URL holds what was typed, and a Japanese letter takes nine bytes there. Up to gunicorn's limit the form says
what is too long; beyond it, no view is ever called.
"""

from http import HTTPStatus
from typing import Any, Final

from django.template.loader import render_to_string
from gunicorn.http.errors import LimitRequestLine
from gunicorn.workers.gthread import ThreadWorker

from portal.contact import helpdesk_contact

# Of what the client is still sending. Were it left unread, closing would reset the connection, and the page with it.
MAX_DRAINED: Final = 1 << 20
DRAIN_SECONDS: Final = 2


class WebWorker(ThreadWorker):  # type: ignore[misc]
    def handle_error(self, req: Any, client: Any, addr: Any, exc: Exception) -> None:
        if not isinstance(exc, LimitRequestLine):
            super().handle_error(req, client, addr, exc)
            return
        try:
            client.sendall(uri_too_long())
            _drain(client)
        except OSError as error:
            self.log.debug("the answer to a long address was not read: %s", error)


def uri_too_long() -> bytes:
    """The whole answer; no middleware takes part in it."""
    context = {"helpdesk_ja": helpdesk_contact("ja"), "helpdesk_en": helpdesk_contact("en")}
    page = render_to_string("414.html", context).encode()
    status = HTTPStatus.REQUEST_URI_TOO_LONG
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\nConnection: close\r\nCache-Control: no-store\r\n"
        f"Content-Type: text/html; charset=utf-8\r\nX-Content-Type-Options: nosniff\r\n"
        f"Content-Length: {len(page)}\r\n\r\n"
    )
    return head.encode() + page


def _drain(client: Any) -> None:
    client.settimeout(DRAIN_SECONDS)
    left, end = MAX_DRAINED, b""
    while left > 0 and not end.endswith(b"\r\n\r\n"):
        received = client.recv(min(left, 1 << 16))
        if not received:
            return
        left -= len(received)
        end = (end + received)[-4:]
