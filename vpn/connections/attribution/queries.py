"""Who was behind an address: from the stored connections, and from since when it has been whose."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from typing import Final

from django.db.models import Q, QuerySet
from django.utils import timezone

from portal.access.addresses import Address
from vpn.connections.models import CONNECTED, Connection, Status
from vpn.connections.search.conditions import LONGEST_SESSION
from vpn.endpoints.models import EgressAddressSpell, Endpoint

# Around the moment that is asked for, so that one sees who came just after, and who had just left
DRAWN: Final = timedelta(minutes=30)
# AWS ends a session after 24 hours, and not to the second: the log may tell a little more.
LONGEST_LOGGED: Final = LONGEST_SESSION + timedelta(hours=1)
# Nobody reads more lanes; all are in the search that the page leads to.
MOST: Final = 200


@dataclass(frozen=True)
class Question:
    """Who was behind ``address`` from ``since`` to ``until``?"""

    address: Address
    at: datetime
    minutes: int

    @property
    def since(self) -> datetime:
        return self.at - timedelta(minutes=self.minutes)

    @property
    def until(self) -> datetime:
        """A moment of the log is a whole second."""
        return self.at + timedelta(minutes=self.minutes, seconds=1)


@dataclass(frozen=True)
class Found:
    """``there``: connected at some time from ``since`` to ``until``; ``near``: not then, but close to it.

    ``spells`` is empty for a VPN address. ``recorded``: the portal knew then whose the address was; otherwise the
    spells are the nearest ones. ``more``: there are more than are shown. ``foreign``: it is neither kind of address.
    """

    there: list[Connection]
    near: list[Connection]
    spells: list[EgressAddressSpell]
    recorded: bool = True
    more: bool = False
    foreign: bool = False


def find(question: Question) -> Found:
    spells, recorded = _spells(question)
    if spells:
        ids = {spell.endpoint.endpoint_id for spell in spells}
        rows = Connection.objects.filter(endpoint_id__in=ids)
    else:
        column = "client_ip" if question.address.version == 4 else "client_ip_v6"
        rows = Connection.objects.filter(**{column: str(question.address)})
    there = list(connected(rows, question.since, question.until)[: MOST + 1])
    near = _near(rows, question, {row.connection_id for row in there}) if len(there) <= MOST else []
    foreign = not spells and not there and not near and not _is_vpn_address(question.address)
    return Found(there[:MOST], near, spells, recorded, more=len(there) > MOST, foreign=foreign)


def _spells(question: Question) -> tuple[list[EgressAddressSpell], bool]:
    """Those of the time that is asked for; or else those that are nearest to it, and False."""
    known = EgressAddressSpell.objects.select_related("endpoint").filter(address=str(question.address))
    then = known.filter(since__lt=question.until).filter(Q(until=None) | Q(until__gt=question.since))
    if found := list(then.order_by("since")):
        return found, True
    later = known.filter(since__gte=question.until).order_by("since")[:1]
    earlier = known.filter(until__lte=question.since).order_by("-until")[:1]
    return list(later) or list(earlier), False


def connected(rows: QuerySet[Connection], since: datetime, until: datetime) -> QuerySet[Connection]:
    """Whoever was connected then had begun within LONGEST_LOGGED before, most of them lately."""
    still = Q(ended_at__gte=since) | Q(ended_at=None, status=Status.OPEN, at__gte=since - LONGEST_SESSION)
    found = rows.filter(status__in=CONNECTED, at__gte=since - LONGEST_LOGGED, at__lt=until).filter(still)
    return found.select_related("user").order_by("-at", "-connection_id")


def _near(rows: QuerySet[Connection], question: Question, there: set[str]) -> list[Connection]:
    found = connected(rows, question.at - DRAWN, question.at + DRAWN)[: MOST + 1]
    return [row for row in found if row.connection_id not in there][: MOST - len(there)]


def _is_vpn_address(address: Address) -> bool:
    blocks = Endpoint.objects.exclude(client_cidr_block="").values_list("client_cidr_block", flat=True)
    return any(ip_address(str(address)) in ip_network(block, strict=False) for block in blocks)


def end_of(row: Connection) -> datetime:
    """When it ended, or what is the latest that it can have."""
    return row.ended_at or min(timezone.now(), row.at + LONGEST_SESSION)
