"""Ranges by one press: ``range=night`` in the query string stands for the ``since`` and ``until`` that it is now."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Final

from django.conf import settings
from django.http import QueryDict
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

PRESETS: Final[Mapping[str, Promise]] = {
    "hour": _("Last hour"),
    "day": _("24 hours"),
    "night": _("Last night"),
    "week": _("7 days"),
    "month": _("30 days"),
    "this-month": _("This month"),
    "last-month": _("Last month"),
    "all": _("Everything kept"),
}
DAYS: Final = {"week": 7, "month": 30}
HOURS: Final = {"hour": 1, "day": 24}
EVENING, MORNING = time(18), time(9)


def apply_preset(data: QueryDict) -> QueryDict:
    """``data`` with the range that it names; itself where it names none."""
    name = data.get("range", "")
    if name not in PRESETS:
        return data
    given = data.copy()
    given["since"], given["until"] = (
        f"{at:%Y-%m-%dT%H:%M}" for at in preset_range(name, timezone.localtime())
    )
    return given


def preset_range(name: str, now: datetime) -> tuple[datetime, datetime]:
    """``name``: of PRESETS. In the zone of ``now``, to the minute; days begin and end at midnight."""
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    tomorrow = today + timedelta(days=1)
    if name in HOURS:
        until = now.replace(second=0, microsecond=0) + timedelta(minutes=1)
        return until - timedelta(hours=HOURS[name]), until
    if name == "night":
        return datetime.combine(today - timedelta(days=1), EVENING, now.tzinfo), datetime.combine(
            today, MORNING, now.tzinfo
        )
    if name == "this-month":
        return today.replace(day=1), tomorrow
    if name == "last-month":
        # Whole months are what auditors report on; the first of this month belongs to it, so it is the end.
        return (today.replace(day=1) - timedelta(days=1)).replace(day=1), today.replace(day=1)
    days = DAYS.get(name, settings.LOG_RETENTION_DAYS)
    return tomorrow - timedelta(days=days), tomorrow
