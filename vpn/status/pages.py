"""What `/status/` shows: each requirement now, and its last days as bars."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from portal.text import join_sentences, join_words
from vpn.assurance.models import Requirement, RequirementValue
from vpn.assurance.part_names import PART_NAMES
from vpn.assurance.queries import PartState, RequirementDay, RequirementState, value_tone
from vpn.assurance.views import accept_url
from vpn.endpoints.models import Endpoint
from vpn.moments import format_day, format_recent_moment
from vpn.status.advice import concerns, personal_sentence
from vpn.status.texts import BADGES, DAYS

NEWLY = timedelta(hours=1)
# While one of these fails, people can't do what they use the VPN for; the others are about the record and a bad day.
NEEDED_TO_WORK = (Requirement.FIXED_ADDRESS, Requirement.ACCOUNTS, Requirement.OFFICE_REACHED)


@dataclass(frozen=True)
class StatusDay:
    """A bar: ``tone`` is ok, warn, out, unknown or gap; ``title`` says the day and the word for it."""

    tone: str
    title: str


@dataclass(frozen=True)
class PartRow:
    """A part with its evidence. ``news``: what fails newly, and what was mended. ``accept_url`` empty: no need to."""

    part: PartState
    name: str
    tone: str
    badge: Promise
    since: str
    news: str
    url: str
    accept_url: str


@dataclass(frozen=True)
class StatusRow:
    """A requirement: ``sentence`` for everybody; ``parts`` of ``state`` for those who look after the VPN."""

    state: RequirementState
    badge: Promise
    sentence: str
    days: Sequence[StatusDay]
    parts: Sequence[PartRow]

    @property
    def open_parts(self) -> list[PartRow]:
        """Those that somebody may have to look at."""
        return [row for row in self.parts if row.tone != "ok"]

    @property
    def good_parts(self) -> list[PartRow]:
        return [row for row in self.parts if row.tone == "ok"]

    @property
    def is_open(self) -> bool:
        return self.state.value is RequirementValue.FAILS


def status_rows(
    states: Sequence[RequirementState],
    days: dict[Requirement, list[RequirementDay]],
    *,
    allowed: Collection[Endpoint] = (),
    parts_at: datetime | None = None,
) -> list[StatusRow]:
    """``states``: those of the whole VPN, and of each endpoint; ``allowed``: endpoints that the reader may use.

    Without ``allowed`` no endpoint is named. ``parts_at``: the time now; None: without the parts.
    """
    of_endpoints = [state for state in states if state.endpoint is not None]
    return [
        StatusRow(
            state=state,
            badge=BADGES[state.tone],
            sentence=personal_sentence(state, of_endpoints, allowed),
            days=[_day(day) for day in days[state.requirement]],
            parts=[_part_row(part, parts_at) for part in state.parts] if parts_at else [],
        )
        for state in states
        if state.endpoint is None
    ]


def _part_row(part: PartState, now: datetime) -> PartRow:
    tone = value_tone(part.value, warning=part.warning)
    is_accepted = part.value is RequirementValue.ACCEPTED
    endpoint_id = part.endpoint.endpoint_id if part.endpoint else ""
    needs_no_acceptance = part.value is RequirementValue.HOLDS
    return PartRow(
        part=part,
        name=str(PART_NAMES[part.key]),
        tone=tone,
        badge=RequirementValue.ACCEPTED.label if is_accepted else BADGES[tone],
        since=_("since %(since)s") % {"since": format_recent_moment(part.since)},
        news=_news(part, now),
        url=reverse("endpoint", args=[endpoint_id]) if endpoint_id else "",
        accept_url="" if needs_no_acceptance else accept_url(part.key, endpoint_id),
    )


def _news(part: PartState, now: datetime) -> str:
    """Names: what began to fail within an hour, and what was mended within a day."""
    new = [name for name, since in part.subjects.items() if since > now - NEWLY and since > part.since]
    sentences = []
    if new:
        sentences.append(_("New: %(names)s.") % {"names": join_words(new)})
    if part.mended:
        sentences.append(_("Mended: %(names)s.") % {"names": join_words(part.mended)})
    return join_sentences(*sentences)


def headline(states: Sequence[RequirementState], allowed: Collection[Endpoint] | None = None) -> str:
    """Whether people can work, in one sentence. ``allowed``: of whoever may use these endpoints; None: of anybody.

    ``states``: those of the whole VPN, and with ``allowed`` those of each endpoint.
    """
    overall = [state for state in states if state.endpoint is None]
    failing = {
        state.requirement
        for state in overall
        if state.value is RequirementValue.FAILS and (allowed is None or concerns(state, states, allowed))
    }
    if failing.intersection(NEEDED_TO_WORK):
        return _("There is a problem with the VPN")
    if all(state.value is RequirementValue.UNKNOWN for state in overall):
        return _("Whether the VPN works isn't known at the moment")
    if any(
        state.value is RequirementValue.UNKNOWN for state in overall if state.requirement in NEEDED_TO_WORK
    ):
        return _("No problem with the VPN is known")
    return _("The VPN can be used")


def last_evaluation(states: Sequence[RequirementState]) -> datetime | None:
    return max((state.evaluated_at for state in states if state.evaluated_at), default=None)


def _day(day: RequirementDay) -> StatusDay:
    return StatusDay(day.tone, f"{format_day(day.day)} {DAYS[day.tone]}")
