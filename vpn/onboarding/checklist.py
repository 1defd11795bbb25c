"""The four steps, as components/steps.html takes them."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from vpn.egress.person import PersonContext
from vpn.moments import format_moment
from vpn.onboarding import services
from vpn.onboarding.models import Onboarding


@dataclass(frozen=True)
class ChecklistStep:
    """``state`` is done, current or waiting."""

    id: str
    state: str
    title: str
    detail: str = ""


@dataclass(frozen=True)
class Checklist:
    steps: list[ChecklistStep]

    @property
    def done(self) -> int:
        return sum(step.state == "done" for step in self.steps)

    @property
    def complete(self) -> bool:
        return self.done == len(self.steps)

    @property
    def current(self) -> str:
        """The id of the next step; empty when all is done."""
        return next((step.id for step in self.steps if step.state == "current"), "")


def checklist_for(person: PersonContext, *, through_vpn: bool) -> Checklist:
    """The steps as they are now. A step that was completed since the last time is recorded on the way."""
    user = person.user
    row = Onboarding.objects.filter(user=user).first() or Onboarding(user=user)
    if row.connected_at is None and (at := _connected_at(person)):
        services.tick_connected(actor=user, at=at)
        row.connected_at = at
    if row.egress_at is None and through_vpn:
        services.tick_egress(actor=user)
        row.egress_at = timezone.now()
    return _checklist(row, person.downloads.first_at)


def _connected_at(person: PersonContext) -> datetime | None:
    """Now, or at any time before. The log names people where AWS's list of connections doesn't, but minutes later."""
    if person.presence.active:
        return person.presence.since or timezone.now()
    return person.log_entries.first_connected_at


def _checklist(row: Onboarding, downloaded_at: datetime | None) -> Checklist:
    # Whoever has been seen behind the fixed address has installed the client and connected, seen or not.
    connected_at = row.connected_at or row.egress_at
    moments = {
        "install": (_("Install AWS VPN Client"), row.installed_at or connected_at, ""),
        "download": (_("Download your connection profile"), downloaded_at, ""),
        "connect": (
            _("Import it and connect with your work account"),
            connected_at,
            _("Waiting for your connection. This page updates by itself."),
        ),
        "egress": (_("Check your connection"), row.egress_at, ""),
    }
    current = next((step for step, (_title, at, _detail) in moments.items() if at is None), "")
    return Checklist(
        [
            ChecklistStep(
                id=step,
                state="done" if at else "current" if step == current else "waiting",
                title=title,
                detail=format_moment(at) if at else detail if step == current else "",
            )
            for step, (title, at, detail) in moments.items()
        ]
    )
