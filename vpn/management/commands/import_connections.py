"""``manage.py import_connections``: reads the connection log now, or an older part of it again.

Exit status 1: not everything was read. 2: the command was not understood.
"""

import json
import re
import sys
from argparse import ArgumentParser, ArgumentTypeError
from datetime import datetime, timedelta
from typing import Any, Final

from django.core.management.base import BaseCommand
from django.utils import timezone
from django.utils.dateparse import parse_date

from vpn.aws import accounts
from vpn.connection_log.ingest import backfill, services
from vpn.connection_log.ingest.backfill import BackfillProgress
from vpn.connection_log.ingest.services import ImportResult
from vpn.connection_log.models import LogSourceKind

DAYS: Final = re.compile(r"([1-9]\d{0,3})d")
BAR: Final = 30


def moment(text: str) -> datetime:
    """The beginning of a day in TIME_ZONE: ``2026-11-01``, or ``90d`` for 90 days ago."""
    today = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    if days := DAYS.fullmatch(text):
        return today - timedelta(days=int(days[1]))
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    if day is None or timezone.make_aware(datetime(day.year, day.month, day.day)) > timezone.now():  # noqa: DTZ001
        raise ArgumentTypeError(f"{text} is neither a past date like 2026-11-01 nor days like 90d.")
    return timezone.make_aware(datetime(day.year, day.month, day.day))  # noqa: DTZ001


class Command(BaseCommand):
    help = "Read the connection log from CloudWatch Logs into the database."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--since",
            type=moment,
            help="read everything published from this day on (2026-11-01, or 90d); goes on where it was stopped",
        )
        parser.add_argument("--group", default="", help="only this log group")
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        results = [result for account in accounts.configured() for result in self._import(account, options)]
        if options["json"]:
            self.stdout.write(json.dumps([_as_json(result) for result in results]))
        else:
            for result in results:
                self._write(result)
        if not results:
            self.stderr.write(_nothing(options["group"]))
        # A handler's log group is a help that not everybody has: what is printed of it is enough.
        logs = [result for result in results if result.kind == LogSourceKind.CONNECTION_LOG]
        if not results or any(result.error or result.busy for result in logs):
            sys.exit(1)

    def _import(self, account: Any, options: dict[str, Any]) -> list[ImportResult]:
        if options["since"] is None:
            return services.import_account(account, log_group=options["group"])
        report = self._draw if sys.stderr.isatty() else _report_nothing
        return backfill.backfill_account(
            account, since=options["since"], log_group=options["group"], report=report
        )

    def _draw(self, progress: BackfillProgress) -> None:
        whole = (progress.until - progress.since) or timedelta(seconds=1)
        part = (progress.read_until - progress.since) / whole
        bar = ("#" * round(part * BAR)).ljust(BAR, ".")
        again = " (resumed)" if progress.resumed else ""
        # CloudWatch Logs counts in milliseconds, so the last ones of the range are never reached.
        end = "\n" if progress.until - progress.read_until < timedelta(seconds=1) else ""
        self.stderr.write(
            f"\r{progress.log_group} [{bar}] {part:4.0%} until {progress.read_until:%Y-%m-%d}, "
            f"{progress.counts.lines} lines{again}{end}",
            ending="",
        )
        self.stderr.flush()

    def _write(self, result: ImportResult) -> None:
        where = f"{result.account} {result.log_group}"
        if result.error:
            self.stderr.write(f"{where}: {result.error}")
        elif result.busy:
            self.stderr.write(f"{where}: being read by another process")
        else:
            counts = result.counts
            self.stdout.write(
                f"{where}: {counts.lines} lines, {counts.events} new events, "
                f"{counts.unreadable} new unreadable"
            )


def _nothing(log_group: str) -> str:
    if log_group:
        return f"No endpoint that has been seen writes into {log_group}."
    return "No endpoint that has been seen writes a connection log. Has sync_endpoints run?"


def _report_nothing(_progress: BackfillProgress) -> None:
    """Where nobody watches."""


def _as_json(result: ImportResult) -> dict[str, Any]:
    error, counts = result.error, result.counts
    return {
        "account": result.account,
        "log_group": result.log_group,
        "lines": counts.lines,
        "events": counts.events,
        "unreadable": counts.unreadable,
        "busy": result.busy,
        "error": {"id": error.id, "code": error.code, "message": error.message} if error else None,
    }
