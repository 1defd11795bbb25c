"""The five requirements as they are, and as they were. None of this asks AWS.

``current_state()`` is what pages, messages and scripts tell; ``history()`` is for bars of days. Both read a few rows
that vpn.assurance.services has stored, however many people there are.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

from django.db.models import QuerySet
from django.utils import timezone

from vpn.assurance.models import (
    PartAcceptance,
    PartStatus,
    Requirement,
    RequirementPeriod,
    RequirementStatus,
    RequirementValue,
)
from vpn.assurance.sentences import fill_sentence
from vpn.connection_summary.ranges import midnight
from vpn.endpoints.models import Endpoint

# It is evaluated each minute. What is older than a few missed evaluations says nothing about now.
OLD: Final = timedelta(minutes=5)
# The gravest first: what a whole is called of which parts differ.
GRAVEST_FIRST: Final = (
    RequirementValue.FAILS,
    RequirementValue.UNKNOWN,
    RequirementValue.ACCEPTED,
    RequirementValue.HOLDS,
)
MINIMUM_SHOWN: Final = timedelta(minutes=2)


@dataclass(frozen=True)
class PartState:
    """A part of a requirement, at ``endpoint`` or all over (None), with the evidence in one sentence.

    ``subjects``: what fails, by name, and since when; ``mended``: what did until lately. ``acceptance``: who lives with
    it and until when, if ``value`` is ACCEPTED.
    """

    requirement: Requirement
    key: str
    endpoint: Endpoint | None
    value: RequirementValue
    warning: bool
    since: datetime
    evaluated_at: datetime
    evidence: str
    subjects: dict[str, datetime] = field(default_factory=dict)
    mended: dict[str, datetime] = field(default_factory=dict)
    acceptance: PartAcceptance | None = None


@dataclass(frozen=True)
class RequirementState:
    """A requirement, at ``endpoint`` or all over (None: the worst of all).

    ``warning``: it holds, and somebody should see to it. ``since``: when ``value`` began. ``evaluated_at`` None: it was
    never evaluated. ``parts``: the gravest first; of the whole VPN, the parts of all endpoints.
    """

    requirement: Requirement
    endpoint: Endpoint | None
    value: RequirementValue
    warning: bool
    since: datetime | None
    evaluated_at: datetime | None
    parts: list[PartState] = field(default_factory=list)

    @property
    def tone(self) -> str:
        """What components take: ok, warn, out or unknown."""
        return value_tone(self.value, warning=self.warning)


@dataclass(frozen=True)
class RequirementDay:
    """``value`` None: nobody looked on that day. ``failed``: how long it failed; ``looked``: how long it was known."""

    day: date
    value: RequirementValue | None
    warning: bool
    failed: timedelta
    looked: timedelta

    @property
    def tone(self) -> str:
        return value_tone(self.value, warning=self.warning) if self.value else "gap"


def value_tone(value: str, *, warning: bool) -> str:
    match value:
        case RequirementValue.FAILS:
            return "out"
        case RequirementValue.ACCEPTED:
            return "warn"
        case RequirementValue.HOLDS:
            return "warn" if warning else "ok"
        case _:
            return "unknown"


def current_state(now: datetime | None = None, *, with_parts: bool = True) -> list[RequirementState]:
    """R1 to R5 of the whole VPN, in this order, always five; then those of each endpoint, by its label.

    What wasn't evaluated for five minutes is UNKNOWN, whatever it was before. ``with_parts`` False: one query,
    no parts.
    """
    now = now or timezone.now()
    rows = RequirementStatus.objects.select_related("endpoint__account").order_by(
        "endpoint__label", "endpoint", "requirement"
    )
    parts = _parts(now) if with_parts else []
    states = [_state(row, parts, now) for row in rows]
    overall = {state.requirement: state for state in states if state.endpoint is None}
    never = [requirement for requirement in Requirement if requirement not in overall]
    overall |= {requirement: _never_evaluated(requirement) for requirement in never}
    of_endpoints = [state for state in states if state.endpoint is not None]
    return [overall[requirement] for requirement in Requirement] + of_endpoints


def overall_state(now: datetime | None = None) -> list[RequirementState]:
    """R1 to R5 of the whole VPN, with the parts of all endpoints."""
    return [state for state in current_state(now) if state.endpoint is None]


def history(
    days: int = 90, *, endpoint: Endpoint | None = None, now: datetime | None = None
) -> dict[Requirement, list[RequirementDay]]:
    """The last ``days`` days in the portal's time zone, today last, of each requirement: the worst value of each day.

    A day on which nobody looked has the value None. What failed for less than two minutes of a day isn't shown: it is
    the length of a portal's restart.
    """
    now = now or timezone.now()
    today = timezone.localdate(now)
    first = today - timedelta(days=days - 1)
    begin = midnight(first)
    periods = list(
        RequirementPeriod.objects.filter(endpoint=endpoint, until__gt=begin, since__lte=now).order_by("since")
    )
    dates = [first + timedelta(days=number) for number in range(days)]
    by_requirement = {
        requirement: [row for row in periods if row.requirement == requirement] for requirement in Requirement
    }
    return {requirement: [_day(day, rows) for day in dates] for requirement, rows in by_requirement.items()}


def worst(values: Iterable[str]) -> RequirementValue:
    """What a whole is called: FAILS before UNKNOWN before ACCEPTED before HOLDS; UNKNOWN without any part."""
    present = set(values)
    return next((value for value in GRAVEST_FIRST if value in present), RequirementValue.UNKNOWN)


def _never_evaluated(requirement: Requirement) -> RequirementState:
    return RequirementState(
        requirement, None, RequirementValue.UNKNOWN, warning=False, since=None, evaluated_at=None
    )


def _state(row: RequirementStatus, parts: Collection[PartState], now: datetime) -> RequirementState:
    own = [
        part
        for part in parts
        if part.requirement == row.requirement and (row.endpoint is None or part.endpoint == row.endpoint)
    ]
    is_old = row.evaluated_at < now - OLD
    return RequirementState(
        requirement=Requirement(row.requirement),
        endpoint=row.endpoint,
        value=RequirementValue.UNKNOWN if is_old else RequirementValue(row.value),
        warning=row.warning and not is_old,
        since=row.evaluated_at if is_old else row.since,
        evaluated_at=row.evaluated_at,
        parts=own,
    )


def _parts(now: datetime) -> list[PartState]:
    acceptances = {(row.key, row.endpoint_id): row for row in open_acceptances(now)}
    rows = PartStatus.objects.select_related("endpoint__account")
    parts = [
        PartState(
            requirement=Requirement(row.requirement),
            key=row.key,
            endpoint=row.endpoint,
            value=_told_value(row, now, is_accepted=(row.key, row.endpoint_id) in acceptances),
            warning=row.warning,
            since=row.since,
            evaluated_at=row.evaluated_at,
            evidence=fill_sentence(row.sentence, row.values),
            subjects=_moments(row.subjects),
            mended=_moments(row.mended),
            acceptance=acceptances.get((row.key, row.endpoint_id)),
        )
        for row in rows
    ]
    return sorted(
        parts,
        key=lambda part: (
            GRAVEST_FIRST.index(part.value),
            not part.warning,
            part.endpoint.label if part.endpoint else "",
            part.key,
        ),
    )


def _told_value(row: PartStatus, now: datetime, *, is_accepted: bool) -> RequirementValue:
    value = RequirementValue(row.value) if row.evaluated_at >= now - OLD else RequirementValue.UNKNOWN
    return RequirementValue.ACCEPTED if is_accepted and value is not RequirementValue.HOLDS else value


def open_acceptances(now: datetime) -> QuerySet[PartAcceptance]:
    return PartAcceptance.objects.filter(until__gt=now, withdrawn_at=None)


def _moments(stored: dict[str, str]) -> dict[str, datetime]:
    return {name: datetime.fromisoformat(moment) for name, moment in stored.items()}


def _day(day: date, periods: Iterable[RequirementPeriod]) -> RequirementDay:
    begin, end = midnight(day), midnight(day + timedelta(days=1))
    lengths: Counter[str] = Counter()
    warned = timedelta()
    for period in periods:
        # A single evaluation has no length; it was made all the same.
        length = min(period.until, end) - max(period.since, begin)
        if length < timedelta() or period.since >= end:
            continue
        lengths[period.value] += max(int(length.total_seconds()), 1)
        if period.warning:
            warned += length
    shown = {value for value, seconds in lengths.items() if seconds >= MINIMUM_SHOWN.total_seconds()}
    return RequirementDay(
        day=day,
        value=worst(shown or lengths) if lengths else None,
        warning=warned >= MINIMUM_SHOWN,
        failed=timedelta(seconds=lengths[RequirementValue.FAILS]),
        looked=timedelta(seconds=lengths.total()),
    )
