"""Applying the rules, and acknowledging a finding."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from portal.access.models import User
from portal.access.requests import RequestOrigin
from portal.audit import targets
from portal.audit.services import record
from portal.audit.tags import Tag
from portal.audit.targets import AuditTarget, TargetKind
from portal.locks import AdvisoryLock, lock_for_transaction
from vpn.findings.models import Finding, RuleRun
from vpn.findings.queries import notification_key
from vpn.findings.rule import DetectedFinding, FindingRule
from vpn.findings.rules import RULES
from vpn.notifications.services import notify


def evaluate(kinds: Collection[str] = tuple(RULES)) -> list[Finding]:
    """Apply the rules of these kinds; the findings that are new. Harmless to repeat; two at once wait for each other.

    What has been over for LOG_RETENTION_DAYS is forgotten, as the connections are that it was about. Raises
    ExceptionGroup of the rules that could not be applied, after all others were.
    """
    now = timezone.now()
    new: list[Finding] = []
    failures: list[Exception] = []
    for rule in map(RULES.__getitem__, kinds):
        try:
            new += _apply(rule, now)
        except Exception as error:  # noqa: BLE001 - one rule keeps no other from being applied; it is raised below
            failures.append(error)
    kept_since = now - timedelta(days=settings.LOG_RETENTION_DAYS)
    Finding.objects.filter(resolved_at__lt=kept_since).delete()
    if failures:
        raise ExceptionGroup("rules for findings that could not be applied", failures)
    return new


@transaction.atomic
def _apply(rule: FindingRule, now: datetime) -> list[Finding]:
    """The findings of this rule that are new."""
    lock_for_transaction(AdvisoryLock.FINDINGS)
    detected = rule.detect(now)
    judged = {"judged_at": now} if detected is not None else {}
    RuleRun.objects.update_or_create(kind=rule.kind, defaults={"looked_at": now, **judged})
    if detected is None:
        return []
    opened = _save(rule, detected, now)
    _notify(rule, opened)
    return opened


def _save(rule: FindingRule, detected: Iterable[DetectedFinding], now: datetime) -> list[Finding]:
    """Open, keep or resolve findings; those that were opened."""
    known = {finding.key: finding for finding in Finding.objects.filter(kind=rule.kind, resolved_at=None)}
    lasting, changed, opened = [], [], []
    for detection in detected:
        subject = detection.subject[:1024]
        finding = known.get(detection.key)
        if finding is None:
            opened.append(
                Finding(
                    kind=rule.kind,
                    key=detection.key,
                    subject=subject,
                    evidence=detection.evidence,
                    first_seen_at=now,
                    last_seen_at=now,
                )
            )
            continue
        lasting.append(finding.pk)
        if (finding.subject, finding.evidence) != (subject, detection.evidence):
            finding.subject, finding.evidence = subject, detection.evidence
            changed.append(finding)
    Finding.objects.filter(pk__in=lasting).update(last_seen_at=now)
    Finding.objects.bulk_update(changed, ["subject", "evidence"], batch_size=500)
    Finding.objects.bulk_create(opened, batch_size=500)
    gone = Finding.objects.filter(kind=rule.kind, resolved_at=None, last_seen_at__lt=now)
    gone.filter(last_seen_at__lte=now - rule.kept_open).update(resolved_at=now)
    return opened


def _notify(rule: FindingRule, opened: list[Finding]) -> None:
    """Say that there are some, never whom they are about: a message goes further than the portal does."""
    if not opened:
        return
    notify(
        subject=format_lazy("{}: {} ({})", _("New findings in the connections"), rule.label, len(opened)),
        text=format_lazy("{} {}", rule.why, rule.advice),
        url=f"{reverse('connections_findings')}?{urlencode({'kind': rule.kind})}",
        key=notification_key(opened[0]),
    )


def acknowledge(finding: Finding, *, actor: User, reason: str, origin: RequestOrigin) -> bool:
    """Record that somebody has looked at it, and why it is no trouble. False: it was acknowledged or over already."""
    waiting = Finding.objects.filter(pk=finding.pk, acknowledged_at=None, resolved_at=None)
    with transaction.atomic():
        changed = waiting.update(
            acknowledged_at=timezone.now(), acknowledged_by=actor.username[:255], reason=reason
        )
        if changed:
            record(
                Tag.FINDING_ACKNOWLEDGED,
                actor=actor,
                target=AuditTarget(TargetKind.FINDING, str(finding.pk), finding.subject),
                address=origin.address,
                reference=origin.reference,
                details={"kind": finding.kind, "reason": reason},
            )
    return bool(changed)


def acknowledge_all(
    kind: str, *, up_to: int, people: list[str], actor: User, reason: str, origin: RequestOrigin
) -> int:
    """Acknowledge every open finding of a kind with one reason; how many they were.

    ``up_to``: the newest that the person was shown. What the worker has found since then nobody has looked at.
    """
    waiting = Finding.objects.filter(kind=kind, pk__lte=up_to, acknowledged_at=None, resolved_at=None)
    with transaction.atomic():
        numbers = list(waiting.select_for_update().order_by("pk").values_list("pk", flat=True))
        if not numbers:
            return 0
        Finding.objects.filter(pk__in=numbers).update(
            acknowledged_at=timezone.now(), acknowledged_by=actor.username[:255], reason=reason
        )
        record(
            Tag.FINDING_ACKNOWLEDGED,
            actor=actor,
            target=targets.page("findings"),
            people=people,
            address=origin.address,
            reference=origin.reference,
            details={"kind": kind, "reason": reason, "count": len(numbers), "findings": numbers},
        )
    return len(numbers)
