"""What stands in the way of taking a published address away: partners who permit it, and don't know."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from portal.text import join_words
from vpn.allowlist.models import AddressState, PublishedAddress
from vpn.endpoints.models import EgressAddressPeriod, Endpoint
from vpn.partners.models import AddressAnnouncement, AnnouncedDirection, Partner


class ObstacleKind(StrEnum):
    NOT_ANNOUNCED = "not-announced"
    NOT_ACKNOWLEDGED = "not-acknowledged"
    TOO_EARLY = "too-early"


@dataclass(frozen=True)
class WithdrawalObstacle:
    """``partners``: names of those who haven't acknowledged. ``url``: the page where an administrator goes on."""

    kind: ObstacleKind
    address: str
    url: str
    partners: tuple[str, ...] = ()
    effective_at: datetime | None = None


def partners_of(endpoint: Endpoint) -> list[Partner]:
    return list(Partner.objects.filter(endpoints=endpoint, removed_at=None))


def has_partners(endpoint: Endpoint) -> bool:
    return Partner.objects.filter(endpoints=endpoint, removed_at=None).exists()


def published_addresses(endpoint: Endpoint) -> tuple[str, ...]:
    published = PublishedAddress.objects.filter(endpoint=endpoint, withdrawn_at=None)
    return tuple(sorted(str(address) for address in published.values_list("address", flat=True)))


def addresses_kept(endpoint: Endpoint) -> tuple[str, ...]:
    """Those by which people have left, published while the endpoint has no network."""
    published = PublishedAddress.objects.filter(
        endpoint=endpoint, withdrawn_at=None, state=AddressState.STANDBY
    )
    standby = published.values_list("address", flat=True)
    used = EgressAddressPeriod.objects.filter(endpoint=endpoint, address__in=standby)
    return tuple(sorted({str(address) for address in used.values_list("address", flat=True)}))


def find_obstacles(
    endpoint: Endpoint, addresses: Iterable[str], *, begins_at: datetime | None = None
) -> list[WithdrawalObstacle]:
    """One at most for each address. ``begins_at`` None: that isn't decided yet, so the date is no obstacle."""
    partners = partners_of(endpoint)
    if not partners:
        return []
    found = (_obstacle(endpoint, address, partners, begins_at) for address in sorted(addresses))
    return [obstacle for obstacle in found if obstacle is not None]


def held_addresses() -> dict[int, frozenset[str]]:
    """Announced to go, and somebody who permits them hasn't acknowledged it; by the primary key of the endpoint."""
    announced = PublishedAddress.objects.filter(withdrawn_at=None).exclude(announced_until=None)
    addresses: dict[Endpoint, list[str]] = {}
    for row in announced.select_related("endpoint"):
        addresses.setdefault(row.endpoint, []).append(str(row.address))
    return {
        endpoint.pk: frozenset(obstacle.address for obstacle in find_obstacles(endpoint, going))
        for endpoint, going in addresses.items()
    }


def _obstacle(
    endpoint: Endpoint, address: str, partners: list[Partner], begins_at: datetime | None
) -> WithdrawalObstacle | None:
    announcement = _withdrawal(endpoint, address)
    if announcement is None:
        query = urlencode(
            {"endpoint": endpoint.endpoint_id, "address": address, "direction": AnnouncedDirection.WITHDRAW}
        )
        url = f"{reverse('announce_address')}?{query}"
        names = tuple(partner.name for partner in partners)
        return WithdrawalObstacle(ObstacleKind.NOT_ANNOUNCED, address, url, names)
    if announcement.overridden_at is not None:
        return None
    url = reverse("announcement", args=[announcement.pk])
    waiting = tuple(partner.name for partner in _without_acknowledgement(announcement, partners))
    if waiting:
        return WithdrawalObstacle(ObstacleKind.NOT_ACKNOWLEDGED, address, url, waiting)
    if begins_at is not None and begins_at < announcement.effective_at:
        return WithdrawalObstacle(
            ObstacleKind.TOO_EARLY, address, url, effective_at=announcement.effective_at
        )
    return None


def partners_waited_for(announcement: AddressAnnouncement) -> list[Partner]:
    """The endpoint's partners who haven't acknowledged, told or not."""
    return _without_acknowledgement(announcement, partners_of(announcement.endpoint))


def _without_acknowledgement(announcement: AddressAnnouncement, partners: list[Partner]) -> list[Partner]:
    """Also those who became partners after the announcement: they permit the address, too."""
    acknowledged = set(
        announcement.notices.exclude(acknowledged_at=None).values_list("partner_id", flat=True)
    )
    return [partner for partner in partners if partner.pk not in acknowledged]


def _withdrawal(endpoint: Endpoint, address: str) -> AddressAnnouncement | None:
    """The announcement that the address goes. One that was carried out says nothing of an address that came back."""
    published = PublishedAddress.objects.filter(endpoint=endpoint, address=address, withdrawn_at=None)
    if not published.exclude(announced_until=None).exists():
        return None
    announcements = AddressAnnouncement.objects.filter(endpoint=endpoint, address=address)
    withdrawals = announcements.filter(direction=AnnouncedDirection.WITHDRAW)
    return withdrawals.filter(cancelled_at=None, superseded_at=None).first()


def obstacle_text(obstacle: WithdrawalObstacle) -> str:
    """In the current language."""
    if obstacle.kind is ObstacleKind.TOO_EARLY and obstacle.effective_at is not None:
        text = _(
            "Partners were told that %(address)s goes on %(time)s. Let the operation begin then, or override it."
        )
        return text % {
            "address": obstacle.address,
            "time": date_format(timezone.localtime(obstacle.effective_at), "Y-m-d H:i"),
        }
    values = {"address": obstacle.address, "partners": join_words(obstacle.partners)}
    if obstacle.kind is ObstacleKind.NOT_ANNOUNCED:
        text = _(
            "These partners permit %(address)s, and haven't been told that it goes: %(partners)s. It can't be "
            "taken away until they have acknowledged."
        )
    else:
        text = _(
            "These partners permit %(address)s, and haven't acknowledged yet that it goes: %(partners)s. It can't be "
            "taken away until they have."
        )
    return text % values
