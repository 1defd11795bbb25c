"""Comparing what is so now with what was found before, and closing a finding with a reason."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from portal.access.models import User
from portal.access.requests import RequestOrigin
from portal.audit.services import record
from portal.audit.tags import Tag
from portal.locks import AdvisoryLock, lock_for_transaction
from vpn.findings import access, log, places
from vpn.findings.found import DetectedFinding
from vpn.findings.models import STAYS, Finding, FindingKind, RuleRun
from vpn.findings.words import EXPLANATIONS
from vpn.notifications.services import tell

# A rule answers what is so now; None: it can't tell, and nothing is opened or closed.
RULES: Final[dict[FindingKind, Callable[[datetime], list[DetectedFinding] | None]]] = {
    FindingKind.TWO_PLACES: places.two_places,
    FindingKind.SHARED_DEVICE: places.shared_device,
    FindingKind.FAILURES_RISING: log.failures_rising,
    FindingKind.NO_ACCESS: access.no_access,
    FindingKind.NEVER_SIGNED_IN: access.never_signed_in,
    FindingKind.NOT_SEEN: access.not_seen,
    FindingKind.LOGGING_OFF: log.logging_off,
    FindingKind.LOG_BEHIND: log.log_behind,
    FindingKind.UNREADABLE_RISING: log.unreadable_rising,
}


def evaluate() -> list[Finding]:
    """Apply every rule; the findings that are new. Harmless to repeat; two at once wait for each other.

    What has been over for LOG_RETENTION_DAYS is forgotten, as the connections are that it was about. Raises
    ExceptionGroup of the rules that could not be applied, after all others were.
    """
    now = timezone.now()
    new: list[Finding] = []
    failures: list[Exception] = []
    for kind in RULES:
        try:
            new += _apply(kind, now)
        except Exception as error:  # noqa: BLE001 (it is raised in the end)
            failures.append(error)
    kept_since = now - timedelta(days=settings.LOG_RETENTION_DAYS)
    Finding.objects.filter(resolved_at__lt=kept_since).delete()
    if failures:
        raise ExceptionGroup("rules for findings that could not be applied", failures)
    return new


@transaction.atomic
def _apply(kind: FindingKind, now: datetime) -> list[Finding]:
    """Its findings that are new."""
    lock_for_transaction(AdvisoryLock.FINDINGS)
    found = RULES[kind](now)
    _note(kind, now, could_tell=found is not None)
    if found is None:
        return []
    opened = _compare(kind, found, now)
    _tell(kind, opened)
    return opened


def _note(kind: FindingKind, now: datetime, *, could_tell: bool) -> None:
    judged = {"judged_at": now} if could_tell else {}
    RuleRun.objects.update_or_create(kind=kind, defaults={"looked_at": now, **judged})


def _compare(kind: FindingKind, found: Iterable[DetectedFinding], now: datetime) -> list[Finding]:
    known = {finding.key: finding for finding in Finding.objects.filter(kind=kind, resolved_at=None)}
    still, changed, new = [], [], []
    for one in found:
        finding = known.get(one.key)
        if finding is None:
            new.append(_opened(one, now))
            continue
        still.append(finding.pk)
        if (finding.subject, finding.evidence) != (one.subject[:1024], one.evidence):
            finding.subject, finding.evidence = one.subject[:1024], one.evidence
            changed.append(finding)
    Finding.objects.filter(pk__in=still).update(last_seen_at=now)
    Finding.objects.bulk_update(changed, ["subject", "evidence"], batch_size=500)
    Finding.objects.bulk_create(new, batch_size=500)
    gone = Finding.objects.filter(kind=kind, resolved_at=None, last_seen_at__lt=now)
    gone.filter(last_seen_at__lte=now - STAYS.get(kind, timedelta(0))).update(resolved_at=now)
    return new


def _tell(kind: FindingKind, opened: list[Finding]) -> None:
    """That there are some, never whom they are about: a message goes further than the portal does."""
    if not opened:
        return
    explanation = EXPLANATIONS[kind]
    tell(
        subject=format_lazy("{}: {} ({})", _("New findings in the connections"), kind.label, len(opened)),
        text=format_lazy("{} {}", explanation.why, explanation.do),
        url=f"{reverse('connections_findings')}?{urlencode({'kind': kind.value})}",
        key=f"finding-{opened[0].pk}",
    )


def _opened(one: DetectedFinding, now: datetime) -> Finding:
    return Finding(
        kind=one.kind,
        key=one.key,
        subject=one.subject[:1024],
        evidence=one.evidence,
        first_seen_at=now,
        last_seen_at=now,
    )


def acknowledge(finding: Finding, *, actor: User, reason: str, origin: RequestOrigin) -> bool:
    """Nobody is told of it any more while it lasts. False: somebody else was quicker, or it is over."""
    waiting = Finding.objects.filter(pk=finding.pk, acknowledged_at=None, resolved_at=None)
    with transaction.atomic():
        changed = waiting.update(
            acknowledged_at=timezone.now(), acknowledged_by=actor.username[:255], reason=reason
        )
        if changed:
            record(
                Tag.FINDING_ACKNOWLEDGED,
                actor=actor,
                target=finding.subject,
                address=origin.address,
                reference=origin.reference,
                details={"kind": finding.kind, "reason": reason},
            )
    return bool(changed)
