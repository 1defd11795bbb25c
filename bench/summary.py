"""P5: the summary's charts over 400 days, against the same aggregate computed from the connections.

``python -m tests.environment python -m bench.summary``; with DATABASE_URL of bench.database the rows and
their sums are made once. Prints each chart's time, the raw one's, and the ratio; the goal is 1/50.
"""

import argparse
import os
import statistics
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import django


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--times", type=int, default=5)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    django.setup()
    _prepare(options.rows, options.seed)
    print(f"{'chart':34} {'from sums':>10} {'from rows':>11} {'ratio':>9}")
    worst = 0.0
    for name, ours, raw in _charts():
        mine = statistics.median(_seconds(ours) for _time in range(options.times))
        theirs = statistics.median(_seconds(raw) for _time in range(options.times))
        worst = max(worst, mine / theirs)
        print(
            f"{name:34} {1000 * mine:7.1f} ms {1000 * theirs:8.0f} ms     1/{theirs / mine:.0f}", flush=True
        )
    print(f"worst: 1/{1 / worst:.0f}, goal 1/50")


def _prepare(rows: int, seed: int) -> None:
    from django.db import connection

    from bench.seed_connections import ensure
    from vpn.connection_summary.models import SummaryDay
    from vpn.connection_summary.services import recount

    ensure(rows, seed=seed)
    if not SummaryDay.objects.exists():
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO vpn_changedday (day)"
                " SELECT DISTINCT (bucket AT TIME ZONE 'UTC')::date FROM vpn_connectiontally"
            )
    began = time.monotonic()
    counted = recount(seconds=float("inf"))
    if counted:
        print(f"{counted} days counted in {time.monotonic() - began:.0f} s", flush=True)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")


def _seconds(run: Callable[[], object]) -> float:
    began = time.monotonic()
    run()
    return time.monotonic() - began


def _charts() -> list[tuple[str, Callable[[], object], Callable[[], object]]]:
    from django.conf import settings
    from django.db import connection
    from django.utils import timezone

    from vpn.connection_summary import queries
    from vpn.connection_summary.ranges import RangePreset, preset_range

    span = preset_range(RangePreset.LONG, today=timezone.localdate())
    values: dict[str, datetime | str] = {"since": span.since, "until": span.until, "zone": settings.TIME_ZONE}
    within = "FROM vpn_connection WHERE at >= %(since)s AND at < %(until)s"
    day = "(at AT TIME ZONE %(zone)s)::date"

    def raw(sql: str) -> Callable[[], Any]:
        def run() -> Any:
            with connection.cursor() as cursor:
                cursor.execute(sql, values)
                return cursor.fetchall()

        return run

    connected = "status IN ('open', 'ended')"
    peak = f"""
        SELECT day, max(together) FROM (
            SELECT (moment AT TIME ZONE %(zone)s)::date AS day, sum(step) OVER (ORDER BY moment, step) AS together
            FROM (
                SELECT at AS moment, 1 AS step {within} AND {connected}
                UNION ALL
                SELECT coalesce(ended_at, at + interval '24 hours'), -1 {within} AND {connected}
            ) AS steps
        ) AS counted GROUP BY day"""
    everything = lambda: queries.days(span)  # noqa: E731
    top = f"SELECT connection_id, at, user_id {within} AND {connected} ORDER BY"
    return [
        (
            "connections over time",
            everything,
            raw(f"SELECT {day}, status, count(*), sum(duration_seconds) {within} GROUP BY 1, 2"),
        ),
        ("connected at the same time", everything, raw(peak)),
        (
            "by endpoint",
            lambda: queries.endpoints(span),
            raw(f"SELECT endpoint_id, status, count(*), sum(egress_bytes) {within} GROUP BY 1, 2"),
        ),
        (
            "reasons of failure",
            everything,
            raw(
                f"SELECT failure_reason, count(*) {within} AND status IN ('failed', 'unfinished') GROUP BY 1"
            ),
        ),
        (
            "weekday and hour",
            everything,
            raw(
                f"SELECT extract(isodow FROM at AT TIME ZONE %(zone)s), extract(hour FROM at AT TIME ZONE %(zone)s),"
                f" count(*) {within} GROUP BY 1, 2"
            ),
        ),
        (
            "time and traffic by person",
            lambda: queries.people(span),
            raw(
                f"SELECT user_id, count(*), sum(duration_seconds), sum(ingress_bytes + egress_bytes) {within}"
                f" AND {connected} GROUP BY 1"
            ),
        ),
        (
            "first time",
            lambda: queries.newcomers(span, newest=100),
            raw(f"SELECT user_id, min(at) FROM vpn_connection WHERE {connected} GROUP BY 1"),
        ),
        (
            "longest connections",
            lambda: queries.longest(span),
            raw(f"{top} duration_seconds DESC NULLS LAST LIMIT 10"),
        ),
        (
            "largest connections",
            lambda: queries.largest(span),
            raw(f"{top} ingress_bytes + egress_bytes DESC LIMIT 10"),
        ),
    ]


if __name__ == "__main__":
    main()
