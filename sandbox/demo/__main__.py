"""``make demo``: everything that Genkan needs, on this machine, until Ctrl-C."""

import argparse
import signal
import sys
import time
from contextlib import ExitStack, closing
from math import inf
from pathlib import Path
from types import FrameType
from typing import Final, NoReturn

from sandbox.demo import environment, translations
from sandbox.demo.data_directory import (
    data_directory,
    days_since_last_run,
    exclusive,
    record_running,
    secret_key,
)
from sandbox.demo.ports import Sockets, port_number
from sandbox.demo.programs import DemoPrograms
from sandbox.demo.screen import complain, say, step
from sandbox.demo.summary import summary
from sandbox.demo.supervisor import Supervisor
from sandbox.services.postgresql import PostgreSQL
from sandbox.services.programs import LOOPBACK, ServiceError
from sandbox.services.valkey import Valkey

PROJECT: Final = Path(__file__).resolve().parent.parent.parent
ENDING: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopRequested(BaseException):
    """Somebody wants the demo to end."""


def main() -> int:
    arguments = _arguments()
    for number in ENDING:
        signal.signal(number, _end)
    status = 0
    with ExitStack() as stack:
        try:
            _run(stack, arguments.data.resolve(), port=arguments.port, days=arguments.days)
        except StopRequested:
            say("\n  停止しています / Stopping …")
        except ServiceError as error:
            complain(f"\n{error}")
            status = 1
    say("  停止しました / Stopped")
    return status


def _run(stack: ExitStack, directory: Path, *, port: int, days: float) -> NoReturn:
    begun = time.monotonic()
    stack.enter_context(data_directory(directory))
    say("Genkanを起動しています / Starting Genkan")
    logs = directory / "logs"
    logs.mkdir(mode=0o700, exist_ok=True)
    database, queue = _services(stack, directory, logs)
    supervisor = stack.enter_context(Supervisor(directory=PROJECT, logs=logs))
    supervisor.watch_over("postgresql", database.process)
    supervisor.watch_over("valkey", queue.process)
    sockets = stack.enter_context(closing(Sockets.choose(port)))
    programs = _programs(directory, sockets, database=database.url, queue=queue.url)
    _start(supervisor, programs, days)
    say(summary(site=programs.addresses.site, logs=logs, data=database.place))
    say(f"  {time.monotonic() - begun:.1f} s")
    while True:
        supervisor.glance()
        record_running(directory)


def _services(stack: ExitStack, directory: Path, logs: Path) -> tuple[PostgreSQL, Valkey]:
    with step("データベース", "PostgreSQL"):
        database = stack.enter_context(PostgreSQL(directory / "postgresql", log=logs / "postgresql.log"))
    with step("キュー", "Valkey"):
        queue = stack.enter_context(Valkey(directory / "valkey", log=logs / "valkey.log"))
    return database, queue


def _programs(directory: Path, sockets: Sockets, *, database: str, queue: str) -> DemoPrograms:
    addresses = environment.Addresses(
        port=port_number(sockets.site),
        identity_provider=f"http://localhost:{port_number(sockets.identity_provider)}",
        aws=f"http://{LOOPBACK}:{port_number(sockets.aws)}",
        portal=f"{LOOPBACK}:{port_number(sockets.portal)}",
        database=database,
        queue=queue,
    )
    inside = environment.portal_environment(addresses, secret_key=secret_key(directory))
    return DemoPrograms(addresses, sockets, directory, inside, environment.sandbox_environment())


def _start(supervisor: Supervisor, programs: DemoPrograms, days: float) -> None:
    # Those that take longest begin first and are waited for when they are needed.
    aws = supervisor.start(programs.aws())
    identity_provider = supervisor.start(programs.identity_provider())
    with step("表と翻訳とスタイル", "Tables, translations, styles"), exclusive(PROJECT):
        translations.compile_all(PROJECT / "locale")
        supervisor.run(
            programs.manage("migrate --no-input --verbosity 1", "collectstatic --no-input --verbosity 0")
        )
    with step("ポータル", "Portal"):
        web = supervisor.start(programs.web())
        worker = supervisor.start(programs.worker())
        supervisor.wait_until_ready(web)
    with step("架空のAWSとIDプロバイダー", "Sandbox AWS and identity provider"):
        supervisor.wait_until_ready(aws)
        traffic = supervisor.start(programs.traffic(min(days, days_since_last_run(programs.data))))
        supervisor.wait_until_ready(identity_provider)
        # Beat would wait ten minutes; from now on people can sign in while the provider's metadata can't be had.
        supervisor.run(programs.call("portal.access.saml.tasks.refresh_metadata"))
    with step("VPNを使う架空の社員", "People on the VPN"):
        supervisor.wait_until_ready(traffic)
    with step("AWSの状態を読み取り", "First look at AWS"):
        supervisor.run(programs.manage("sync_endpoints"))
    with step("ワーカーと定期実行", "Worker and beat"):
        beat = supervisor.start(programs.beat())
        supervisor.wait_until_ready(worker)
        supervisor.wait_until_ready(beat)
    with step("架空のネットワーク", "Sandbox network"):
        supervisor.wait_until_ready(supervisor.start(programs.network()))


def _end(number: int, frame: FrameType | None) -> NoReturn:
    # Once is enough: stopping takes a few seconds and must not be cut short.
    for ignored in ENDING:
        signal.signal(ignored, signal.SIG_IGN)
    raise StopRequested


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox.demo", description=__doc__)
    parser.add_argument("--port", type=int, default=8000, help="where the browser goes (default: 8000)")
    parser.add_argument(
        "--data", type=Path, default=PROJECT / ".genkan", help="what is kept for the next time"
    )
    parser.add_argument(
        "--days", type=float, default=inf, help="how much past the people have at most (0: their first day)"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
