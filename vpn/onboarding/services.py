"""Recording when a person first completed a step of the checklist."""

from datetime import datetime

from django.utils import timezone

from portal.access.models import User
from vpn.onboarding.models import Onboarding


def tick_installed(*, actor: User) -> None:
    _tick(actor, "installed_at", timezone.now())


def untick_installed(*, actor: User) -> None:
    """Pressed by mistake, or on the wrong computer."""
    Onboarding.objects.filter(user=actor).update(installed_at=None)


def tick_connected(*, actor: User, at: datetime) -> None:
    """Seen in a snapshot of the live connections, or in the connection log; ``at`` is when it was established."""
    _tick(actor, "connected_at", at)


def tick_egress(*, actor: User) -> None:
    """A page of the portal was asked for through the fixed IP address."""
    _tick(actor, "egress_at", timezone.now())


def _tick(user: User, step: str, at: datetime) -> None:
    Onboarding.objects.get_or_create(user=user)
    # Two pages at once must not move the moment: only the first write finds the column empty.
    Onboarding.objects.filter(user=user, **{step: None}).update(**{step: at})
