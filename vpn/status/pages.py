"""What `/status/` shows: each requirement now, and its last days as bars."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from vpn.assurance.models import Requirement, RequirementValue
from vpn.assurance.queries import RequirementDay, RequirementState
from vpn.moments import format_day
from vpn.status.texts import BADGES, DAYS, requirement_sentence

# While one of these fails, people can't do what they use the VPN for; the others are about the record and a bad day.
NEEDED_TO_WORK = (Requirement.FIXED_ADDRESS, Requirement.ACCOUNTS, Requirement.OFFICE_REACHED)


@dataclass(frozen=True)
class StatusDay:
    """A bar: ``tone`` is ok, warn, out, unknown or gap; ``title`` says the day and the word for it."""

    tone: str
    title: str


@dataclass(frozen=True)
class StatusRow:
    """A requirement: ``sentence`` for everybody; ``parts`` of ``state`` for those who look after the VPN."""

    state: RequirementState
    badge: Promise
    sentence: Promise
    days: Sequence[StatusDay]


def status_rows(
    states: Sequence[RequirementState], days: dict[Requirement, list[RequirementDay]]
) -> list[StatusRow]:
    return [
        StatusRow(
            state=state,
            badge=BADGES[state.tone],
            sentence=requirement_sentence(state.requirement, state.value, warning=state.warning),
            days=[_day(day) for day in days[state.requirement]],
        )
        for state in states
    ]


def headline(states: Sequence[RequirementState]) -> str:
    """Whether people can work, in one sentence."""
    failing = {state.requirement for state in states if state.value is RequirementValue.FAILS}
    if failing.intersection(NEEDED_TO_WORK):
        return _("There is a problem with the VPN")
    if all(state.value is RequirementValue.UNKNOWN for state in states):
        return _("Whether the VPN works isn't known at the moment")
    return _("The VPN can be used")


def last_evaluation(states: Sequence[RequirementState]) -> datetime | None:
    return max((state.evaluated_at for state in states if state.evaluated_at), default=None)


def _day(day: RequirementDay) -> StatusDay:
    return StatusDay(day.tone, f"{format_day(day.day)} {DAYS[day.tone]}")
