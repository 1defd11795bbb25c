"""Maintenance of tunnels that AWS announces. None of this asks AWS."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from vpn.endpoints.models import SiteToSiteVpn
from vpn.endpoints.sources import is_read, unknown_reason
from vpn.tunnels.models import TunnelMaintenance

# They are looked at once an hour.
OLD: Final = timedelta(hours=3)


def pending_maintenance(now: datetime) -> list[TunnelMaintenance]:
    """Of tunnels that AWS still has; nothing while it isn't read."""
    if not is_read("tunnels"):
        return []
    rows = TunnelMaintenance.objects.select_related("vpn__account").filter(vpn__vanished_at=None)
    # One that couldn't be read lately may be over: nobody knows.
    current = rows.filter(seen_at__gt=now - OLD)
    return [row for row in current.order_by("applied_after", "pk") if row.is_pending(now)]


def maintenance_sentences(
    vpns: Collection[SiteToSiteVpn], now: datetime
) -> dict[tuple[int, str], tuple[str, str]]:
    """Tone and sentence about the maintenance of each tunnel, by the connection's key and the outside address."""
    rows = {(row.vpn_id, row.outside_ip): row for row in TunnelMaintenance.objects.filter(vpn__in=vpns)}
    keys = [(vpn.pk, tunnel["outside_ip"]) for vpn in vpns for tunnel in vpn.tunnels]
    return {key: _sentence(rows.get(key), now) for key in keys}


def _sentence(row: TunnelMaintenance | None, now: datetime) -> tuple[str, str]:
    reason = unknown_reason("tunnels", row, now, old=OLD)
    if row is None or reason:
        return "unknown", _("Maintenance by AWS: not known. %(reason)s") % {"reason": reason}
    if row.is_pending(now):
        return "warn", pending_text(row)
    if row.last_applied:
        return "ok", _("No maintenance is planned. AWS replaced its end last on %(time)s.") % {
            "time": format_moment(row.last_applied)
        }
    return "ok", _("No maintenance is planned.")


def pending_text(row: TunnelMaintenance) -> str:
    if row.applied_after is None:
        return _("AWS is about to replace its end (%(words)s), and doesn't say when.") % {
            "words": row.pending
        }
    return _("AWS replaces its end by itself after %(time)s, unless you do it before.") % {
        "time": format_moment(row.applied_after)
    }


def format_moment(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "SHORT_DATETIME_FORMAT")
