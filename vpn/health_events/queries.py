"""Which events of AWS Health concern the VPN. None of this asks AWS."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Final

from django.core.cache import cache
from django.utils.translation import get_language

from vpn.endpoints.models import Endpoint, SiteToSiteVpn
from vpn.health_events.models import HealthEvent, HealthQueue, UnreadableMessage
from vpn.health_events.services import configured_queue

# AWS publishes no list of the codes of its services. These are of what people's way goes through.
SERVICES: Final = frozenset(
    {"VPN", "CLIENTVPN", "CLIENT_VPN", "VPC", "NATGATEWAY", "NAT_GATEWAY", "TRANSIT_GATEWAY"}
)
ISSUE: Final = "issue"
SHOWN: Final = 100
CACHE_KEY: Final = "aws-health-issues"
CACHE_SECONDS: Final = 10
# It is read every minute.
OLD: Final = timedelta(minutes=15)


def current_events(now: datetime) -> list[HealthEvent]:
    """What AWS hasn't closed, the newest first; nothing while it isn't read."""
    if configured_queue() is None:
        return []
    return [event for event in HealthEvent.objects.exclude(status="closed")[:SHOWN] if not event.is_over(now)]


def issues_for(endpoints: Collection[Endpoint], now: datetime) -> list[HealthEvent]:
    """Trouble that AWS reports of what these endpoints rest on."""
    # It is the same for everybody, and each open page would ask for it again.
    events: list[HealthEvent] | None = cache.get(CACHE_KEY)
    if events is None:
        events = [event for event in current_events(now) if event.category == ISSUE and concerns_vpn(event)]
        cache.set(CACHE_KEY, events, CACHE_SECONDS)
    if not events or not endpoints:
        return []
    regions = {endpoint.account.region for endpoint in endpoints}
    ids = _own_ids(endpoints)
    return [event for event in events if event.region in regions and _is_about(event, ids)]


def concerns_vpn(event: HealthEvent) -> bool:
    return event.service.upper() in SERVICES


def _own_ids(endpoints: Iterable[Endpoint]) -> set[str]:
    """Ids that an event may name: endpoints, their ways out, and lines to the office."""
    endpoints = list(endpoints)
    ids = {endpoint.endpoint_id for endpoint in endpoints} | {endpoint.vpc_id for endpoint in endpoints}
    ids |= {str(chain.get("via", "")) for endpoint in endpoints for chain in endpoint.egress}
    accounts = {endpoint.account_id for endpoint in endpoints}
    vpns = SiteToSiteVpn.objects.filter(account__in=accounts, vanished_at=None)
    ids |= set(vpns.values_list("vpn_connection_id", flat=True))
    return ids - {""}


def _is_about(event: HealthEvent, ids: Collection[str]) -> bool:
    # Without any it is about the whole Region.
    return not event.entities or any(entity.rpartition("/")[2] in ids for entity in event.entities)


def own_words(event: HealthEvent) -> str:
    """AWS's description, in the language of the page if AWS wrote it in that, too."""
    language = (get_language() or "en")[:2]
    texts = event.descriptions
    matching = next((text for name, text in texts.items() if name[:2].lower() == language), "")
    return matching or texts.get("en_US", "") or next(iter(texts.values()), "")


def queue_row() -> HealthQueue | None:
    configured = configured_queue()
    return HealthQueue.objects.filter(url=configured[0]).first() if configured else None


def unreadable_messages() -> list[UnreadableMessage]:
    return list(UnreadableMessage.objects.all()[:SHOWN])
