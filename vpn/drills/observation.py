"""How far each person of a drill got, by what the portal has seen: the log, AWS's list of connections, and checks."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from django.db.models import QuerySet
from django.utils import translation

from portal.access.accounts import of_person
from vpn.connection_log.models import CONNECTED, FAILURES, Connection
from vpn.diagnosis.base.facts import person_facts
from vpn.diagnosis.diagnose import diagnose
from vpn.drills.base.models import Drill, DrillOutcome, DrillParticipant
from vpn.egress.models import EgressCheck
from vpn.endpoints.models import EgressAddressPeriod, LiveConnection

LANGUAGES: Final = ("en", "ja")


def observe(drill: Drill, people: Iterable[DrillParticipant]) -> None:
    """Store who has connected and passed since the last look. What was seen once is never taken back."""
    addresses = _addresses(drill)
    for person in people:
        changed = []
        if person.connected_at is None and (connected_at := _connected_at(drill, person)):
            person.connected_at = connected_at
            changed.append("connected_at")
        # An address may belong to two endpoints: without a connection to this one it proves nothing.
        if (
            person.passed_at is None
            and person.connected_at is not None
            and (passed_at := _passed_at(drill, person, addresses))
        ):
            person.passed_at, person.outcome = passed_at, DrillOutcome.PASSED
            changed += ["passed_at", "outcome"]
        elif person.passed_at is None and not person.cause and _failures(drill, person).exists():
            # At once: an hour later the diagnosis looks at newer things.
            changed += _explain(person)
        if changed:
            person.save(update_fields=changed)


def settle(drill: Drill, person: DrillParticipant) -> None:
    """Store the outcome of somebody who hasn't passed, with what the helpdesk's diagnosis says of them now."""
    if person.connected_at is not None:
        person.outcome = DrillOutcome.CONNECTED
    elif _failures(drill, person).exists():
        person.outcome = DrillOutcome.FAILED
    else:
        person.outcome = DrillOutcome.NOT_SEEN
    if not person.cause:
        _explain(person)
    person.save(update_fields=["outcome", "cause", "reason"])


def _explain(person: DrillParticipant) -> list[str]:
    """Take over what the helpdesk's diagnosis says now; which fields have changed."""
    cause = diagnose(person_facts(person.user.username)).cause
    if cause is None:
        return []
    person.cause = cause.id
    for language in LANGUAGES:
        with translation.override(language):
            person.reason[language] = cause.sentence
    return ["cause", "reason"]


def _failures(drill: Drill, person: DrillParticipant) -> QuerySet[Connection]:
    return _attempts(drill, person).filter(status__in=FAILURES)


def _attempts(drill: Drill, person: DrillParticipant) -> QuerySet[Connection]:
    return Connection.objects.filter(
        of_person(person.user.username, field="user__username"),
        endpoint_id=drill.endpoint.endpoint_id,
        at__gte=drill.starts_at,
        at__lte=drill.ends_at,
    )


def _connected_at(drill: Drill, person: DrillParticipant) -> datetime | None:
    logged = _attempts(drill, person).filter(status__in=CONNECTED).order_by("at").first()
    if logged:
        return logged.at
    # The log comes minutes later than AWS's list of connections.
    live = LiveConnection.objects.filter(
        of_person(person.user.username), endpoint=drill.endpoint, established_at__gte=drill.starts_at
    ).first()
    return live.established_at if live else None


def _passed_at(drill: Drill, person: DrillParticipant, addresses: set[str]) -> datetime | None:
    """By the endpoint's own address: whoever left by another endpoint's hasn't tried this one."""
    check = EgressCheck.objects.filter(
        user=person.user,
        checked_at__gte=drill.starts_at,
        checked_at__lte=drill.ends_at,
        address__in=addresses,
    ).first()
    return check.checked_at if check else None


def _addresses(drill: Drill) -> set[str]:
    """The endpoint's during the drill; a snapshot may see an address minutes after the first person left by it."""
    periods = EgressAddressPeriod.objects.filter(endpoint=drill.endpoint, since__lte=drill.ends_at)
    lasting = periods.exclude(until__lt=drill.starts_at)
    return {*lasting.values_list("address", flat=True), *drill.endpoint.egress_ips}
