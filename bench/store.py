"""P3: parsing, normalising and storing 1 M lines (a backfill), against COPY of the same rows into a bare table.

``python -m tests.environment python -m bench.store [--events 1000000]``. The rows hold all that an event says, and its
raw text; the bare table has no index.
"""

import argparse
import os
import statistics
import threading
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from queue import Queue
from typing import Final

import django

BATCH: Final = 50_000
PAGE: Final = 1_500
DAYS: Final = 20


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.store", description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=5)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    django.setup()
    from django.core.management import call_command

    from bench.log_lines import published

    call_command("migrate", verbosity=0)
    begin = datetime.now(UTC) - timedelta(days=DAYS)
    lines = published(events=options.events, seed=7, begin=begin, seconds=DAYS * 86_400)
    texts = [line.text for line in lines]
    bare, bare_work = _medians(_bare(texts) for _ in range(options.times))
    ours, our_work = _medians(_ours(texts) for _ in range(options.times))
    print(f"P3: {options.events} lines")
    print(f"  COPY of ready rows, no index  {options.events / bare:8.0f} rows/s")
    print(
        f"  parsed and stored             {options.events / ours:8.0f} lines/s: {bare / ours:.2f} x (goal 0.25)"
    )
    print(f"  processor time, with PostgreSQL's: {bare_work:.2f} s bare; {our_work:.2f} s ours")


def _medians(measured: Iterable[tuple[float, float]]) -> tuple[float, float]:
    """Of the seconds that passed, and of those of a processor."""
    passed, worked = zip(*measured, strict=True)
    return statistics.median(passed), statistics.median(worked)


def _bare(texts: list[str]) -> tuple[float, float]:
    from django.db import connection

    from bench import processor
    from vpn.connection_log.log_row import COLUMNS, regular
    from vpn.connection_log.statements import TEMPORARY_TABLES

    now = f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%d %H:%M:%S}"
    with connection.cursor() as cursor:
        cursor.execute(TEMPORARY_TABLES)
        cursor.execute("DROP TABLE IF EXISTS bare")
        cursor.execute("CREATE TABLE bare (LIKE incoming, raw text)")
        pieces: list[bytes] = []
        for text in texts:
            row = regular(text, latest=now)
            assert row is not None
            raw = text.replace("\\", "\\\\").encode()
            pieces.append(b"%b\t%b\n" % (row.copied.rstrip(b"\n"), raw))
        whole = [b"".join(pieces[first : first + PAGE]) for first in range(0, len(pieces), PAGE)]
        began, before = time.monotonic(), processor.seconds()
        with cursor.copy(f"COPY bare ({', '.join(COLUMNS)}, raw) FROM STDIN (NULL 'NA')") as copy:
            for piece in whole:
                copy.write(piece)
        return time.monotonic() - began, processor.seconds() - before


def _ours(texts: list[str]) -> tuple[float, float]:
    """As the ingest does it: pages are parsed by one thread while another stores."""
    from django.db import connection
    from django.utils import timezone

    from bench import processor
    from bench.ingest import TABLES
    from vpn.aws.log_pages import Line
    from vpn.connection_log.ingest.batch import EventBatch
    from vpn.connection_log.store import store

    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {TABLES}")
    now = timezone.now()
    parsed: Queue[EventBatch | None] = Queue(maxsize=40)

    def parse_all() -> None:
        for first in range(0, len(texts), PAGE):
            page = EventBatch(now)
            page.add(Line(0, text, "a") for text in texts[first : first + PAGE])
            parsed.put(page)
        parsed.put(None)

    began, before = time.monotonic(), processor.seconds()
    thread = threading.Thread(target=parse_all)
    thread.start()
    batch, stored = EventBatch(now), 0
    while page := parsed.get():
        batch.merge(page)
        if batch.lines >= BATCH:
            stored += store(batch.rows).events
            batch = EventBatch(now)
    stored += store(batch.rows).events
    thread.join()
    assert stored == len(texts)
    return time.monotonic() - began, processor.seconds() - before


if __name__ == "__main__":
    main()
