"""P1 and P2: from CloudWatch Logs to committed rows, against what only downloads.

``python -m tests.environment python -m bench.ingest [--awslogs /path/to/awslogs]``. P1: a server that takes 150 ms for
an answer and allows 25 calls a second, so that the quota is the ceiling; peers are a serial boto3 paginator and
``awslogs get``. P2: a server without delay or quota, so that it is the CPU that counts; the peer is the bare paginator.
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

HOURS: Final = 30
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
    parser.add_argument("--awslogs", default="", help="its program, in a virtual environment of its own")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    until = datetime.now().astimezone()
    with server(options.events, until, "--delay", "0.15", "--rate", str(RATE)) as url:
        _quota(url, until, options)
    with server(options.events, until) as url:
        _cpu(url, until, options)


def _quota(url: str, until: datetime, options: argparse.Namespace) -> None:
    serial, calls = measured(lambda: download(url), url, options.times)
    ours, asked = measured(lambda: ingest(url, until, ASKED), url, options.times)
    ceiling = calls["requests"] / options.times / RATE
    print(f"P1: {options.events} events, 150 ms an answer, {RATE} calls a second")
    print(f"  the quota's ceiling       {ceiling:6.2f} s")
    print(f"  serial boto3 paginator    {serial:6.2f} s")
    refused = 100 * asked["throttled"] / asked["requests"]
    print(f"  fetched and committed     {ours:6.2f} s, {refused:.1f} % of the calls were throttled")
    print(f"  of the ceiling {ceiling / ours:.2f} (goal 0.90), serial {serial / ours:.1f} x (goal 3.5)")
    if options.awslogs:
        theirs, _ = measured(lambda: awslogs(url, options.awslogs), url, 1)
        print(f"  awslogs get               {theirs:6.2f} s: {theirs / ours:.1f} x (goal 6)")


def _cpu(url: str, until: datetime, options: argparse.Namespace) -> None:
    bare, _ = measured(lambda: download(url), url, options.times)
    ours, _ = measured(lambda: ingest(url, until, 100_000), url, options.times)
    print(f"P2: {options.events} events, no delay, no quota")
    print(f"  bare boto3 paginator      {options.events / bare:8.0f} events/s")
    print(
        f"  fetched and committed     {options.events / ours:8.0f} events/s: {bare / ours:.2f} x (goal 0.8)"
    )
    bare_work, our_work = worked(lambda: download(url)), worked(lambda: ingest(url, until, 100_000))
    print(f"  processor time            {bare_work:.2f} s bare; {our_work:.2f} s ours, with PostgreSQL's")


@contextmanager
def server(events: int, until: datetime, *arguments: str) -> Iterator[str]:
    command = [sys.executable, "-m", "bench.log_server", "--events", str(events), "--hours", str(HOURS)]
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


def awslogs(url: str, program: str) -> None:
    """It prints each event, into nothing."""
    environment = {**os.environ, "AWS_DEFAULT_REGION": "us-east-1"}
    command = [program, "get", GROUP, "--start", f"{HOURS + 1}h", "--no-color", "--aws-endpoint-url", url]
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)


def ingest(url: str, until: datetime, rate: int) -> None:
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
        since=until - timedelta(hours=HOURS),
        until=until,
        open_end=True,
        cursor=SourceCursor(source),
        pace=Pace(rate, burst=rate),
    )
    with logs_client(Account("bench", "us-east-1")) as client:
        counted = services.run(client, job)
    source.refresh_from_db()
    assert counted.complete
    assert source.events == counted.events


if __name__ == "__main__":
    main()
