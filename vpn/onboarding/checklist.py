"""The four steps, as templates/vpn/onboarding/_checklist.html takes them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from vpn.egress.card import THROUGH, VerdictCard
from vpn.egress.person import PersonContext
from vpn.guides.pages import CLIENT_DOWNLOAD
from vpn.moments import format_moment
from vpn.onboarding import services
from vpn.onboarding.models import Onboarding

# For so long the page celebrates; then the list folds itself up.
CELEBRATION: Final = timedelta(hours=1)


@dataclass(frozen=True)
class ChecklistStep:
    """``state`` is done, current or waiting. ``url``: where the step is done or explained.

    ``by_itself``: what the page does without being asked, with JavaScript only.
    """

    id: str
    state: str
    title: str
    url: str
    detail: str = ""
    by_itself: str = ""


@dataclass(frozen=True)
class Checklist:
    """``just_completed``: the last step was done within the hour. ``can_undo``: only the person says "installed".

    ``works``: nothing is known that keeps this person from connecting now.
    """

    steps: list[ChecklistStep]
    just_completed: bool
    can_undo: bool
    works: bool

    @property
    def done(self) -> int:
        return sum(step.state == "done" for step in self.steps)

    @property
    def complete(self) -> bool:
        return self.done == len(self.steps)

    @property
    def client_download_url(self) -> str:
        return CLIENT_DOWNLOAD

    @property
    def leads(self) -> bool:
        """Whether it is what this person should look at first."""
        return not self.complete or self.celebrates

    @property
    def celebrates(self) -> bool:
        # "Just press Connect" beside a card that says why it fails would be a second truth.
        return self.just_completed and self.works


def checklist_for(person: PersonContext, card: VerdictCard) -> Checklist:
    """The steps as they are now. A step that was completed since the last time is recorded on the way.

    ``card``: what the same page says of this person's connection.
    """
    user = person.user
    row = Onboarding.objects.filter(user=user).first() or Onboarding(user=user)
    if row.connected_at is None and (at := _connected_at(person)):
        services.tick_connected(actor=user, at=at)
        row.connected_at = at
    if row.egress_at is None and card.result in THROUGH:
        services.tick_egress(actor=user)
        row.egress_at = timezone.now()
    explanation = card.explanation
    works = bool(person.profiles) and explanation.trouble is None and explanation.failure is None
    return _checklist(row, person.downloads.first_at, works=works)


def _connected_at(person: PersonContext) -> datetime | None:
    """Now, or at any time before. The log names people where AWS's list of connections doesn't, but minutes later."""
    if person.presence.active:
        return person.presence.since or timezone.now()
    return person.log_entries.first_connected_at


def _checklist(row: Onboarding, downloaded_at: datetime | None, *, works: bool) -> Checklist:
    # Whoever has been seen behind the fixed address has installed the client and connected, seen or not.
    connected_at = row.connected_at or row.egress_at
    guide = reverse("guides")
    moments = {
        "install": (_("Install AWS VPN Client"), f"{guide}#install", row.installed_at or connected_at, ""),
        "download": (_("Download your connection profile"), f"{guide}#profile", downloaded_at, ""),
        "connect": (
            _("Import it and connect with your work account"),
            f"{guide}#add-profile",
            connected_at,
            _("Waiting for your connection."),
        ),
        "egress": (_("Check your connection"), reverse("egress"), row.egress_at, ""),
    }
    current = next((step for step, (*_rest, at, _detail) in moments.items() if at is None), "")
    steps = [
        ChecklistStep(
            id=step,
            state="done" if at else "current" if step == current else "waiting",
            title=title,
            url=url,
            detail=format_moment(at) if at else detail if step == current else "",
            by_itself=_("Once you are connected, this page changes by itself.")
            if detail and step == current
            else "",
        )
        for step, (title, url, at, detail) in moments.items()
    ]
    moments_done = [at for (*_rest, at, _detail) in moments.values() if at]
    newest = max(moments_done, default=None)
    return Checklist(
        steps,
        just_completed=not current and newest is not None and timezone.now() - newest < CELEBRATION,
        can_undo=row.installed_at is not None and connected_at is None,
        works=works,
    )
