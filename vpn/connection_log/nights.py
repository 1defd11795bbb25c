"""Connections that stayed open all night: pure. Whether they were forgotten or needed, the portal can't tell."""

from datetime import datetime, time, timedelta
from typing import Final

from django.utils import timezone

# From midnight to then, in TIME_ZONE: who works late has stopped, and who begins early hasn't begun.
NIGHT: Final = timedelta(hours=5)
# Whoever was connected reads it with their own connections at once; others see whose it was only after these days.
TOLD_FIRST: Final = timedelta(days=3)


def is_overnight(since: datetime, until: datetime) -> bool:
    """Whether it was open from midnight to five. No session of Client VPN is longer than a day, so it is one night."""
    next_day = timezone.localdate(since) + timedelta(days=1)
    midnight = timezone.make_aware(datetime.combine(next_day, time.min))
    return until >= midnight + NIGHT
