"""Evaluating the requirements and keeping what was seen; accepting a part, and stating what no source tells."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation

from portal.locks import AdvisoryLock, lock_for_transaction
from vpn.assurance.audit_rounds import continue_verification
from vpn.assurance.catalogue import PARTS
from vpn.assurance.facts import Facts, read_facts
from vpn.assurance.models import (
    PartStatus,
    Requirement,
    RequirementPeriod,
    RequirementRow,
    RequirementStatus,
    RequirementValue,
)
from vpn.assurance.part import PartResult
from vpn.assurance.queries import OLD, open_acceptances, worst
from vpn.assurance.settling import settle
from vpn.endpoints.models import Endpoint
from vpn.endpoints.trouble import is_standby

# Two workers, or a command beside them, must not count one minute twice.
NOT_BEFORE: Final = timedelta(seconds=45)
PART_FIELDS: Final = [
    *("value", "warning", "since", "evaluated_at", "sentence", "values", "subjects", "mended"),
    *("seen", "seen_since", "seen_count", "requirement"),
]

STATUS_FIELDS: Final = ["value", "warning", "since", "evaluated_at"]

PartKey = tuple[str, int | None]


@transaction.atomic
def evaluate(now: datetime | None = None) -> bool:
    """Evaluate every part of every requirement. False: that was done within the last 45 seconds."""
    lock_for_transaction(AdvisoryLock.ASSURANCE)
    now = now or timezone.now()
    newest = RequirementStatus.objects.order_by("-evaluated_at").first()
    if newest is not None and newest.evaluated_at > now - NOT_BEFORE:
        return False
    continue_verification(now)
    # Whatever the rules put into sentences stays English: it is translated when somebody reads it.
    with translation.override(None):
        results = dict(_results(read_facts(now)))
    parts = _save_parts(results, now)
    _save_requirements(parts, now)
    return True


def _results(facts: Facts) -> Iterator[tuple[tuple[Requirement, str, int | None], PartResult]]:
    # A standby endpoint has no subnet, and isn't meant to have one until it is needed.
    endpoints = [endpoint for endpoint in facts.endpoints if not _is_not_meant_to_work(facts, endpoint)]
    for requirement, parts in PARTS.items():
        for part in parts:
            if part.of_all is not None and (result := part.of_all(facts)):
                yield (requirement, part.key, None), result
            for endpoint in endpoints if part.of_endpoint else ():
                if part.of_endpoint and (result := part.of_endpoint(facts, endpoint)):
                    yield (requirement, part.key, endpoint.pk), result


def _is_not_meant_to_work(facts: Facts, endpoint: Endpoint) -> bool:
    """Also one that was closed down as planned: nobody misses it."""
    is_gone_as_planned = endpoint.vanished_at is not None and endpoint.pk in facts.planned
    return is_gone_as_planned or (endpoint.vanished_at is None and is_standby(endpoint))


def _save_parts(
    results: dict[tuple[Requirement, str, int | None], PartResult], now: datetime
) -> list[PartStatus]:
    """What is no part any more goes; the history of its requirement stays."""
    known: dict[PartKey, PartStatus] = {(row.key, row.endpoint_id): row for row in PartStatus.objects.all()}
    rows, new = [], []
    for (requirement, key, endpoint), result in results.items():
        row = known.pop((key, endpoint), None)
        if row is None:
            row = PartStatus(key=key, endpoint_id=endpoint, value="", seen="", evaluated_at=now)
            new.append(row)
        row.requirement = requirement
        settle(row, result, now)
        rows.append(row)
    PartStatus.objects.filter(pk__in=[row.pk for row in known.values()]).delete()
    PartStatus.objects.bulk_update([row for row in rows if row.pk], PART_FIELDS, batch_size=500)
    PartStatus.objects.bulk_create(new, batch_size=500)
    return rows


def _save_requirements(parts: Iterable[PartStatus], now: datetime) -> None:
    accepted = {(row.key, row.endpoint_id) for row in open_acceptances(now)}
    by_scope: dict[tuple[str, int | None], list[PartStatus]] = {
        (requirement, None): [] for requirement in Requirement
    }
    for part in parts:
        by_scope[part.requirement, None].append(part)
        if part.endpoint_id is not None:
            by_scope.setdefault((part.requirement, part.endpoint_id), []).append(part)
    known = {(row.requirement, row.endpoint_id): row for row in RequirementStatus.objects.all()}
    periods = _open_periods(now)
    rows, lasting, begun = [], [], []
    for scope, own in by_scope.items():
        row = known.pop(scope, None) or RequirementStatus(
            requirement=scope[0], endpoint_id=scope[1], value="", since=now
        )
        _update(row, own, accepted, now)
        rows.append(row)
        period = periods.get(scope)
        if period is not None and (period.value, period.warning) == (row.value, row.warning):
            period.until = now
            lasting.append(period)
        else:
            # Between two values that follow each other is no gap.
            begun.append(_new_period(row, since=period.until if period else now, until=now))
    RequirementStatus.objects.filter(pk__in=[row.pk for row in known.values()]).delete()
    RequirementStatus.objects.bulk_update([row for row in rows if row.pk], STATUS_FIELDS)
    RequirementStatus.objects.bulk_create([row for row in rows if not row.pk])
    RequirementPeriod.objects.bulk_update(lasting, ["until"])
    RequirementPeriod.objects.bulk_create(begun)
    kept_since = now - timedelta(days=settings.LOG_RETENTION_DAYS)
    RequirementPeriod.objects.filter(until__lt=kept_since).delete()


def _update(row: RequirementRow, parts: Iterable[PartStatus], accepted: set[PartKey], now: datetime) -> None:
    parts = list(parts)
    values = [
        RequirementValue.ACCEPTED
        if part.value != RequirementValue.HOLDS and (part.key, part.endpoint_id) in accepted
        else part.value
        for part in parts
    ]
    value = worst(values)
    if row.value != value:
        # The parts know when it began: three evaluations before it is told.
        begun = [part.since for part, told in zip(parts, values, strict=True) if told == value]
        since = max(begun) if value == RequirementValue.HOLDS and begun else min(begun, default=now)
        # What began long ago was there already, behind an acceptance or something graver, and wasn't told.
        row.since = now if since < now - OLD else max(since, row.since)
    row.value, row.warning, row.evaluated_at = value, _warns(value, parts), now


def _warns(value: str, parts: Iterable[PartStatus]) -> bool:
    return value == RequirementValue.HOLDS and any(part.warning for part in parts)


def _open_periods(now: datetime) -> dict[tuple[str, int | None], RequirementPeriod]:
    """The newest one of each scope, unless nobody has evaluated for so long that it has ended."""
    rows = RequirementPeriod.objects.filter(until__gte=now - OLD).order_by("until")
    return {(row.requirement, row.endpoint_id): row for row in rows}


def _new_period(row: RequirementRow, *, since: datetime, until: datetime) -> RequirementPeriod:
    return RequirementPeriod(
        requirement=row.requirement,
        endpoint_id=row.endpoint_id,
        value=row.value,
        warning=row.warning,
        since=since,
        until=until,
    )
