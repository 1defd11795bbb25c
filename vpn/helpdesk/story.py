"""One person's time line: what the portal and AWS recorded of them, newest first. Nothing is guessed."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.audit.models import AuditEvent
from portal.audit.tags import Tag
from portal.text import join_words, with_note
from vpn.connect_attempts.models import HandlerDecision
from vpn.connect_attempts.queries import attempts_of
from vpn.connect_attempts.texts import decision_text
from vpn.connection_log.models import FAILURES, Connection, ConnectionStatus
from vpn.connection_log.search.rows import connection_state, device_name
from vpn.connection_log.units import format_duration, format_size
from vpn.diagnosis.base.blocks import names_person
from vpn.diagnosis.base.facts import PersonFacts
from vpn.egress.texts import VERDICT_TEXTS
from vpn.egress.verdict import EgressResult
from vpn.endpoints.models import Endpoint
from vpn.helpdesk.ending import ends_any
from vpn.helpdesk.models import FailedRequest
from vpn.moments import format_moment
from vpn.operation_kinds import KINDS, get_kind
from vpn.operations.base.kind import KindGroup
from vpn.operations.engine.headings import operation_heading
from vpn.operations.models import Operation
from vpn.operations.states import OperationStatus

DAYS: Final = 14
MOST: Final = 30
# Somebody who tries again and again fills the page with one fact.
COLLAPSED_WITHIN: Final = timedelta(hours=1)
PORTAL_TAGS: Final = {
    Tag.SIGN_IN_SUCCEEDED: "ok",
    Tag.SIGN_IN_FAILED: "out",
    Tag.SIGN_IN_NO_ENTRY: "out",
    Tag.PROFILE_DOWNLOADED: "ok",
}
ABOUT_PEOPLE: Final = frozenset(kind.slug for kind in KINDS if kind.group is KindGroup.PEOPLE)


@dataclass(frozen=True)
class StoryEvent:
    """What components/timeline.html takes. ``said``: its text without the number of repeats.

    ``key``: events with the same one are repeats; ``times``: how many.
    """

    at: datetime
    tone: str
    title: str
    said: str = ""
    id: str = ""
    key: str = ""
    times: int = 1

    @property
    def time(self) -> str:
        local = timezone.localtime(self.at)
        today = local.date() == timezone.localdate()
        return date_format(local, "H:i:s") if today else format_moment(self.at)

    @property
    def text(self) -> str:
        repeats = ngettext("%(times)s time", "%(times)s times", self.times) % {"times": self.times}
        return with_note(self.said, repeats) if self.times > 1 else self.said


def story(facts: PersonFacts) -> list[StoryEvent]:
    """Of the last DAYS, at most MOST lines."""
    events = [
        *_portal_events(facts),
        *(_connection_event(row, facts.endpoints) for row in facts.attempts if _is_shown(facts, row)),
        *_checks(facts),
        *_unlogged_attempts(facts),
        *_failed_requests(facts),
        *_operations(facts),
    ]
    newest_first = sorted(events, key=lambda event: event.at, reverse=True)
    return list(_collapse(newest_first))[:MOST]


def _collapse(events: Iterable[StoryEvent]) -> Iterator[StoryEvent]:
    """Repeats of one thing, one after the other, as its newest with their number."""
    current: StoryEvent | None = None
    for event in events:
        repeats = current is not None and event.key and event.key == current.key
        if current is not None and repeats and current.at - event.at < COLLAPSED_WITHIN:
            current = replace(current, times=current.times + 1)
            continue
        if current is not None:
            yield current
        current = event
    if current is not None:
        yield current


def _is_shown(facts: PersonFacts, row: Connection) -> bool:
    """A first leg that led to something is part of what it led to."""
    return row.status != ConnectionStatus.SIGN_IN and row.at > facts.now - timedelta(days=DAYS)


def _portal_events(facts: PersonFacts) -> Iterator[StoryEvent]:
    since = facts.now - timedelta(days=DAYS)
    events = AuditEvent.objects.filter(
        actor=facts.user.username if facts.user else facts.username, tag__in=PORTAL_TAGS, at__gt=since
    ).order_by("-sequence")[:MOST]
    for event in events:
        tag = Tag(event.tag)
        title = _("Signed in to Genkan") if tag is Tag.SIGN_IN_SUCCEEDED else event.tag_label
        text = event.target if tag is Tag.PROFILE_DOWNLOADED else ""
        yield StoryEvent(event.at, PORTAL_TAGS[tag], title, text, key=f"{event.tag} {text}")


def _connection_event(row: Connection, endpoints: Iterable[Endpoint]) -> StoryEvent:
    labels = {endpoint.endpoint_id: endpoint.label for endpoint in endpoints}
    where = labels.get(row.endpoint_id, row.endpoint_id)
    source = _source(row)
    state = connection_state(row)
    if row.status in FAILURES:
        title = _("Failed to connect to %(label)s") % {"label": where}
        text = with_note(state.reason or _("AWS gave no reason."), source)
        return StoryEvent(row.at, "out", title, text, row.connection_id, key=f"{title} {state.reason}")
    if row.status == ConnectionStatus.OPEN:
        return StoryEvent(
            row.at, "ok", _("Connected to %(label)s") % {"label": where}, source, row.connection_id
        )
    title = _("Was connected to %(label)s") % {"label": where}
    parts = [source, _length(row), state.reason]
    return StoryEvent(row.at, "unknown", title, join_words(filter(None, parts)), row.connection_id)


def _source(row: Connection) -> str:
    address = _("from %(address)s") % {"address": row.device_ip or "?"}
    return join_words(filter(None, [device_name(row), address]))


def _length(row: Connection) -> str:
    """Nothing where the log has no end: how long it was isn't known then."""
    if row.ended_at is None or row.duration_seconds is None:
        return ""
    traffic = format_size(row.ingress_bytes + row.egress_bytes)
    return join_words([format_duration(row.duration_seconds), traffic])


def _checks(facts: PersonFacts) -> Iterator[StoryEvent]:
    check = facts.check
    if check is None or check.checked_at < facts.now - timedelta(days=DAYS):
        return
    text = VERDICT_TEXTS.get(EgressResult(check.result)) if check.result in set(EgressResult) else None
    heading = str(text.heading) % {"via": ""} if text else check.result
    yield StoryEvent(
        check.checked_at,
        text.tone if text else "unknown",
        _("Checked the connection from %(address)s") % {"address": check.address or "?"},
        heading,
    )


def _unlogged_attempts(facts: PersonFacts) -> Iterator[StoryEvent]:
    """What the handler was asked about and the connection log doesn't have, or not yet."""
    logged = {row.connection_id for row in facts.attempts}
    labels = {endpoint.endpoint_id: endpoint.label for endpoint in facts.endpoints}
    attempts = attempts_of(facts.username, facts.now - timedelta(days=DAYS))[:MOST]
    for attempt in attempts:
        if attempt.connection_id in logged:
            continue
        where = labels.get(attempt.endpoint_id, attempt.endpoint_id)
        is_denied = attempt.decision == HandlerDecision.DENY
        yield StoryEvent(
            attempt.at,
            "out" if is_denied else "unknown",
            _("The connect handler was asked about %(label)s") % {"label": where},
            decision_text(attempt),
            key=f"{where} {attempt.decision} {attempt.reason}",
        )


def _failed_requests(facts: PersonFacts) -> Iterator[StoryEvent]:
    since = facts.now - timedelta(days=DAYS)
    rows = FailedRequest.objects.filter(username=facts.username, at__gt=since).order_by("-at")[:MOST]
    for row in rows:
        title = _("Saw an error page of Genkan (%(status)s)") % {"status": row.status}
        yield StoryEvent(row.at, "unknown", title, row.reference, key=f"{row.status} {row.path}")


def _operations(facts: PersonFacts) -> Iterator[StoryEvent]:
    """Those about the person, and those of the endpoint that the question is about."""
    since = facts.now - timedelta(days=DAYS)
    done = Operation.objects.filter(
        finished_at__gt=since, status__in=[OperationStatus.SUCCEEDED, OperationStatus.FAILED]
    )
    # Ending a single connection names that and not the person.
    own = ends_any(row.connection_id for row in facts.attempts)
    about_person = done.filter(names_person(facts.username) | own)
    about_endpoint = done.filter(endpoint=facts.endpoint) if facts.endpoint else done.none()
    about_endpoint = about_endpoint.exclude(kind__in=ABOUT_PEOPLE)
    for operation in (
        (about_person | about_endpoint).select_related("endpoint").order_by("-finished_at")[:MOST]
    ):
        yield _operation_event(operation)


def _operation_event(operation: Operation) -> StoryEvent:
    number = _("Operation #%(number)s") % {"number": operation.number}
    tone = "info" if operation.status == OperationStatus.SUCCEEDED else "out"
    # The heading of one about several people names them all.
    about_people = operation.kind in ABOUT_PEOPLE
    title = str(get_kind(operation.kind).title) if about_people else operation_heading(operation)
    return StoryEvent(operation.finished_at or operation.created_at, tone, title, number)
