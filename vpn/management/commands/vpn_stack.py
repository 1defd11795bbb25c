"""``manage.py vpn_stack``: a live endpoint beside its template (``diff``), or as Terraform's imports (``import``).

Exit status: 0 no difference, 1 differences, 2 it can't be told. Nothing in AWS is changed.
"""

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from django.core.management.base import BaseCommand
from django.utils import timezone

from vpn.aws import accounts
from vpn.aws.errors import AwsError
from vpn.aws.session import cloudformation_client
from vpn.aws.stacks import stack
from vpn.endpoints import services
from vpn.endpoints.models import Endpoint
from vpn.stacks.description import StackDescription, UnreadableDescriptionError, parse_description
from vpn.stacks.differences import Comparison, compare
from vpn.stacks.terraform import import_blocks

SAME: Final = 0
DIFFERENT: Final = 1
UNKNOWN: Final = 2


class CannotTellError(Exception):
    """Why there is no answer."""


class Command(BaseCommand):
    help = "Compare a Client VPN endpoint with the template that made it, or write Terraform imports for it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        commands = parser.add_subparsers(dest="command", required=True)
        diff = commands.add_parser("diff", help="what is different from a stack's parameters and outputs")
        diff.add_argument("endpoint", nargs="?", help="id or label; without it the stack's output EndpointId")
        source = diff.add_mutually_exclusive_group(required=True)
        source.add_argument("--stack", help="a CloudFormation stack, read from AWS")
        source.add_argument("--file", type=Path, help="its description as JSON, or Terraform's outputs")
        diff.add_argument("--account", help="the stack's account in VPN_ACCOUNTS; without it the only one")
        diff.add_argument("--json", action="store_true", help="print the result as JSON")
        imports = commands.add_parser("import", help="Terraform import blocks of an endpoint that is there")
        imports.add_argument("endpoint", help="id or label")
        for command in (diff, imports):
            command.add_argument("--snapshot", action="store_true", help="don't ask AWS for the endpoint now")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["command"] == "import":
                endpoint = _endpoint(options["endpoint"], fresh=not options["snapshot"])
                self.stdout.write(import_blocks(endpoint, seen_at=_seen_at(endpoint)), ending="")
            else:
                self._diff(options)
        except CannotTellError as error:
            if options.get("json"):
                self.stdout.write(json.dumps({"result": "unknown", "reason": str(error)}))
            else:
                self.stderr.write(str(error))
            sys.exit(UNKNOWN)

    def _diff(self, options: dict[str, Any]) -> None:
        description = _description(options)
        named = options["endpoint"] or description.outputs.get("EndpointId")
        if not named:
            raise CannotTellError("The description has no output EndpointId: name the endpoint.")
        endpoint = _endpoint(named, fresh=not options["snapshot"])
        comparison = compare(endpoint, description)
        if options["json"]:
            self.stdout.write(json.dumps(_as_json(endpoint, description, comparison)))
        else:
            for line in _as_lines(endpoint, comparison):
                self.stdout.write(line)
        if comparison.differences:
            sys.exit(DIFFERENT)


def _description(options: dict[str, Any]) -> StackDescription:
    if options["file"]:
        try:
            return parse_description(options["file"].read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, UnreadableDescriptionError) as error:
            raise CannotTellError(f"{options['file']}: {error}") from error
    configured = accounts.configured()
    account = accounts.get(options["account"]) if options["account"] else configured[0]
    if account is None or (not options["account"] and len(configured) > 1):
        names = ", ".join(account.name for account in configured)
        raise CannotTellError(f"Name the stack's account with --account: {names}.")
    try:
        with cloudformation_client(account) as client:
            seen = stack(client, name=options["stack"])
    except AwsError as error:
        raise CannotTellError(f"Stack {options['stack']}: {error}") from error
    return StackDescription(seen.name, seen.parameters, seen.outputs, seen.status)


def _endpoint(named: str, *, fresh: bool) -> Endpoint:
    """As AWS says now, which becomes the portal's snapshot, or as the last snapshot has it."""
    known = Endpoint.objects.select_related("account")
    if fresh:
        _refresh(known.filter(endpoint_id=named).first() or known.filter(label=named).first())
    endpoints = list(known.filter(endpoint_id=named) or known.filter(label=named, vanished_at=None))
    if len(endpoints) != 1:
        reason = "more than one has this label" if endpoints else "the portal has never seen it"
        raise CannotTellError(f"Endpoint {named}: {reason}.")
    (endpoint,) = endpoints
    if endpoint.seen_at is None:
        raise CannotTellError(f"Endpoint {named} has never been read: {endpoint.error_code}.")
    if endpoint.vanished_at:
        raise CannotTellError(
            f"Endpoint {named} is no longer in AWS since {endpoint.vanished_at:%Y-%m-%d %H:%M} UTC."
        )
    return endpoint


def _refresh(endpoint: Endpoint | None) -> None:
    """Its account, or every account where the endpoint isn't known yet. A failure is an answer that would be old."""
    account = accounts.get(endpoint.account.name) if endpoint else None
    for result in [services.sync_account(account)] if account else services.sync_all():
        if result.busy:
            raise CannotTellError(
                f"{result.account} is being read by another process; try again, or --snapshot."
            )
        for failure in result.failures:
            if endpoint and failure.where in {endpoint.endpoint_id, endpoint.account.name}:
                raise CannotTellError(
                    f"{failure.where}: {failure.error}. --snapshot compares what was seen last."
                )


def _seen_at(endpoint: Endpoint) -> datetime:
    return endpoint.seen_at or timezone.now()


def _as_lines(endpoint: Endpoint, comparison: Comparison) -> list[str]:
    seconds = round((timezone.now() - _seen_at(endpoint)).total_seconds())
    count = len(comparison.differences)
    lines = [f"{endpoint.label} ({endpoint.endpoint_id}), seen {seconds} seconds ago: {count} differences"]
    for difference in comparison.differences:
        lines.append(
            f"  {difference.subject}: {difference.expected} in the template, {difference.actual} in AWS"
        )
    if comparison.unknown:
        lines.append(f"  not compared, because the description doesn't say: {', '.join(comparison.unknown)}")
    return lines


def _as_json(endpoint: Endpoint, description: StackDescription, comparison: Comparison) -> dict[str, Any]:
    seen_at = _seen_at(endpoint)
    return {
        "result": "different" if comparison.differences else "same",
        "endpoint": endpoint.endpoint_id,
        "label": endpoint.label,
        "stack": description.name,
        "stack_status": description.status,
        "seen_at": seen_at.isoformat(),
        "age_seconds": round((timezone.now() - seen_at).total_seconds()),
        "compared": comparison.compared,
        "differences": [asdict(difference) for difference in comparison.differences],
        "not_compared": comparison.unknown,
    }
