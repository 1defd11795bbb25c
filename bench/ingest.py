"""P2: a backfill, from CloudWatch Logs to committed rows, against a serial boto3 paginator that only downloads.

``python -m tests.environment python -m bench.ingest [--events 100000]``. The server takes 150 ms for an answer and
allows 25 calls a second, as AWS does; the events are spread over so many days that a window has a few pages.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final

import botocore.session
import django

# 4 million events in 400 days
EVENTS_A_DAY: Final = 10_000
RATE: Final = 25
# LOG_REQUESTS_PER_SECOND: a little less, so that a call that is late isn't refused with the next.
ASKED: Final = 24
GROUP: Final = "/bench"
TABLES: Final = ", ".join(
    f"vpn_{name}"
    for name in (
        "connection",
        "connectionevent",
        "connectiontally",
        "failuretally",
        "connectionuser",
        "changedday",
    )
)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.ingest", description=__doc__)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--times", type=int, default=5)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    until = datetime.now().astimezone()
    hours = 24 * options.events / EVENTS_A_DAY
    with server(options.events, hours, until, "--delay", "0.15", "--rate", str(RATE)) as url:
        serial, calls = measured(lambda: download(url), url, options.times)
        ours, asked = measured(lambda: ingest(url, hours, until), url, options.times)
        work = worked(lambda: ingest(url, hours, until))
    ceiling = calls["requests"] / options.times / RATE
    refused = 100 * asked["throttled"] / asked["requests"]
    print(f"P2: {options.events} events, 150 ms an answer, {RATE} calls a second")
    print(f"  the quota's ceiling       {ceiling:6.2f} s")
    print(f"  serial boto3 paginator    {serial:6.2f} s")
    print(f"  fetched and committed     {ours:6.2f} s, {refused:.1f} % of the calls were throttled")
    print(f"  {serial / ours:.2f} x the serial paginator (goal 1.5)")
    print(f"  processor time            {work:6.2f} s, with PostgreSQL's")


@contextmanager
def server(events: int, hours: float, until: datetime, *arguments: str) -> Iterator[str]:
    command = [sys.executable, "-m", "bench.log_server", "--events", str(events), "--hours", str(hours)]
    command += ["--until", until.isoformat(), *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().split()[-1]
        finally:
            process.terminate()


def measured(work: Callable[[], None], url: str, times: int) -> tuple[float, dict[str, int]]:
    """The median of its seconds, and what came in at the server meanwhile."""
    before, durations = counts(url), []
    for _ in range(times):
        began = time.monotonic()
        work()
        durations.append(time.monotonic() - began)
        # The quota is whole again.
        time.sleep(1.1)
    return statistics.median(durations), {name: value - before[name] for name, value in counts(url).items()}


def worked(work: Callable[[], None]) -> float:
    """Seconds of processor time."""
    from bench import processor

    before = processor.seconds()
    work()
    return processor.seconds() - before


def counts(url: str) -> dict[str, int]:
    with urllib.request.urlopen(f"{url}/counts") as answer:
        return dict(json.load(answer))


def download(url: str) -> None:
    """As a script would do it, throwing the events away."""
    client = botocore.session.Session().create_client("logs", region_name="us-east-1", endpoint_url=url)
    for page in client.get_paginator("filter_log_events").paginate(logGroupName=GROUP):
        len(page["events"])
    client.close()


def ingest(url: str, hours: float, until: datetime) -> None:
    """The service itself, into empty tables."""
    from django.db import connection

    from vpn.aws.accounts import Account
    from vpn.aws.pace import Pace
    from vpn.aws.session import logs_client
    from vpn.connection_log.ingest import services
    from vpn.connection_log.ingest.writing import SourceCursor
    from vpn.connection_log.models import LogSource
    from vpn.endpoints.models import AwsAccount

    os.environ["AWS_ENDPOINT_URL"] = url
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {TABLES}")
    row, _ = AwsAccount.objects.get_or_create(name="bench", defaults={"region": "us-east-1"})
    LogSource.objects.filter(account=row).delete()
    source = LogSource.objects.create(account=row, log_group=GROUP)
    job = services.ImportJob(
        source=source,
        since=until - timedelta(hours=hours),
        until=until,
        open_end=True,
        cursor=SourceCursor(source),
        pace=Pace(ASKED, burst=ASKED),
    )
    with logs_client(Account("bench", "us-east-1")) as client:
        counted = services.run(client, job)
    source.refresh_from_db()
    assert counted.complete
    assert source.events == counted.events


if __name__ == "__main__":
    main()
