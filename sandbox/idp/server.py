"""The identity provider as a server: real sockets on loopback, one thread a request."""

import socket
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from sandbox.company import Person
from sandbox.idp import logout
from sandbox.idp.application import Application
from sandbox.idp.authn_request import AuthnRequest
from sandbox.idp.keyring import KeyRing
from sandbox.idp.keys import SigningKey
from sandbox.idp.messages import ResponseSpec
from sandbox.idp.provider import Claims, IdentityProvider


class QuietRequestHandler(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


class IdpServer:
    """``with IdpServer() as idp: …``; with a ``directory`` its keys are the same the next time.

    ``listening`` is a socket that listens already, instead of ``port``.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        host: str = "127.0.0.1",
        listening: socket.socket | None = None,
        directory: Path | str | None = None,
        public_url: str | None = None,
    ) -> None:
        self._address = (host, port)
        self._listening = listening
        self._public_url = public_url
        self._keys = KeyRing(Path(directory) if directory else None)
        self._server: BaseWSGIServer | None = None
        self._thread: threading.Thread | None = None
        self._provider: IdentityProvider | None = None

    def start(self) -> Self:
        # Bound here, because Werkzeug ends the program when a port is busy.
        with self._listening or socket.create_server(self._address) as listening:
            url = self._public_url or f"http://{self._address[0]}:{listening.getsockname()[1]}"
            self._provider = IdentityProvider(url, self._keys)
            self._server = make_server(
                *self._address,
                Application(self._provider),
                threaded=True,
                request_handler=QuietRequestHandler,
                fd=listening.fileno(),
            )
        # Not daemons, so that closing the server waits for the requests it is answering.
        self._server.daemon_threads = False  # type: ignore[attr-defined]
        serve = self._server.serve_forever
        self._thread = threading.Thread(target=serve, kwargs={"poll_interval": 0.05}, name="sandbox-idp")
        self._thread.start()
        return self

    def stop(self) -> None:
        if self._server is None or self._thread is None:
            return
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._server = self._thread = None

    @property
    def provider(self) -> IdentityProvider:
        if self._provider is None:
            raise RuntimeError("The identity provider has not been started")
        return self._provider

    @property
    def url(self) -> str:
        return self.provider.base_url

    @property
    def entity_id(self) -> str:
        return self.provider.entity_id

    @property
    def metadata_url(self) -> str:
        return self.provider.metadata_url

    @property
    def key(self) -> SigningKey:
        """The key that signs now."""
        return self._keys.signing

    def metadata(self) -> bytes:
        return self.provider.metadata()

    def spec(self, request: AuthnRequest, who: Person | Claims) -> ResponseSpec:
        """The good Response that answers ``request``, for a case or a test to bend."""
        return self.provider.spec(request, who)

    def logout_request_url(self, sls_url: str, name_id: str) -> str:
        """Where to send a browser to have a service end its session of ``name_id``."""
        return logout.redirect_url(logout.request(self.entity_id, sls_url, name_id), self.key)

    def publish_new_certificate(self) -> SigningKey:
        return self._keys.publish_new_certificate()

    def sign_with_new_certificate(self) -> None:
        self._keys.sign_with_new_certificate()

    def drop_old_certificate(self) -> None:
        self._keys.drop_old_certificate()

    @property
    def down(self) -> bool:
        """Nothing can be had from it: metadata and sign-in answer 503."""
        return self.provider.metadata_down and self.provider.sso_down

    @down.setter
    def down(self, down: bool) -> None:
        self.provider.metadata_down = self.provider.sso_down = down

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
