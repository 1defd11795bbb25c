"""Telling beforehand of what was planned for a time of its own."""

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import override

from vpn.notifications.services import notify
from vpn.operations.engine.headings import heading_of
from vpn.operations.models import Operation


def announce(operation: Operation) -> None:
    """To the channels of notifications, once. People hear of it on their home page: vpn/home/notices.py."""
    with override(settings.LANGUAGE_CODE):
        at = date_format(timezone.localtime(operation.not_before), "DATETIME_FORMAT")
        heading = heading_of(operation)
        values = {"heading": heading, "at": at, "who": operation.requested_by_name}
        where = f" ({operation.endpoint.label})" if operation.endpoint else ""
        subject = _("Planned for %(at)s: %(heading)s") % values + where
        text = _("%(who)s has planned it. Reason: %(reason)s") % {**values, "reason": operation.reason}
    notify(
        subject=subject, text=text, url=operation.get_absolute_url(), key=f"operation:{operation.pk}:planned"
    )
