"""What the pages of operations show, computed from rows that were read before."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from portal.text import join_sentences
from vpn.endpoints.models import Endpoint
from vpn.operation_kinds import KINDS, get_kind
from vpn.operation_plans.plan import Text
from vpn.operations.approval_period import approval_deadline
from vpn.operations.base.kind import KindGroup, OperationKind
from vpn.operations.engine.headings import operation_heading, status_heading
from vpn.operations.models import Operation, OperationStep
from vpn.operations.requests.durations import format_duration
from vpn.operations.requests.shown_status import ShownStatus, shown_status
from vpn.operations.states import OperationStatus, StepStatus


@dataclass(frozen=True)
class OperationRow:
    """An operation in a list, and at the top of its own page."""

    operation: Operation
    heading: str
    status: ShownStatus
    took: str

    @property
    def number(self) -> str:
        return f"#{self.operation.number}"


@dataclass(frozen=True)
class KindChoice:
    """The kinds under one heading of the page of all kinds."""

    title: str
    kinds: list["OfferedKind"]


@dataclass(frozen=True)
class OfferedKind:
    """``why_not``: why it can't be done on this endpoint now; empty: it is offered."""

    kind: OperationKind
    why_not: Text


def operation_row(operation: Operation) -> OperationRow:
    """Reads the operation's steps: a list prefetches them."""
    shown = shown_status(operation, list(operation.steps.all()))
    return OperationRow(operation, operation_heading(operation), shown, _took(operation))


def nameless_row(operation: Operation) -> OperationRow:
    """For pages on which a look at the people of an operation isn't recorded: its heading names none of them."""
    row = operation_row(operation)
    try:
        kind = get_kind(operation.kind)
    except LookupError:
        return row
    return replace(row, heading=str(kind.title)) if kind.group == KindGroup.PEOPLE else row


def _took(operation: Operation) -> str:
    if not operation.started_at:
        return ""
    return format_duration((operation.finished_at or timezone.now()) - operation.started_at)


def operation_lead(row: OperationRow) -> str:
    """What the page says below the heading: when it ended, or what it waits for."""
    operation = row.operation
    if operation.is_terminal:
        ended = date_format(timezone.localtime(operation.finished_at), "SHORT_DATETIME_FORMAT")
        if row.took:
            return _("Ended %(time)s, after %(took)s.") % {"time": ended, "took": row.took}
        return _("Ended %(time)s.") % {"time": ended}
    begins = operation.not_before and date_format(
        timezone.localtime(operation.not_before), "SHORT_DATETIME_FORMAT"
    )
    if operation.status == OperationStatus.AWAITING_APPROVAL:
        deadline = date_format(timezone.localtime(approval_deadline(operation)), "SHORT_DATETIME_FORMAT")
        return join_sentences(
            _("It begins at %(time)s, if a second administrator approves it.") % {"time": begins}
            if begins
            else _("It runs as soon as a second administrator approves it."),
            _("Without a decision it is cancelled at %(time)s.") % {"time": deadline},
        )
    if operation.status == OperationStatus.SCHEDULED:
        return _("It begins at %(time)s.") % {"time": begins}
    return _("You can close this page; the operation keeps running.")


def cancel_warning(operation: Operation) -> str:
    if operation.started_at is None:
        return _("It hasn't begun. Nothing has been changed, and nothing will be.")
    return _("Steps that are done stay done, and AWS finishes what it has begun. No further step is taken.")


def page_title(row: OperationRow, steps: Sequence[OperationStep]) -> str:
    """The title of the browser tab, which shows the progress even if the page is not in sight."""
    done = sum(step.status == StepStatus.DONE for step in steps)
    label = f"{row.heading} · {row.operation.endpoint}" if row.operation.endpoint else row.heading
    if row.operation.is_terminal:
        return status_heading(row.status.text, label)
    return f"({done}/{len(steps)}) {label}"


def kinds_by_group(endpoint: Endpoint | None) -> list[KindChoice]:
    groups = [
        KindChoice(str(group.label), [_offered(kind, endpoint) for kind in KINDS if kind.group == group])
        for group in KindGroup
    ]
    return [group for group in groups if group.kinds]


def _offered(kind: OperationKind, endpoint: Endpoint | None) -> OfferedKind:
    # Without an endpoint nothing is known of it, and the page asks for one first.
    applies = endpoint is not None or not kind.needs_endpoint
    return OfferedKind(kind, kind.why_not(endpoint) if applies else "")


def endpoint_choices(endpoints: Sequence[Endpoint], chosen: Endpoint | None) -> list[dict[str, Any]]:
    return [
        {
            "endpoint": endpoint,
            "current": chosen is not None and endpoint.pk == chosen.pk,
            "url": f"?endpoint={endpoint.endpoint_id}",
        }
        for endpoint in endpoints
    ]
