"""P9: from a click to the first AWS call, against an empty task; P10: AWS calls a minute, with few and many people.

``python -m bench.operations [--rounds 15]``, in the tests' environment, as ``make bench`` does it. The sandbox AWS, the
worker and Valkey are processes of their own; the click is a real POST through all of the portal's middleware.
"""

import argparse
import logging
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import django

from sandbox.aws.control import Control
from sandbox.company import ADMINS, PEOPLE, TOKYO

if TYPE_CHECKING:
    from django.test import Client

PEOPLE_HERE: Final = (10, 10_000)
# As many as one endpoint's page of DescribeClientVpnConnections holds: more of them take another call.
MOST_CONNECTIONS: Final = 1000
SECONDS: Final = 60
PATH: Final = "/operations/new/authorize-ingress/"


def main() -> None:
    rounds = _arguments().rounds
    with _aws() as url:
        os.environ["AWS_ENDPOINT_URL"] = url
        django.setup()
        logging.disable(logging.WARNING)
        from django.core.management import call_command

        call_command("migrate", interactive=False, verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        control = Control(url)
        _look()
        with _worker():
            _report_click(_clicks(_administrator(), control, rounds))
        # The first minute reads the log from its beginning.
        _one_minute()
        for people in PEOPLE_HERE:
            _populate(people)
            _connect(control, min(people, MOST_CONNECTIONS))
            _report_minute(people, control)


def _clicks(client: "Client", control: Control, rounds: int) -> list[tuple[float, float]]:
    """Seconds that an empty task takes to and fro, and those from a POST to the first call that reached AWS."""
    clicks = []
    for number in range(rounds + 1):
        trip = _round_trip()
        control.forget_calls()
        asked_at = _ask(client, number)
        clicks.append((trip, _first_call(control) - asked_at))
    # The first operation of a worker has a client of boto3's to make; it isn't at rest yet.
    return clicks[1:]


def _round_trip() -> float:
    from django.conf import settings
    from redis import Redis

    from bench.echo import echo

    with Redis.from_url(settings.REDIS_URL) as answers:
        began = time.time()
        echo.delay("bench-echo")
        if answers.blpop(["bench-echo"], timeout=SECONDS) is None:
            raise SystemExit("The worker does not answer.")
        return time.time() - began


def _ask(client: "Client", number: int) -> float:
    """When the plan was confirmed that authorizes everybody to one more network."""
    from vpn.endpoints.models import Endpoint
    from vpn.operations.models import Operation

    endpoint = Endpoint.objects.get(label=TOKYO.label)
    data = {"endpoint": endpoint.endpoint_id, "destination_cidr": f"10.77.{number}.0/24", "who": "everybody"}
    page = client.post(PATH, {**data, "stage": "plan"}).content.decode()
    digest = page.partition('name="digest" value="')[2][:64]
    before = Operation.objects.count()
    asked_at = time.time()
    client.post(PATH, {**data, "stage": "run", "digest": digest, "reason": "bench"})
    if Operation.objects.count() != before + 1:
        raise SystemExit("The operation was refused.")
    return asked_at


def _first_call(control: Control) -> float:
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        calls = control.calls()
        if calls:
            _wait_for_the_end()
            return float(calls[0]["at"])
        time.sleep(0.01)
    raise SystemExit("No call came.")


def _wait_for_the_end() -> None:
    from vpn.operations.engine.tasks import advance_operations
    from vpn.operations.models import Operation

    deadline = time.monotonic() + SECONDS
    while Operation.objects.filter(finished_at=None).exists():
        if time.monotonic() > deadline:
            raise SystemExit("The operation does not end.")
        time.sleep(1)
        # Beat's part
        advance_operations()


def _report_click(clicks: list[tuple[float, float]]) -> None:
    trips, first_calls = ([1000 * click[side] for click in clicks] for side in (0, 1))
    limit = statistics.median(1.5 * trip + 50 for trip in trips)
    print(f"P9  empty task, there and back: {statistics.median(trips):.0f} ms (median of {len(trips)})")
    print(
        f"P9  POST to the first AWS call: {statistics.median(first_calls):.0f} ms (goal: 1.5 x + 50 = {limit:.0f} ms)"
    )


def _report_minute(people: int, control: Control) -> None:
    from vpn.endpoints.models import Endpoint

    control.forget_calls()
    _one_minute()
    calls, endpoints = len(control.calls()), Endpoint.objects.count()
    print(
        f"P10 with {people:6} people: {calls} AWS calls a minute, {calls / endpoints:.1f} an endpoint (goal: 12)"
    )


def _one_minute() -> None:
    """Everything that beat sends in a minute, as often as it sends it; what is daily or rarer is left out."""
    from django.conf import settings

    from portal.celery import app

    app.loader.import_default_modules()
    app.conf.task_always_eager = True
    for entry in settings.CELERY_BEAT_SCHEDULE.values():
        if isinstance(entry["schedule"], float):
            for _ in range(max(1, round(60 / entry["schedule"]))):
                app.tasks[entry["task"]].apply(throw=True)


def _look() -> None:
    from vpn.endpoints.services import sync_all

    if any(result.failures for result in sync_all()):
        raise SystemExit("The sandbox AWS could not be read.")


def _administrator() -> "Client":
    from django.conf import settings
    from django.test import Client

    from portal.access.models import User

    person = next(person for person in PEOPLE if ADMINS in person.groups)
    user = User.objects.create(
        username=person.email, email=person.email, name=person.name, roles=["employee", "admin"]
    )
    client = Client()
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


def _populate(people: int) -> None:
    from portal.access.models import User

    names = [f"person{number}@example.co.jp" for number in range(people)]
    User.objects.bulk_create(
        [User(username=name, email=name, name=name, roles=["employee"]) for name in names],
        ignore_conflicts=True,
    )


def _connect(control: Control, people: int) -> None:
    from vpn.endpoints.models import Endpoint

    now = control.now()
    actions: list[dict[str, Any]] = [
        {
            "at": now - 60,
            "do": "connect",
            "key": str(number),
            "username": f"person{number}@example.co.jp",
            "device_ip": f"198.51.100.{number % 250 + 1}",
            "device_type": "mac",
        }
        for number in range(people - len(control.connections()))
    ]
    endpoint = Endpoint.objects.get(label=TOKYO.label)
    control.replay(
        account=TOKYO.account, region=TOKYO.region, endpoint_id=endpoint.endpoint_id, actions=actions
    )


@contextmanager
def _aws() -> Iterator[str]:
    command = [sys.executable, "-m", "sandbox.aws", "--port", "0", "--pace", "fast", "--seed"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().split()[-1]
        finally:
            process.terminate()


@contextmanager
def _worker() -> Iterator[None]:
    """As docs/deploy.md starts one, with one process, so that each round meets the same."""
    command = [sys.executable, "-m", "celery", "-A", "portal", "-q", "worker", "-c", "1", "-I", "bench.echo"]
    command += ["--without-gossip", "--without-mingle"]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process:
        try:
            yield
        finally:
            process.terminate()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.operations", description="From the click to AWS.")
    parser.add_argument("--rounds", type=int, default=15)
    return parser.parse_args()


if __name__ == "__main__":
    main()
