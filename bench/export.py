"""P6: export of a million connections as CSV over HTTP, against ``psql \\copy`` of the same query to a file.

``DATABASE_URL=… python -m tests.environment python -m bench.export [--rows 1000000]``, see bench/database.py.
"""

import argparse
import http.client
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import django
from django.conf import settings

QUERY: Final = "since=2018-02-01T00:00&until=2100-01-01T00:00&header=words"
FORMS: Final = ("csv", "ndjson")


@dataclass(frozen=True)
class Run:
    seconds: float
    first_byte: float
    size: int
    grown: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    django.setup()
    from bench import seed_connections

    seed_connections.ensure(options.rows)
    with tempfile.TemporaryDirectory() as folder, _portal() as (port, worker):
        cookie = f"{settings.SESSION_COOKIE_NAME}={_session()}"
        for form in FORMS:
            statement = _statement(form)
            _download(port, worker, form, cookie, Path(folder) / "warm")
            peers, ours = [], []
            for _ in range(options.runs):
                # What the one has left to be written to the disk is not the other's to wait for.
                os.sync()
                peers.append(_psql(statement, Path(folder) / "psql"))
                os.sync()
                ours.append(_download(port, worker, form, cookie, Path(folder) / "http"))
            _print(form, options.rows, peers, ours)


def _print(form: str, rows: int, peers: list[float], ours: list[Run]) -> None:
    peer = statistics.median(peers)
    seconds = statistics.median(run.seconds for run in ours)
    first = statistics.median(run.first_byte for run in ours)
    print(f"{form}: {rows:,} rows in the table, {ours[0].size / 1e6:.0f} MB, median of {len(ours)}")
    print(f"  psql \\copy            {peer:8.2f} s   {min(peers):.2f} to {max(peers):.2f}")
    times = [run.seconds for run in ours]
    print(f"  over HTTP             {seconds:8.2f} s   {min(times):.2f} to {max(times):.2f}")
    print(f"  ratio                 {peer / seconds:8.2f}     goal 0.9")
    print(f"  first byte            {first * 1000:8.0f} ms  goal 150")
    print(f"  memory grows by       {max(run.grown for run in ours) / 1e6:8.1f} MB  goal 10")


@contextmanager
def _portal() -> Iterator[tuple[int, int]]:
    """One web process as in the image: its port and the worker's pid."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "portal.wsgi", "--bind", f"127.0.0.1:{port}"]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        yield port, _worker(process.pid, port)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def _worker(parent: int, port: int) -> int:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            _get(port, "/healthz", "").read()
        except OSError:
            time.sleep(0.1)
            continue
        return int(Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii").split()[0])
    raise TimeoutError("the portal did not start")


def _get(port: int, path: str, cookie: str) -> http.client.HTTPResponse:
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    client.request("GET", path, headers={"Host": settings.SITE_NETLOC, "Cookie": cookie})
    return client.getresponse()


def _download(port: int, worker: int, form: str, cookie: str, target: Path) -> Run:
    before, peak, done = _memory(worker), [0], threading.Event()

    def watch() -> None:
        while not done.wait(0.02):
            peak[0] = max(peak[0], _memory(worker))

    watcher = threading.Thread(target=watch)
    watcher.start()
    # The last download's file is emptied here, before anything is measured.
    with target.open("wb") as file:
        began = time.monotonic()
        response = _get(port, f"/connections/export.{form}?{QUERY}", cookie)
        if response.status != 200:
            raise RuntimeError(response.read()[:2000])
        # The first piece holds the first row, not only the header.
        file.write(response.read(64))
        first = time.monotonic() - began
        shutil.copyfileobj(response, file, 1 << 18)
    seconds = time.monotonic() - began
    done.set()
    watcher.join()
    return Run(seconds, first, target.stat().st_size, peak[0] - before)


def _memory(pid: int) -> int:
    """Resident bytes."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def _psql(statement: str, target: Path) -> float:
    began = time.monotonic()
    script = statement.replace("TO STDOUT", f"TO '{target}'") + "\n"
    subprocess.run(
        ["psql", "--quiet", "--no-psqlrc", "-v", "ON_ERROR_STOP=1", os.environ["DATABASE_URL"]],
        input=script,
        text=True,
        check=True,
    )
    return time.monotonic() - began


def _statement(form: str) -> str:
    """What the view sends to PostgreSQL, as psql takes it: in one line, in a session that is set up alike."""
    from django.db import connection
    from django.http import QueryDict

    from vpn.connection_export.layout import ndjson_layout, spreadsheet_layout
    from vpn.connection_export.statement import copy_statement
    from vpn.connection_log.search.forms import ConnectionSearchForm
    from vpn.connection_log.search.queries import matching

    asked = ConnectionSearchForm(QueryDict(QUERY))
    if not asked.is_valid():
        raise ValueError(asked.errors)
    statement, params = copy_statement(
        matching(asked.search()), ndjson_layout() if form == "ndjson" else spreadsheet_layout()
    )
    with connection.cursor() as cursor:
        written = str(cursor.mogrify(statement, params))
    setting = f"SET enable_sort = off; SET jit = off; SET TimeZone = '{settings.TIME_ZONE}';"
    line = " ".join(written.split()).replace("COPY", "copy", 1)
    return f"{setting}\n\\{line}"


def _session() -> str:
    from portal.access.models import User

    auditor, _ = User.objects.get_or_create(username="bench@example.co.jp", defaults={"roles": ["auditor"]})
    store: Any = import_module(settings.SESSION_ENGINE).SessionStore()
    store["_auth_user_id"] = str(auditor.pk)
    store["_auth_user_backend"] = settings.AUTHENTICATION_BACKENDS[0]
    store["_auth_user_hash"] = auditor.get_session_auth_hash()
    store.create()
    return str(store.session_key)


if __name__ == "__main__":
    main()
