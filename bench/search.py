"""P4: searches over millions of connections, against DuckDB on the same rows and ripgrep with jq on the raw log.

``python -m tests.environment python -m bench.search --rows 10000000``; with DATABASE_URL of bench.database the rows are
made once. The peers are taken if they are there: ``pip install duckdb``, ``apt-get install ripgrep jq``. The raw log
holds a tenth of the rows (--share), and its times are multiplied by ten; that is said in the table.
"""

import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, Final

import django

if TYPE_CHECKING:
    from bench.search_questions import Question

PAGE: Final = 50
FULL: Final = timedelta(days=400)
COLUMNS: Final = """
    at AT TIME ZONE 'UTC' AS at, connection_id, endpoint_id, status, username, device_type,
    host(device_ip) AS device_ip, host(client_ip) AS client_ip, ended_at AT TIME ZONE 'UTC' AS ended_at,
    duration_seconds, ingress_bytes, egress_bytes, failure_reason"""
ROWS: Final = (
    f"SELECT {COLUMNS} FROM vpn_connection AS c LEFT JOIN vpn_connectionuser AS u ON u.id = c.user_id"
)
RAW: Final = """
SELECT json_build_object('connection-log-type', CASE WHEN status IN ('ended') THEN 'connection-reset'
        ELSE 'connection-attempt' END, 'connection-attempt-status', CASE status WHEN 'failed' THEN 'failed'
        WHEN 'unfinished' THEN 'waiting-for-assertion' WHEN 'open' THEN 'successful' ELSE 'NA' END,
    'connection-attempt-failure-reason', coalesce(failure_reason, 'NA'), 'connection-id', connection_id,
    'client-vpn-endpoint-id', endpoint_id, 'connection-start-time', to_char(at AT TIME ZONE 'UTC',
        'YYYY-MM-DD HH24:MI:SS'), 'connection-end-time', coalesce(to_char(ended_at AT TIME ZONE 'UTC',
        'YYYY-MM-DD HH24:MI:SS'), 'NA'), 'username', coalesce(username, 'NA'), 'device-type', device_type,
    'device-ip', host(device_ip), 'client-ip', coalesce(host(client_ip), 'NA'), 'ingress-bytes', ingress_bytes::text,
    'egress-bytes', egress_bytes::text, 'transport-protocol', 'udp', 'port', port::text, 'common-name', 'NA')
FROM vpn_connection AS c LEFT JOIN vpn_connectionuser AS u ON u.id = c.user_id WHERE at >= '{since}' ORDER BY at
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--times", type=int, default=40)
    parser.add_argument("--share", type=float, default=0.1, help="of the rows that the raw log holds")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    django.setup()
    from bench.seed_connections import ensure

    until = ensure(options.rows, seed=options.seed)
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as folder:
        duck = _duckdb(Path(folder))
        raw = _raw_log(Path(folder), since=until - FULL * options.share)
        _report(until, Random(options.seed), options.times, duck, raw, 1 / options.share)


def _report(until: datetime, draw: Random, times: int, duck: Any, raw: Path | None, factor: float) -> None:
    from bench.search_questions import Questions

    print(
        f"{'question':30} {'p50':>8} {'p95':>8} {'DuckDB p50':>11} {'p95 of it':>10} {'raw log':>11} {'p95 of it':>10}"
    )
    slowest = 0.0
    for name, ask in Questions(until, draw).all():
        asked = [ask() for _time in range(times)]
        for question in asked[:3]:
            question.run()
        ours = sorted(_milliseconds(question.run) for question in asked)
        p50, p95 = statistics.median(ours), ours[int(len(ours) * 0.95)]
        slowest = max(slowest, ours[-1])
        columns = f"{name:30} {p50:5.1f} ms {p95:5.1f} ms"
        if duck is not None:
            theirs = statistics.median(
                _milliseconds(partial(_in_duckdb, duck, question)) for question in asked[:7]
            )
            columns += f" {theirs:8.1f} ms {'1/' + format(theirs / p95, '.1f'):>10}"
        if raw is not None and asked[0].grep:
            theirs = factor * statistics.median(
                _milliseconds(partial(_in_raw, raw, question)) for question in asked[:3]
            )
            columns += f" {theirs / 1000:9.1f} s {'1/' + format(theirs / p95, ',.0f'):>10}"
        print(columns, flush=True)
    print(
        f"slowest of all: {slowest:.1f} ms. Goals: p95 at most 1/5 of DuckDB's median and 1/100 of the raw log's;"
    )
    print(
        f"no search over 50 ms. The raw log is 1/{factor:.0f} of the rows; its times are multiplied by that."
    )
    print(f"{_about()}; load {os.getloadavg()[0]:.1f}")


def _about() -> str:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM vpn_connection")
        rows = cursor.fetchone()
        cursor.execute("SHOW server_version")
        return f"{rows[0] if rows else 0:,} connections, PostgreSQL {(cursor.fetchone() or ('?',))[0]}"


def _milliseconds(run: Callable[[], object]) -> float:
    began = time.perf_counter()
    run()
    return 1000 * (time.perf_counter() - began)


def _copied(sql: str, to: Path, form: str) -> None:
    """By psql's COPY, which is faster than anything that Python could do."""
    with to.open("wb") as file:
        command = ["psql", "-q", os.environ["DATABASE_URL"], "-c", f"COPY ({sql}) TO STDOUT {form}"]
        subprocess.run(command, stdout=file, check=True)


def _duckdb(folder: Path) -> Any:
    try:
        import duckdb
    except ImportError:
        print("no DuckDB here: pip install duckdb", file=sys.stderr)
        return None
    rows = folder / "rows.csv"
    _copied(f"{ROWS} ORDER BY 1", rows, "(FORMAT csv, HEADER)")
    database = duckdb.connect(str(folder / "rows.duckdb"))
    database.execute(f"CREATE TABLE rows AS SELECT * FROM read_csv('{rows}', nullstr='')")
    rows.unlink()
    return database


def _in_duckdb(database: Any, asked: "Question") -> list[Any]:
    offset = f" OFFSET {asked.skip}" if asked.skip else ""
    order = f"ORDER BY at DESC, connection_id DESC LIMIT {PAGE}{offset}"
    # "at" is a keyword of DuckDB's.
    where = re.sub(r"\bat\b", '"at"', f"{asked.where} {order}")
    sql = f"SELECT * FROM rows WHERE status <> 'sign-in' AND {where}"
    rows: list[Any] = database.execute(sql).fetchall()
    return rows


def _raw_log(folder: Path, *, since: datetime) -> Path | None:
    if not shutil.which("rg") or not shutil.which("jq"):
        print("no ripgrep or no jq here: apt-get install ripgrep jq", file=sys.stderr)
        return None
    raw = folder / "log.ndjson"
    _copied(RAW.format(since=since.isoformat()), raw, "(FORMAT text, DELIMITER E'\\x01')")
    return raw


def _in_raw(raw: Path, asked: "Question") -> int:
    """The newest 50 lines that match, as somebody would look for them in a downloaded log."""
    command = f"rg --no-filename -e '{asked.grep}' '{raw}' | jq -c '{asked.jq}' | tail -n {PAGE} | wc -l"
    return int(subprocess.run(command, shell=True, stdout=subprocess.PIPE, check=True).stdout)


if __name__ == "__main__":
    main()
