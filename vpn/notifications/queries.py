"""Reading deliveries: newest first, by key instead of page number."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Count

from portal.paging import KeysetPage, keyset_page
from vpn.notifications.models import Delivery, DeliveryStatus


@dataclass(frozen=True)
class Channels:
    """Where messages go. ``webhook`` is only a host: the rest of its URL is a secret."""

    webhook: str
    emails: tuple[str, ...]

    @property
    def any(self) -> bool:
        return bool(self.webhook or self.emails)


def channels() -> Channels:
    webhook = urlsplit(settings.NOTIFY_WEBHOOK_URL).hostname or ""
    return Channels(webhook, tuple(dict.fromkeys(settings.NOTIFY_EMAILS)))


def page(*, status: str = "", before: str = "", after: str = "") -> KeysetPage[Delivery]:
    """``status``: only these; what is no status filters nothing."""
    deliveries = Delivery.objects.all()
    if status in DeliveryStatus.values:
        deliveries = deliveries.filter(status=status)
    return keyset_page(deliveries, ordering=("id",), before=before, after=after)


def counts() -> dict[str, int]:
    """How many there are of each status."""
    rows = Delivery.objects.values_list("status").annotate(Count("pk")).order_by()
    return dict.fromkeys(DeliveryStatus.values, 0) | dict(rows)
