"""Comparing what fails with what was told, and telling the difference."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import lazy
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.locks import AdvisoryLock, lock_for_transaction
from portal.text import join_words, with_label
from vpn.assurance.models import Requirement, RequirementValue
from vpn.assurance.queries import PartState, overall_state
from vpn.endpoints.trouble import find_trouble
from vpn.findings.queries import somebody_knows
from vpn.moments import format_moment
from vpn.notifications.services import notify
from vpn.requirement_alerts.models import RequirementAlert

# Neither of them says that it is mended: a source that can't be read proves nothing.
NOT_MENDED: Final = frozenset({RequirementValue.FAILS, RequirementValue.UNKNOWN})
Scope = tuple[str, int | None]


@transaction.atomic
def send_alerts(now: datetime | None = None) -> None:
    """One message for all that fails since the last time, and one for all that holds again.

    What blips isn't here: a part fails only after several evaluations (vpn.assurance.settling), and what an
    administrator has accepted doesn't count.
    """
    # The evaluation's own lock: half of its rows would look like a recovery.
    lock_for_transaction(AdvisoryLock.ASSURANCE)
    now = now or timezone.now()
    parts = _parts_by_scope(now)
    open_alerts = {
        (alert.requirement, alert.endpoint_id): alert
        for alert in RequirementAlert.objects.filter(closed_at=None).select_related("endpoint")
    }
    opened = [
        _open(scope, failing, now)
        for scope, own in parts.items()
        if (failing := [part for part in own if part.value is RequirementValue.FAILS])
        and scope not in open_alerts
    ]
    closed = [alert for scope, alert in open_alerts.items() if _is_over(alert, parts.get(scope, []), now)]
    _tell_failing([alert for alert in opened if not _is_told_already(alert)])
    _tell_mended(closed)


def _parts_by_scope(now: datetime) -> dict[Scope, list[PartState]]:
    scopes: dict[Scope, list[PartState]] = defaultdict(list)
    for state in overall_state(now):
        for part in state.parts:
            scopes[state.requirement.value, part.endpoint.pk if part.endpoint else None].append(part)
    return scopes


def _open(scope: Scope, failing: list[PartState], now: datetime) -> RequirementAlert:
    return RequirementAlert.objects.create(
        requirement=scope[0],
        endpoint_id=scope[1],
        part_keys=sorted(part.key for part in failing),
        since=min(part.since for part in failing),
        opened_at=now,
    )


def _is_over(alert: RequirementAlert, parts: Iterable[PartState], now: datetime) -> bool:
    """Close it if so. What began to fail meanwhile is part of the same alert: nobody is told again."""
    keys = {part.key for part in parts if part.value is RequirementValue.FAILS} | set(alert.part_keys)
    # A part that is no part any more (its endpoint was closed down, its source switched off) fails nobody.
    lasting = any(part.key in keys and part.value in NOT_MENDED for part in parts)
    alert.part_keys = sorted(keys)
    alert.closed_at = None if lasting else now
    alert.save(update_fields=["part_keys", "closed_at"])
    return not lasting


def _is_told_already(alert: RequirementAlert) -> bool:
    """Whether a finding has told that this endpoint is broken: then only the recovery is news."""
    trouble = find_trouble(alert.endpoint) if alert.endpoint else None
    return trouble is not None and somebody_knows(trouble)


def _tell_failing(alerts: list[RequirementAlert]) -> None:
    if not alerts:
        return
    notify(
        subject=format_lazy("{}: {}", gettext_lazy("VPN requirement fails"), _requirements(alerts)),
        text=_later(lambda: "\n".join(_line(alert, _since(alert)) for alert in alerts)),
        url=reverse("status"),
        key=f"requirement-fails:{alerts[0].pk}",
    )


def _tell_mended(alerts: list[RequirementAlert]) -> None:
    if not alerts:
        return
    notify(
        subject=format_lazy("{}: {}", gettext_lazy("VPN requirement is met again"), _requirements(alerts)),
        text=_later(lambda: "\n".join(_line(alert, _lasted(alert)) for alert in alerts)),
        url=reverse("status"),
        key=f"requirement-mended:{alerts[0].pk}",
    )


def _requirements(alerts: Iterable[RequirementAlert]) -> str:
    wanted = {alert.requirement for alert in alerts}
    return _later(lambda: join_words(str(item.label) for item in Requirement if item.value in wanted))


def _line(alert: RequirementAlert, when: str) -> str:
    """Without the evidence, which may name people: a message goes further than the portal does."""
    label = str(Requirement(alert.requirement).label)
    return with_label(f"{alert.endpoint.label} · {label}" if alert.endpoint else label, when)


def _since(alert: RequirementAlert) -> str:
    return _("since %(since)s") % {"since": format_moment(alert.since)}


def _lasted(alert: RequirementAlert) -> str:
    values = {"since": format_moment(alert.since), "until": format_moment(alert.closed_at or alert.opened_at)}
    return _("failed from %(since)s to %(until)s") % values


def _later(text: Callable[[], str]) -> str:
    """A lazy text: it is made in the language in which it is sent."""
    return lazy(text, str)()
