"""Reading the findings."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Count, QuerySet
from django.utils import timezone

from portal.access.accounts import accounts_named
from vpn.connection_log.models import ConnectionUser, UnreadableLine
from vpn.endpoints.trouble import EndpointTrouble
from vpn.findings import endpoint_broken
from vpn.findings.models import Finding, RuleRun
from vpn.findings.rule import FindingRule
from vpn.findings.rules import RULES
from vpn.notifications.models import Delivery, DeliveryStatus

# Of one kind on the page of all; its own page shows more.
SHOWN: Final = 20
SHOWN_ALONE: Final = 500
SAMPLES: Final = 10
# The worker looks every ten minutes.
LATE: Final = timedelta(minutes=30)
STATES: Final = ("open", "acknowledged", "resolved")


def findings_in(state: str) -> QuerySet[Finding]:
    """``open``: nobody has acknowledged it. ``acknowledged``: it is still so. ``resolved``: it is over."""
    findings = Finding.objects.order_by("-first_seen_at", "-pk")
    if state == "resolved":
        return findings.filter(resolved_at__isnull=False).order_by("-resolved_at", "-pk")
    return findings.filter(resolved_at=None, acknowledged_at__isnull=state == "open")


def count_by_kind(state: str = "open") -> dict[str, int]:
    """Every kind, in the order in which they are shown."""
    rows = dict(findings_in(state).order_by().values_list("kind").annotate(Count("pk")))
    return {kind: rows.get(kind, 0) for kind in RULES}


@dataclass(frozen=True)
class RulesState:
    """``at``: when every rule had been applied; None: not known. ``undecided``: rules that can't tell anything yet."""

    at: datetime | None
    never: bool
    late: bool
    undecided: list[FindingRule]


def rules_state() -> RulesState:
    runs = {run.kind: run for run in RuleRun.objects.filter(kind__in=RULES)}
    at = min((run.looked_at for run in runs.values()), default=None) if len(runs) == len(RULES) else None
    late = at is not None and at < timezone.now() - LATE
    never = not runs and not Finding.objects.exists()
    undecided = [rule for kind, rule in RULES.items() if kind in runs and not runs[kind].judged_at]
    return RulesState(at, never, late, undecided)


def open_count() -> int:
    """Matters that wait to be looked at: findings, but one for all of a rule that counts them together."""
    return sum(
        min(count, 1) if RULES[kind].counted_together else count for kind, count in count_by_kind().items()
    )


def notification_key(first: Finding) -> str:
    """Of the message about all findings of a kind that were opened at once; ``first`` has the lowest number of them."""
    return f"finding-{first.pk}"


def somebody_knows(trouble: EndpointTrouble) -> bool:
    """Whether a message about this trouble has arrived, or somebody has acknowledged it with a reason."""
    open_findings = Finding.objects.filter(kind=endpoint_broken.KIND, resolved_at=None)
    finding = open_findings.filter(key=endpoint_broken.trouble_key(trouble)).first()
    if finding is None:
        return False
    if finding.acknowledged_at is not None:
        return True
    opened_with_it = Finding.objects.filter(kind=finding.kind, first_seen_at=finding.first_seen_at)
    key = notification_key(opened_with_it.earliest("pk"))
    # Waiting or given up is not told: without a channel, or with a broken one, nobody has heard of it.
    return Delivery.objects.filter(key=key, status=DeliveryStatus.SENT).exists()


def known_usernames(names: Iterable[str]) -> list[str]:
    """Those that are usernames of accounts, or in the connection log: the subject of a finding may be an endpoint."""
    names = set(names)
    accounts = accounts_named(names)
    logged = ConnectionUser.objects.filter(lower_username__in={name.lower() for name in names})
    spelled = (*logged.values_list("username", flat=True), *accounts)
    meant = {accounts.person_key(name) for name in names}
    people = {accounts.person_key(username): username for username in spelled}
    return sorted(username for person, username in people.items() if person in meant)


def unreadable_samples() -> list[UnreadableLine]:
    """The newest lines that could not be read."""
    return list(UnreadableLine.objects.select_related("source").order_by("-first_read_at", "-pk")[:SAMPLES])
