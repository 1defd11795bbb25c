"""What came of an operation: what happened, what AWS has now, and what can be done next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.access.models import User
from portal.access.permissions import Permission
from vpn.connection_log.search.people import display_names
from vpn.operation_kinds import get_form_data, get_undo
from vpn.operation_plans.plan import PlanCheck, Text
from vpn.operations import queries
from vpn.operations.failure_texts import failure_text
from vpn.operations.models import Operation, OperationStep
from vpn.operations.requests.evidence import ended_connections
from vpn.operations.requests.step_rows import was_refused
from vpn.operations.states import OperationStatus, StepStatus

REVOCATION_LIST: Final = "CertificateRevocationList"


@dataclass(frozen=True)
class OperationFailure:
    """``code`` and ``message`` are AWS's. ``final``: the operation has ended; else it is retried at ``again``."""

    heading: str
    words: Text
    code: str
    message: str
    final: bool
    again: str


@dataclass(frozen=True)
class PeopleDisconnected:
    """``text``: a sentence that says of ``names`` whether they were disconnected, as far as that is known."""

    text: str
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """``changes`` are before → after; ``changes_title`` says whether they were made.

    ``state_now``: of an operation that didn't end well, what was done and what wasn't. ``again_url``: the plan of the
    same operation, of one that ended without being wholly done.
    """

    failure: OperationFailure | None
    state_now: tuple[PlanCheck, ...]
    changes_title: str
    changes: tuple[Mapping[str, Any], ...]
    people: PeopleDisconnected | None
    again_url: str
    undo_url: str


def describe_outcome(operation: Operation, steps: Sequence[OperationStep], user: User) -> Outcome:
    acted = any(step.acted_at for step in steps)
    may_request = user.may(Permission.OPERATION_REQUEST)
    has_failed = operation.status in {OperationStatus.FAILED, OperationStatus.CANCELLED}
    return Outcome(
        failure=_describe_failure(operation, steps, acted=acted),
        state_now=tuple(_state_now(operation, steps)) if has_failed else (),
        changes_title=_changes_title(operation, acted=acted),
        changes=tuple(_recorded_changes(operation, steps)),
        people=_people_disconnected(operation, steps, acted=acted),
        again_url=again_url(operation) if has_failed and may_request else "",
        undo_url=undo_url(operation, user),
    )


def _people_disconnected(
    operation: Operation, steps: Sequence[OperationStep], *, acted: bool
) -> PeopleDisconnected | None:
    """Those of the plan were connected when somebody looked at it; whom it met, only the steps can tell."""
    planned = tuple(operation.plan["people"])
    if not operation.is_terminal:
        return _connected_at_request("%(people)s", planned)
    ended = ended_connections(operation, steps)
    if ended.usernames:
        names = display_names(ended.usernames)
        text = ngettext(
            "%(count)s person was disconnected:", "%(count)s people were disconnected:", len(ended.usernames)
        )
        return PeopleDisconnected(
            text % {"count": len(ended.usernames)},
            tuple(names.get(username, username) for username in ended.usernames),
        )
    if ended.is_known:
        return PeopleDisconnected(_("Nobody was disconnected."))
    # AWS doesn't say whom it disconnects when an endpoint changes.
    unknown = _("It isn't known who was disconnected. %(people)s")
    return _connected_at_request(unknown, planned) if acted else None


def _connected_at_request(text: str, planned: tuple[str, ...]) -> PeopleDisconnected | None:
    """``text`` with the sentence about them as ``people``; None: nobody was connected."""
    if not planned:
        return None
    people = ngettext(
        "%(count)s person was connected when it was requested:",
        "%(count)s people were connected when it was requested:",
        len(planned),
    )
    return PeopleDisconnected(text % {"people": people % {"count": len(planned)}}, planned)


def _describe_failure(
    operation: Operation, steps: Sequence[OperationStep], *, acted: bool
) -> OperationFailure | None:
    if not operation.error_id:
        return None
    ended, again = operation.is_terminal, operation.next_attempt_at
    words: Text = failure_text(operation.error_id)
    if operation.error_id == "operation-cancelled" and not acted:
        words = _("It was cancelled before it began. Nothing was changed.")
    return OperationFailure(
        heading=_failure_heading(operation, steps),
        words=words,
        code=operation.error_code,
        message=operation.error_message,
        final=ended,
        again=date_format(timezone.localtime(again), "H:i:s") if again and not ended else "",
    )


def _failure_heading(operation: Operation, steps: Sequence[OperationStep]) -> str:
    """Empty where the words say all."""
    if operation.status == OperationStatus.CANCELLED:
        return ""
    if not operation.is_terminal:
        return _("Not yet.")
    for number, step in enumerate(steps, start=1):
        if step.status == StepStatus.FAILED:
            return _("Step %(number)s “%(title)s” failed.") % {"number": number, "title": _(step.title)}
    return _("It failed.")


def _state_now(operation: Operation, steps: Sequence[OperationStep]) -> list[PlanCheck]:
    """By what the steps recorded. What AWS has beyond that, only AWS can tell."""
    done = [
        step for step in steps if step.status == StepStatus.DONE and step.acted_at and not was_refused(step)
    ]
    in_part = [
        step for step in steps if step.status == StepStatus.DONE and step.acted_at and was_refused(step)
    ]
    open_ended = [step for step in steps if step.status == StepStatus.FAILED and step.acted_at]
    pending = [step for step in steps if step.status == StepStatus.PENDING]
    if not done and not in_part and not open_ended:
        return [PlanCheck("info", _("Nothing was changed."))]
    checks = [PlanCheck("ok", _("Done, and still so: %(step)s") % {"step": _name(step)}) for step in done]
    checks += [PlanCheck("warn", _("Done in part: %(step)s") % {"step": _name(step)}) for step in in_part]
    checks += [
        PlanCheck("warn", _("Begun, and not known to be done: %(step)s") % {"step": _name(step)})
        for step in open_ended
    ]
    if pending:
        names = _(", ").join(dict.fromkeys(_(step.title) for step in pending))
        checks.append(PlanCheck("unknown", _("Not begun: %(steps)s") % {"steps": names}))
    return checks


def _name(step: OperationStep) -> str:
    return f"{_(step.title)} {step.detail}".strip()


def _changes_title(operation: Operation, *, acted: bool) -> str:
    """Nothing that was only planned may look as if it had been done."""
    if operation.is_terminal and not operation.plan["changes"]:
        return _("Who was disconnected")
    match OperationStatus(operation.status):
        case OperationStatus.SUCCEEDED:
            return _("What was changed") if acted else _("Planned; AWS had it already")
        case OperationStatus.FAILED | OperationStatus.CANCELLED:
            return _("Planned; done in part") if acted else _("Planned; not carried out")
    return _("What changes")


def _recorded_changes(operation: Operation, steps: Sequence[OperationStep]) -> list[Mapping[str, Any]]:
    """The plan's lines. AWS's revocation list is in no snapshot, so only the step knows what it replaced."""
    replaced = next((step for step in steps if step.key == "import-revocation-list" and step.acted_at), None)
    return [
        {**change, "before": _described_list(replaced.before)}
        if replaced is not None and change["name"] == REVOCATION_LIST
        else change
        for change in operation.plan["changes"]
    ]


def _described_list(facts: Mapping[str, Any]) -> str | None:
    """None: there was none."""
    if not facts:
        return None
    if "issuer" not in facts:
        return "?"
    number = f"#{facts['number']} " if facts.get("number") is not None else ""
    return f"{number}{facts['issuer']}"


def again_url(operation: Operation) -> str:
    """The plan of the same operation, made anew. Empty for a kind that this version doesn't have."""
    data = get_form_data(operation)
    return "" if data is None else _plan_url(operation, operation.kind, data)


def undo_url(operation: Operation, user: User) -> str:
    """The plan of the undoing operation; empty if there is nothing to undo, or it is being undone already."""
    if not operation.is_terminal or not user.may(Permission.OPERATION_REQUEST):
        return ""
    # Also after a failure: the steps that were done can be undone.
    if not operation.steps.filter(acted_at__isnull=False).exists() or queries.get_undoing_operation(
        operation
    ):
        return ""
    undo = get_undo(operation)
    return (
        "" if undo is None else _plan_url(operation, undo.kind, {"undo_of": str(operation.pk), **undo.data})
    )


def _plan_url(operation: Operation, kind: str, data: Mapping[str, str]) -> str:
    where = {"endpoint": operation.endpoint.endpoint_id} if operation.endpoint else {}
    return f"{reverse('operation_new', args=[kind])}?{urlencode({**where, 'plan': '1', **data})}"
