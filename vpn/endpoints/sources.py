"""Why something that AWS could tell isn't known: the same words for every source of VPN_SOURCES."""

from datetime import datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext as _

from vpn.endpoints.models import SnapshotModel
from vpn.endpoints.reasons import error_text


def is_read(source: str) -> bool:
    return source in settings.VPN_SOURCES


def unknown_reason(source: str, row: SnapshotModel | None, now: datetime, *, old: timedelta) -> str:
    """Empty: it is known, and no older than ``old``."""
    if not is_read(source):
        return _("Reading this is switched off (VPN_SOURCES).")
    if row is None or row.attempted_at is None:
        return _("It will be read within minutes.")
    if row.error_id:
        return error_text(row.error_id, row.error_message)
    if row.seen_at is None or row.seen_at < now - old:
        return _("It hasn't been looked at lately.")
    return ""
