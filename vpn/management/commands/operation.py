"""``manage.py operation <kind>``: what the page "New operation" does, with the same checks.

Exit status: 0 planned, requested, or with --wait succeeded; 1 failed or cancelled; 2 not taken, nothing written.
"""

import json
import sys
import time
from argparse import SUPPRESS, ArgumentParser
from pathlib import Path
from typing import Any, Final

from django import forms
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management.base import BaseCommand
from django.db.models import Q
from django.utils import translation
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_naive, make_aware

from portal.access.models import User
from portal.access.permissions import Permission
from vpn.endpoints.models import Endpoint
from vpn.operation_kinds import KINDS, get_kind
from vpn.operations.base.fields import REASON_LENGTH, RecordField
from vpn.operations.models import Operation, OperationStep
from vpn.operations.refusals import OperationRefused
from vpn.operations.requests import scripts, services
from vpn.operations.requests.drafts import Draft
from vpn.operations.requests.refusal_texts import refusal_text
from vpn.operations.requests.shown_status import main_status
from vpn.operations.states import OperationStatus, StepStatus

FAILED: Final = 1
NOT_TAKEN: Final = 2
LOOK_SECONDS: Final = 1.0
PREFIX: Final = "parameter_"


class OperationNotTaken(Exception):
    """Nothing was written; the text says why."""


class Command(BaseCommand):
    help = "Plan and request an operation on an endpoint."

    def add_arguments(self, parser: ArgumentParser) -> None:
        kinds = parser.add_subparsers(dest="kind", required=True, metavar="KIND")
        with translation.override("en"):
            for kind in KINDS:
                _add_options(
                    kinds.add_parser(kind.slug, help=str(kind.title)),
                    kind.form.base_fields,
                    kind.needs_endpoint,
                )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            status = self._run(options)
        except OperationNotTaken as error:
            self.stderr.write(str(error))
            status = NOT_TAKEN
        if status:
            sys.exit(status)

    def _run(self, options: dict[str, Any]) -> int:
        actor = _actor(options["username"])
        draft = _draft(options)
        if options["plan"]:
            self._show_plan(draft, as_json=options["json"])
            return 0
        operation = _requested(draft, actor, options)
        if not options["json"]:
            self.stdout.write(f"#{operation.number} {draft.heading}: {main_status(operation)}")
        if options["wait"]:
            self._follow(operation, quiet=options["json"])
        if options["json"]:
            self.stdout.write(json.dumps(scripts.operation_json(operation, list(operation.steps.all()))))
        return FAILED if operation.status in {OperationStatus.FAILED, OperationStatus.CANCELLED} else 0

    def _show_plan(self, draft: Draft, *, as_json: bool) -> None:
        shown = scripts.plan_json(draft)
        if as_json:
            self.stdout.write(json.dumps(shown))
            return
        self.stdout.write(shown["heading"])
        for person in shown["people_meant"]:
            self.stdout.write(f"  [{person['tone']}] {person['text']}")
        for change in shown["changes"]:
            self.stdout.write(f"  {change['name']}: {change['before'] or '–'} → {change['after'] or '–'}")
        for person in shown["disconnects"]:
            self.stdout.write(f"  disconnects {person['name']} {person['connection_id']}")
        for check in shown["checks"]:
            self.stdout.write(f"  [{check['tone']}] {check['text']}")

    def _follow(self, operation: Operation, *, quiet: bool) -> None:
        """To its end, each step once. The worker does the work: it may be followed from anywhere, or not at all."""
        said: set[str] = set()
        while not operation.is_terminal:
            time.sleep(LOOK_SECONDS)
            operation.refresh_from_db()
            for step in operation.steps.filter(status__in=[StepStatus.DONE, StepStatus.FAILED]):
                if step.key not in said and not quiet:
                    self.stdout.write(_line(step))
                said.add(step.key)
        if not quiet:
            error = f" {operation.error_id} {operation.error_code} {operation.error_message}".rstrip()
            self.stdout.write(f"#{operation.number}: {operation.status}{error}")


def _add_options(parser: ArgumentParser, fields: dict[str, forms.Field], needs_endpoint: bool) -> None:  # noqa: FBT001
    for name, field in fields.items():
        words = " ".join(str(text) for text in (field.label, field.help_text) if text).replace("%", "%%")
        several = " @FILE reads it from a file, @- from standard input." if _is_long(field) else ""
        choices = ", ".join(fixed_choice for fixed_choice in scripts.fixed_choices(field) if fixed_choice)
        values = f" One of: {choices}." if choices else ""
        option = f"--{name.replace('_', '-')}"
        parser.add_argument(
            option, dest=PREFIX + name, default=SUPPRESS, metavar="VALUE", help=words + values + several
        )
    if needs_endpoint:
        parser.add_argument("--endpoint", required=True, help="its id, or the name that people see")
    parser.add_argument(
        "--as", dest="username", required=True, help="user name of the administrator who asks"
    )
    parser.add_argument("--reason", default="", help="kept in the record; required unless --plan")
    parser.add_argument("--not-before", default="", help="when to begin, as 2026-11-26T20:00 (in TIME_ZONE)")
    parser.add_argument("--plan", action="store_true", help="only say what would change")
    parser.add_argument("--yes", action="store_true", help="confirm it; without, nothing is done")
    parser.add_argument("--wait", action="store_true", help="follow it to its end")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def _is_long(field: forms.Field) -> bool:
    return isinstance(field.widget, forms.Textarea)


def _draft(options: dict[str, Any]) -> Draft:
    kind = get_kind(options["kind"])
    given = {
        name.removeprefix(PREFIX): _read(value, kind.form.base_fields[name.removeprefix(PREFIX)])
        for name, value in options.items()
        if name.startswith(PREFIX)
    }
    draft = scripts.draft_from_values(kind=kind, endpoint=_endpoint(options.get("endpoint")), given=given)
    if draft.plan is None:
        errors = scripts.form_errors(draft.form)
        lines = [
            f"--{name.replace('_', '-')}: {' '.join(words)}"
            for name, words in errors.items()
            if name != "__all__"
        ]
        raise OperationNotTaken("\n".join([*errors.get("__all__", []), *lines]))
    return draft


def _read(value: str, field: forms.Field) -> str:
    if not _is_long(field) or not value.startswith("@"):
        return value
    try:
        return sys.stdin.read() if value == "@-" else Path(value[1:]).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise OperationNotTaken(f"{value[1:]}: {error}") from error


def _endpoint(wanted: str | None) -> Endpoint | None:
    if wanted is None:
        return None
    known = Endpoint.objects.select_related("account").filter(vanished_at=None)
    matching = list(known.filter(Q(endpoint_id=wanted) | Q(label=wanted)))
    if len(matching) != 1:
        names = ", ".join(f"{endpoint.label} ({endpoint.endpoint_id})" for endpoint in known) or "none"
        raise OperationNotTaken(f"--endpoint: there is no single endpoint {wanted}. There are: {names}")
    return matching[0]


def _actor(username: str) -> User:
    """Before anything else: who may not ask learns nothing of endpoints and people from a plan either."""
    actor = User.objects.named(username).filter(is_active=True).first()
    if actor is None or not actor.may(Permission.OPERATION_REQUEST):
        raise OperationNotTaken(f"--as: {username} may not ask for operations.")
    return actor


def _requested(draft: Draft, actor: User, options: dict[str, Any]) -> Operation:
    if not options["reason"].strip():
        raise OperationNotTaken("--reason: say why; it is kept in the record.")
    try:
        # As on the page: kept as it was written, and refused rather than cut.
        reason = RecordField(max_length=REASON_LENGTH).clean(options["reason"])
    except ValidationError as error:
        raise OperationNotTaken(f"--reason: {' '.join(error.messages)}") from error
    if not options["yes"]:
        raise OperationNotTaken("Nothing was done. --plan says what would change; --yes confirms it.")
    try:
        return services.request(
            draft=draft,
            actor=actor,
            reason=reason,
            digest=draft.digest,
            typed_name=draft.name_to_type,
            not_before=_not_before(options["not_before"]),
        )
    except OperationRefused as refused:
        raise OperationNotTaken(refusal_text(refused)) from refused
    except PermissionDenied as error:
        raise OperationNotTaken(f"--as: {options['username']} may not ask for operations.") from error


def _not_before(text: str) -> Any:
    if not text:
        return None
    try:
        moment = parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None:
        raise OperationNotTaken("--not-before: write it as 2026-11-26T20:00.")
    return make_aware(moment) if is_naive(moment) else moment


def _line(step: OperationStep) -> str:
    return f"  {step.status}: {step.title} {step.detail}".rstrip()
