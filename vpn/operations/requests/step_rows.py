"""The steps of an operation as its page shows them: how far each is, and in words of its own what it did."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from vpn.endpoints.statuses import status_badge
from vpn.operation_plans.consequences import join_people
from vpn.operations import queries
from vpn.operations.failure_texts import failure_text
from vpn.operations.models import OperationStep
from vpn.operations.requests.durations import format_duration
from vpn.operations.states import StepStatus

MINUTES_LATER: Final = re.compile(r"\+(\d+) min")
MAX_NAMES_SHOWN: Final = 100
WAIT_FOR_PEOPLE_KEY: Final = "wait-until-empty"
STEP_STATES: Final = {
    StepStatus.PENDING: "waiting",
    StepStatus.RUNNING: "running",
    StepStatus.DONE: "done",
    StepStatus.FAILED: "failed",
}
# Steps that change nothing: by the beginnings of their keys.
READING: Final = ("read:", "export-")
BEGIN: Final = "begin:"
NEW: Final = "new:"
# What the steps say that only compare or look again.
CONFIRMED: Final = {
    "as-planned": gettext_noop("AWS has what the plan said"),
    "nobody-is-back": gettext_noop("Nobody has connected again"),
    "every-connection-ended": gettext_noop("Nothing was left out"),
    "nothing-left-out": gettext_noop("Nothing was left out"),
}


@dataclass(frozen=True)
class StepRow:
    """A step as components/steps.html shows it.

    ``state`` is ``unknown`` for a step that AWS didn't let do its work, and ``skipped`` where it had no work to do.
    """

    state: str
    title: str
    detail: str
    time: str


def step_rows(steps: Sequence[OperationStep], *, silent: bool = False) -> list[StepRow]:
    """``silent``: nothing is heard of the operation, so nobody knows whether its running step still runs."""
    acted = {step.key for step in steps if step.acted_at}
    return [_step_row(step, acted, silent=silent) for step in steps]


def _step_row(step: OperationStep, acted: set[str], *, silent: bool) -> StepRow:
    moment = step.finished_at or step.started_at
    return StepRow(
        state=_state(step, silent=silent),
        title=_(step.title),
        detail=" · ".join(part for part in _details(step, acted) if part),
        time=date_format(timezone.localtime(moment), "H:i:s") if moment else "",
    )


def _state(step: OperationStep, *, silent: bool) -> str:
    if step.status == StepStatus.RUNNING and silent:
        return "unknown"
    # Such steps pass by what AWS refuses, so that the others get their turn. That is no reason for a green tick.
    if step.status == StepStatus.DONE and was_refused(step):
        return "unknown"
    if step.status == StepStatus.DONE and step.after.get("unusable"):
        return "skipped"
    return STEP_STATES[StepStatus(step.status)]


def was_refused(step: OperationStep) -> bool:
    """Whether AWS refused part of the step, or didn't answer, though it counts as done."""
    return bool(step.after.get("error") or step.after.get("refusals") or unanswered_endpoints(step.after))


def unanswered_endpoints(details: Mapping[str, Any]) -> list[str]:
    """The labels of the endpoints whose connections AWS didn't list. ``details``: those of a look for connections."""
    endpoints = details.get("endpoints")
    if not isinstance(endpoints, dict):
        return []
    return sorted(str(answer["label"]) for answer in endpoints.values() if "error" in answer)


def _details(step: OperationStep, acted: set[str]) -> list[str]:
    if step.status == StepStatus.DONE:
        return [_detail(step), _done_words(step, acted), _took(step)]
    if step.status == StepStatus.FAILED:
        return [_detail(step), str(status_badge(step.aws_status).text) if step.aws_status else ""]
    if step.status != StepStatus.RUNNING:
        return [_detail(step)]
    last = queries.last_duration(step)
    return [
        _detail(step),
        *_current(step),
        _("last time it took %(duration)s") % {"duration": format_duration(last)} if last else "",
    ]


def _took(step: OperationStep) -> str:
    """Of steps for which somebody had to wait."""
    if step.started_at is None or step.finished_at is None or not step.acted_at:
        return ""
    took = step.finished_at - step.started_at
    return _("took %(duration)s") % {"duration": format_duration(took)} if took.total_seconds() >= 1 else ""


def _done_words(step: OperationStep, acted: set[str]) -> str:
    """What the step found or did. Empty where its title says it already: it was done."""
    key = step.key.removeprefix(NEW)
    if key == "check":
        return _("AWS confirmed the permission for this change")
    if key == WAIT_FOR_PEOPLE_KEY:
        return _left_connected(step) or _("Nobody was connected")
    if key.startswith("end-connections:"):
        return _ended_words(step)
    if error := step.after.get("error"):
        return _("AWS refused it: %(why)s") % {"why": failure_text(error["id"])}
    if unusable := step.after.get("unusable"):
        return str(failure_text(unusable))
    if key in CONFIRMED:
        return _(CONFIRMED[key])
    if key.startswith(READING):
        return _("It was read")
    if step.acted_at or f"{step.key.removesuffix(key)}{BEGIN}{key}" in acted:
        return ""
    return _("AWS had it already: nothing was changed")


def _ended_words(step: OperationStep) -> str:
    unanswered = unanswered_endpoints(step.after)
    refused = sorted(
        str(step.after["endpoints"][endpoint_id]["label"])
        for endpoint_id in step.after.get("refusals", {})
        if endpoint_id in step.after.get("endpoints", {})
    )
    ended = step.after.get("ended", [])
    parts = [
        _("Couldn't be checked: %(labels)s") % {"labels": _join(unanswered)} if unanswered else "",
        _("AWS refused to end connections: %(labels)s") % {"labels": _join(refused)} if refused else "",
        _("Ended: %(names)s") % {"names": join_people(ended, most=MAX_NAMES_SHOWN)} if ended else "",
    ]
    return " · ".join(part for part in parts if part) or _("They had no connection")


def _join(labels: Sequence[str]) -> str:
    return _(", ").join(labels)


def _left_connected(step: OperationStep) -> str:
    connected = list(dict.fromkeys(step.after.get("connected") or []))
    if not connected:
        return ""
    text = ngettext(
        "%(count)d still connected: %(names)s", "%(count)d still connected: %(names)s", len(connected)
    )
    return text % {"count": len(connected), "names": join_people(connected, most=MAX_NAMES_SHOWN)}


def _detail(step: OperationStep) -> str:
    """The step's detail. Rows have no texts of any language, so "+5 min" stands for a time after the beginning."""
    minutes = MINUTES_LATER.fullmatch(step.detail)
    if minutes:
        return _("%(minutes)s minutes after the beginning") % {"minutes": minutes[1]}
    # A rule for everybody: AWS has no group id for it.
    cidr, arrow, group = step.detail.partition(" ← ")
    return f"{cidr}{arrow}{_('Everyone')}" if group == "*" else step.detail


def _current(step: OperationStep) -> list[str]:
    """What a running step waits for: the people who are still connected, or AWS, with its status."""
    if step.key == WAIT_FOR_PEOPLE_KEY and step.after.get("connected"):
        return [_left_connected(step)]
    return [str(status_badge(step.aws_status).text)] if step.aws_status else []
