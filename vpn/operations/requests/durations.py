"""How long something took, as pages of operations say it."""

from datetime import timedelta

from django.utils.translation import gettext as _


def format_duration(took: timedelta) -> str:
    """In the two largest units that are not zero: "4 min 10 s"."""
    seconds = max(0, round(took.total_seconds()))
    hours, minutes = seconds // 3600, seconds % 3600 // 60
    if hours:
        return _("%(hours)s h %(minutes)s min") % {"hours": hours, "minutes": minutes}
    if minutes:
        return _("%(minutes)s min %(seconds)s s") % {"minutes": minutes, "seconds": seconds % 60}
    return _("%(seconds)s s") % {"seconds": seconds}
