"""``manage.py verify_audit``: is the audit record as it was written? Exit status 0: yes, 1: no."""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal.audit import chain, queries
from portal.audit.serialize import as_mapping


class Command(BaseCommand):
    help = "Verify the hash chain of the audit record in the database, or of an exported NDJSON file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--file", type=Path, help="an export of /audit/export.ndjson instead of the database"
        )
        parser.add_argument(
            "--head", default="", help="the last hash that is known from elsewhere, such as the log"
        )
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        events = _from_file(options["file"]) if options["file"] else map(as_mapping, queries.chain())
        hashes: set[str] = set()
        result = chain.verify(_remember(events, hashes))
        problem = result.problem
        if not problem and options["head"] and options["head"] not in hashes:
            problem = (
                f"the hash {options['head']} is not in the chain: events after or before it were replaced"
            )
        if options["json"]:
            self.stdout.write(
                json.dumps(
                    {"ok": not problem, "events": result.events, "head": result.head, "problem": problem}
                )
            )
        elif not problem:
            self.stdout.write(
                f"{result.events} events are as they were written. The last hash is {result.head}."
            )
        if problem:
            self.stderr.write(problem)
            sys.exit(1)


def _remember(events: Iterator[dict[str, Any]], hashes: set[str]) -> Iterator[dict[str, Any]]:
    """Pass the events on, and keep their hashes: a long record is read only once."""
    for event in events:
        hashes.add(str(event.get("hash")))
        yield event


def _from_file(path: Path) -> Iterator[dict[str, Any]]:
    try:
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                yield json.loads(line)
    except (OSError, ValueError) as error:
        raise CommandError(f"{path} cannot be read as NDJSON: {error}") from error
