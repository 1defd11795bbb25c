"""Comparing what fails with what was told, and telling the difference."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final, NamedTuple

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
# The parts that say whether people can connect. While they can't, an endpoint has no others.
OPEN_KEYS: Final = frozenset({"open", "open-inside"})
Scope = tuple[str, int | None]


class News(NamedTuple):
    """What fails since ``since``: all of the alert, or parts that have joined it."""

    alert: RequirementAlert
    since: datetime


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
    judged = {scope[1] for scope, own in parts.items() if any(part.key not in OPEN_KEYS for part in own)}
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
    news = [News(alert, alert.since) for alert in opened if not _is_told_already(alert)]
    mended = []
    for scope, alert in open_alerts.items():
        own = parts.get(scope, [])
        news += _include_new(alert, own)
        if scope[1] is not None and scope[1] not in judged and alert.endpoint_is_there:
            # Closed, as planned or not: its parts are hidden, which mends none of them.
            continue
        mended += _close_if_over(alert, own, now)
    _tell_failing(news)
    _tell_mended(mended)


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


def _include_new(alert: RequirementAlert, parts: Iterable[PartState]) -> list[News]:
    """What began to fail meanwhile is part of the same alert.

    At an endpoint nobody is told again. What belongs to none has nothing in common but the requirement: that the log
    isn't kept for long enough has told nobody that the audit log was changed.
    """
    new = [part for part in parts if part.value is RequirementValue.FAILS and part.key not in alert.part_keys]
    if not new:
        return []
    alert.part_keys = sorted({*alert.part_keys, *(part.key for part in new)})
    alert.save(update_fields=["part_keys"])
    return [] if alert.endpoint else [News(alert, min(part.since for part in new))]


def _close_if_over(
    alert: RequirementAlert, parts: Iterable[PartState], now: datetime
) -> list[RequirementAlert]:
    """The alert, if it is over because what failed was mended: that is what can be told."""
    own = [part for part in parts if part.key in alert.part_keys]
    if any(part.value in NOT_MENDED for part in own):
        return []
    alert.closed_at = now
    alert.save(update_fields=["closed_at"])
    # What an administrator lives with, and what went with its endpoint, isn't mended; nor need it be watched.
    is_accepted = any(part.value is RequirementValue.ACCEPTED for part in own)
    return [alert] if alert.endpoint_is_there and not is_accepted else []


def _is_told_already(alert: RequirementAlert) -> bool:
    """Whether a finding has told of just this: then only the recovery is news.

    That nobody can connect says nothing of a log that is switched off at the same endpoint.
    """
    is_about_trouble = alert.requirement == Requirement.FIXED_ADDRESS or "open-inside" in alert.part_keys
    trouble = find_trouble(alert.endpoint) if alert.endpoint and is_about_trouble else None
    return trouble is not None and somebody_knows(trouble)


def _tell_failing(news: list[News]) -> None:
    if not news:
        return
    first = news[0].alert
    notify(
        subject=format_lazy(
            "{}: {}", gettext_lazy("VPN requirement fails"), _requirements(item.alert for item in news)
        ),
        text=_later(lambda: "\n".join(_line(item.alert, _since(item.since)) for item in news)),
        url=reverse("status"),
        # The number of its parts: what joins an alert later is another message.
        key=f"requirement-fails:{first.pk}:{len(first.part_keys)}",
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


def _since(since: datetime) -> str:
    return _("since %(since)s") % {"since": format_moment(since)}


def _lasted(alert: RequirementAlert) -> str:
    values = {"since": format_moment(alert.since), "until": format_moment(alert.closed_at or alert.opened_at)}
    return _("failed from %(since)s to %(until)s") % values


def _later(text: Callable[[], str]) -> str:
    """A lazy text: it is made in the language in which it is sent."""
    return lazy(text, str)()
