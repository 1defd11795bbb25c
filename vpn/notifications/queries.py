"""Reading deliveries: newest first, by key instead of page number."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Count

from vpn.notifications.models import Delivery, DeliveryStatus

PAGE_SIZE: Final = 50


@dataclass(frozen=True)
class DeliveryPage:
    deliveries: list[Delivery]
    newer: int | None
    older: int | None


@dataclass(frozen=True)
class Channels:
    """Who is told. ``webhook`` is only a host: the rest of its URL is a secret."""

    webhook: str
    emails: tuple[str, ...]

    @property
    def any(self) -> bool:
        return bool(self.webhook or self.emails)


def channels() -> Channels:
    webhook = urlsplit(settings.NOTIFY_WEBHOOK_URL).hostname or ""
    return Channels(webhook, tuple(dict.fromkeys(settings.NOTIFY_EMAILS)))


def page(*, status: str = "", before: int | None = None, after: int | None = None) -> DeliveryPage:
    rows = (
        Delivery.objects.filter(status=status) if status in DeliveryStatus.values else Delivery.objects.all()
    )
    if after is not None:
        found = list(rows.filter(pk__gt=after).order_by("pk")[: PAGE_SIZE + 1])
        more, found = len(found) > PAGE_SIZE, found[:PAGE_SIZE][::-1]
        return DeliveryPage(found, newer=found[0].pk if more else None, older=found[-1].pk if found else None)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows.order_by("-pk")[: PAGE_SIZE + 1])
    more, found = len(found) > PAGE_SIZE, found[:PAGE_SIZE]
    newer = found[0].pk if before is not None and found else None
    return DeliveryPage(found, newer=newer, older=found[-1].pk if more else None)


def counts() -> dict[str, int]:
    """How many there are of each status."""
    rows = Delivery.objects.values_list("status").annotate(Count("pk")).order_by()
    return dict.fromkeys(DeliveryStatus.values, 0) | dict(rows)
