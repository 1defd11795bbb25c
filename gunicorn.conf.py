"""How gunicorn serves the portal; it reads this file by itself. Sized for two cores and 512 MB.

The number of processes is WEB_CONCURRENCY, which gunicorn reads too: one a core. The command line wins over this file.
"""

import gc
from pathlib import Path
from typing import Any

bind = "0.0.0.0:8000"
# Pages wait for PostgreSQL and nothing else: a few threads keep a core busy, and each keeps a connection.
# gunicorn's own, but for the page that answers an address that is too long.
worker_class = "portal.web_worker.WebWorker"
threads = 8
# The code is read once and shared; a second process then costs what it changes.
preload_app = True
# The most that gunicorn allows: a search of 500 Japanese letters takes 4,500 bytes, and must reach its form.
limit_request_line = 8190
# Whatever leaks has an end. The jitter keeps the processes from going at the same moment.
max_requests = 20_000
max_requests_jitter = 2_000
# Longer than proxies keep an idle connection, so that it is never ours that closes under a request.
keepalive = 75
graceful_timeout = 30
# The heartbeat's file must not be on a disk that can be slow.
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - gunicorn makes files of unguessable names in it
worker_tmp_dir = str(SHARED_MEMORY) if SHARED_MEMORY.is_dir() else None
# No header of a request says where the portal is mounted or which scheme people use: SITE_URL does. By default gunicorn
# believes SCRIPT_NAME and X-Forwarded-Proto from a proxy on the same machine, which passes on what clients send.
forwarded_allow_ips = ""
forwarder_headers = ""
# Nobody needs a second way to talk to the server, and the file system is read-only.
control_socket_disable = True


def on_starting(server: Any) -> None:
    """Before anything is served: gunicorn's own lines, and an access log if there is one, show no break-glass link."""
    from portal.logs import TokenFilter

    for logger in (server.log.error_log, server.log.access_log):
        logger.addFilter(TokenFilter())


def when_ready(server: Any) -> None:
    """Before the processes part: read what the first request would, and never look for garbage in it."""
    from django.urls import get_resolver

    get_resolver().url_patterns  # noqa: B018 - reading it is what loads it
    gc.collect()
    gc.freeze()
