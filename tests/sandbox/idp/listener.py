"""A service's own small server, for what the identity provider or a browser sends there."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from werkzeug.serving import make_server

from sandbox.idp.server import QuietRequestHandler


@contextmanager
def serving(application: Callable[..., Any]) -> Iterator[str]:
    """Its URL, until it is left."""
    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=QuietRequestHandler)
    server.daemon_threads = False  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()
