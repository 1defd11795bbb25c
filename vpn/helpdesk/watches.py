"""Asking to be told when a person's trouble is over: once, by e-mail and on the helpdesk's page, within a day."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from math import ceil
from typing import Final

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from portal.access.models import User
from portal.access.permissions import Permission
from portal.access.requests import RequestOrigin
from portal.audit import targets
from portal.audit.services import record
from portal.audit.tags import Tag
from vpn.connection_log.models import CONNECTED
from vpn.diagnosis.base.facts import PersonFacts, person_facts
from vpn.diagnosis.base.layer import LayerId, LayerState
from vpn.diagnosis.base.symptoms import Told
from vpn.diagnosis.diagnose import Diagnosis, diagnose
from vpn.helpdesk.models import HelpdeskWatch, WatchOutcome
from vpn.notifications.services import notify_person

# What nobody mended within a day is another call, with a reason of its own.
WATCHED_FOR: Final = timedelta(hours=24)
# How long the page of the helpdesk still lists what became of it.
SHOWN_FOR: Final = timedelta(hours=24)
# Each costs as much as opening the person's page. Beyond, the rest has its turn a minute later, by the clock.
MOST_PEOPLE: Final = 50
# Who fails at one of these is connected already: connecting once more is no sign that it is mended.
AFTER_CONNECTING: Final = frozenset({LayerId.TUNNEL, LayerId.DESTINATION, LayerId.EGRESS})


def start_watch(
    facts: PersonFacts, diagnosis: Diagnosis, *, name: str, agent: User, origin: RequestOrigin
) -> bool:
    """False: the agent waits for this person already. Recorded: it goes on looking after the page is closed."""
    cause = diagnosis.cause
    layer = next((result.layer for result in diagnosis.results if result.cause), "")
    with transaction.atomic():
        watch, is_new = HelpdeskWatch.objects.get_or_create(
            agent=agent,
            username=facts.username,
            settled_at=None,
            defaults={
                "name": name,
                "layer": layer,
                "cause": cause.id if cause else "",
                "created_at": facts.now,
                "expires_at": facts.now + WATCHED_FOR,
            },
        )
        if is_new:
            record(
                Tag.HELPDESK_WATCH_STARTED,
                actor=agent,
                target=targets.person(facts.username),
                address=origin.address,
                reference=origin.reference,
                details={"cause": watch.cause, "until": watch.expires_at.isoformat()},
            )
    return is_new


def find_watchable(facts: PersonFacts, diagnosis: Diagnosis) -> Diagnosis | None:
    """What the portal can wait for; None: nothing that it sees is wrong, and the person is connected.

    By what it sees itself: of what only the person can tell, it would never see the end.
    """
    told = facts.told
    seen = diagnose(replace(facts, told=Told())) if told.symptoms or told.doctor else diagnosis
    return seen if seen.cause is not None or not facts.presence.active else None


def is_watching(agent: User, username: str) -> bool:
    return HelpdeskWatch.objects.filter(agent=agent, username=username, settled_at=None).exists()


def own_watches(agent: User) -> list[HelpdeskWatch]:
    """Those that wait, and what became of the others lately; newest first."""
    since = timezone.now() - SHOWN_FOR
    recent = Q(settled_at=None) | Q(settled_at__gt=since)
    return list(HelpdeskWatch.objects.filter(recent, agent=agent).order_by("-created_at"))


def settle_watches() -> int:
    """Tell agents what is over; return of how many. What isn't shown any more is deleted: the audit record has it."""
    HelpdeskWatch.objects.filter(settled_at__lt=timezone.now() - SHOWN_FOR).delete()
    waiting = HelpdeskWatch.objects.filter(settled_at=None).select_related("agent").order_by("username", "pk")
    by_person: dict[str, list[HelpdeskWatch]] = {}
    for watch in waiting:
        by_person.setdefault(watch.username, []).append(watch)
    return sum(_settle(username, by_person[username]) for username in _whose_turn(list(by_person)))


def _whose_turn(people: Sequence[str]) -> list[str]:
    """MOST_PEOPLE of them, each minute the next ones: whoever waits longest mustn't keep the others out."""
    if len(people) <= MOST_PEOPLE:
        return list(people)
    turns = ceil(len(people) / MOST_PEOPLE)
    begin = int(timezone.now().timestamp() // 60) % turns * MOST_PEOPLE
    return list(people[begin : begin + MOST_PEOPLE])


def _settle(username: str, watches: Sequence[HelpdeskWatch]) -> int:
    facts = person_facts(username)
    diagnosis = diagnose(facts)
    settled = 0
    for watch in watches:
        outcome = find_outcome(watch, facts, diagnosis)
        if outcome is not WatchOutcome.WAITING:
            settled += _tell(watch, outcome, facts.now)
    return settled


def find_outcome(watch: HelpdeskWatch, facts: PersonFacts, diagnosis: Diagnosis) -> WatchOutcome:
    if watch.layer not in AFTER_CONNECTING and _has_connected(facts, since=watch.created_at):
        return WatchOutcome.CONNECTED
    # Not what is unknown now, or not looked at because something before it fails: neither is mended.
    state = next((result.state for result in diagnosis.results if result.layer == watch.layer), None)
    if state is LayerState.HOLDS:
        return WatchOutcome.CAUSE_GONE
    return WatchOutcome.EXPIRED if facts.now >= watch.expires_at else WatchOutcome.WAITING


def _has_connected(facts: PersonFacts, *, since: datetime) -> bool:
    presence = facts.presence
    if presence.active and presence.since is not None and presence.since > since:
        return True
    return any(attempt.status in CONNECTED and attempt.at > since for attempt in facts.attempts)


def _tell(watch: HelpdeskWatch, outcome: WatchOutcome, now: datetime) -> bool:
    with transaction.atomic():
        # Of two workers, the second changes nothing and tells nobody.
        if not HelpdeskWatch.objects.filter(pk=watch.pk, settled_at=None).update(
            outcome=outcome, settled_at=now
        ):
            return False
        agent = watch.agent
        # Whoever left the helpdesk meanwhile has no business with it any more.
        if outcome is not WatchOutcome.EXPIRED and agent.is_active and agent.may(Permission.HELPDESK_USE):
            _send(watch, outcome)
    return True


def _send(watch: HelpdeskWatch, outcome: WatchOutcome) -> None:
    """To the agent alone: the webhook is a room with others in it, and this is about a person."""
    agent = watch.agent
    subjects = {
        WatchOutcome.CONNECTED: _("%(name)s has connected to the VPN"),
        WatchOutcome.CAUSE_GONE: _("What kept %(name)s off the VPN isn't there any more"),
    }
    with override(agent.language or None):
        subject = str(subjects[outcome]) % {"name": watch.name}
    notify_person(
        address=agent.email,
        subject=subject,
        text=_("You asked to be told. Nothing more is sent about it."),
        url=reverse("helpdesk_person", args=[watch.username]),
        key=f"helpdesk-watch:{watch.pk}",
        language=agent.language,
    )
