"""``manage.py sync_endpoints``: the same look at AWS as the task's, by hand. Exit status 1: not all was seen."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from vpn.endpoints import services
from vpn.endpoints.services import SyncFailure, SyncResult


class Command(BaseCommand):
    help = "Read the Client VPN endpoints of every configured account and region from AWS now."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        results = services.sync_all()
        if options["json"]:
            self.stdout.write(json.dumps([_as_json(result) for result in results]))
        else:
            for result in results:
                self.stdout.write(_as_line(result))
                for failure in result.failures:
                    self.stderr.write(f"  {failure.where}: {failure.error}")
        if any(result.failures for result in results):
            sys.exit(1)


def _as_line(result: SyncResult) -> str:
    if result.busy:
        return f"{result.account}: being read by another process"
    return f"{result.account}: {result.endpoints} endpoints, {len(result.failures)} failures"


def _as_json(result: SyncResult) -> dict[str, Any]:
    return {
        "account": result.account,
        "endpoints": result.endpoints,
        "busy": result.busy,
        "failures": [_failure_as_json(failure) for failure in result.failures],
    }


def _failure_as_json(failure: SyncFailure) -> dict[str, str]:
    error = failure.error
    return {"where": failure.where, "id": error.id, "code": error.code, "message": error.message}
