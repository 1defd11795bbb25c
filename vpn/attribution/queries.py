"""Who was connected at a moment: behind an address, from one, or somebody by name; from the stored connections."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import ip_address, ip_network
from typing import Any, Final

from django.db.models import Min, Q
from django.utils import timezone

from portal.addresses import Address
from portal.audit.targets import AuditTarget, TargetKind
from vpn.connection_log.coverage.queries import LogCoverage, coverage
from vpn.connection_log.models import CONNECTED, LONGEST_SESSION, Connection, ConnectionStatus
from vpn.connection_log.search.people import find_people
from vpn.connection_log.search.record import people_target
from vpn.endpoints.models import EgressAddressPeriod, Endpoint

# Drawn around the moment that is asked for, so that a reader sees who came just after, and who had just left
DRAWN_AROUND: Final = timedelta(minutes=30)
# AWS ends a session after 24 hours, and not to the second: the log may tell a little more.
LONGEST_LOGGED: Final = LONGEST_SESSION + timedelta(hours=1)
# Nobody reads more lanes; all are in the search that the page leads to.
MAX_LANES: Final = 200
EVERYBODY: Final = Q()


class AttributionKind(StrEnum):
    """What is asked about. A fixed address is everybody's at its endpoint, a VPN address one person's."""

    FIXED = "fixed"
    VPN = "vpn"
    SOURCE = "source"
    PERSON = "person"
    EVERYBODY = "everybody"


@dataclass(frozen=True)
class AttributionQuestion:
    """Who was connected from ``since`` to ``until``?

    ``address``: a fixed IP address, one within the VPN, or a source IP. ``words`` and ``person``: as in
    vpn.connection_log.search.conditions.ConnectionSearch. Without any of them, everybody. ``whole_minute``: ``at`` was
    given to the minute, so that any second of it may be meant.
    """

    at: datetime
    minutes: int
    whole_minute: bool = False
    address: Address | None = None
    words: tuple[str, ...] = ()
    person: str = ""

    @property
    def since(self) -> datetime:
        return self.at - timedelta(minutes=self.minutes)

    @property
    def until(self) -> datetime:
        """The first moment that isn't asked for."""
        if self.whole_minute and self.minutes == 0:
            return self.at + timedelta(minutes=1)
        # A moment of the log is a whole second.
        return self.at + timedelta(minutes=self.minutes, seconds=1)

    @property
    def target(self) -> AuditTarget | None:
        """Whom or what it is about, for the audit record. None: everybody."""
        if self.address:
            return AuditTarget(TargetKind.ADDRESS, str(self.address))
        return people_target(self.words, self.person)

    @property
    def details(self) -> dict[str, Any]:
        """What else the audit record has of it."""
        return {"at": self.at.isoformat(), "minutes": self.minutes}


@dataclass(frozen=True)
class AttributionResult:
    """``there``: connected at some time from ``since`` to ``until``; ``near``: not then, but close to it.

    ``coverage``: what the stored log knows of that time; only where it is complete does nobody there mean nobody.
    ``periods``: of a fixed address. ``recorded``: the portal knew then whose it was; otherwise the periods are the
    nearest ones. ``more``: there are more than are shown. ``unknown``: the portal knows neither such an address nor
    such a person.
    """

    kind: AttributionKind
    there: list[Connection]
    near: list[Connection]
    coverage: LogCoverage
    periods: list[EgressAddressPeriod] = field(default_factory=list)
    recorded: bool = True
    more: bool = False
    unknown: bool = False

    @property
    def usernames(self) -> list[str]:
        """Of everybody whose connections are shown."""
        return [connection.user.username for connection in (*self.there, *self.near) if connection.user]


def find(question: AttributionQuestion) -> AttributionResult:
    """Read from the stored connections only. May raise SearchTimeout inside ``limited()``."""
    if question.address:
        return _find_by_address(question, question.address)
    if not (question.words or question.person):
        return _result_among(EVERYBODY, question, AttributionKind.EVERYBODY)
    known = find_people(question.words, question.person)
    if not known:
        stored = coverage(question.since, question.until)
        return AttributionResult(AttributionKind.PERSON, there=[], near=[], coverage=stored, unknown=True)
    return _result_among(Q(user__in=known), question, AttributionKind.PERSON)


def _find_by_address(question: AttributionQuestion, address: Address) -> AttributionResult:
    """One that is neither fixed nor from within the VPN is where somebody may have connected from."""
    periods, recorded = _address_periods(question)
    if periods:
        ids = sorted({period.endpoint.endpoint_id for period in periods})
        result = _result_among(Q(endpoint_id__in=ids), question, AttributionKind.FIXED, endpoint_ids=ids)
        return replace(result, periods=periods, recorded=recorded)
    column = "client_ip" if address.version == 4 else "client_ip_v6"
    owners = _endpoints_with_client(address)
    # A network that was an endpoint's before may have been another's: then any endpoint's log may tell.
    result = _result_among(
        Q((column, str(address))), question, AttributionKind.VPN, endpoint_ids=owners or None
    )
    if result.there or result.near or owners:
        return result
    result = _result_among(Q(device_ip=str(address)), question, AttributionKind.SOURCE)
    return replace(result, unknown=not (result.there or result.near) and result.coverage.complete)


def _result_among(
    condition: Q,
    question: AttributionQuestion,
    kind: AttributionKind,
    *,
    endpoint_ids: list[str] | None = None,
) -> AttributionResult:
    """``endpoint_ids``: the only endpoints whose log can tell; None: any."""
    there = connections_during(condition, question.since, question.until)
    near = _near(condition, question, {row.connection_id for row in there}) if len(there) <= MAX_LANES else []
    stored = coverage(question.since, question.until, endpoint_ids=endpoint_ids)
    return AttributionResult(kind, there[:MAX_LANES], near, stored, more=len(there) > MAX_LANES)


def _address_periods(question: AttributionQuestion) -> tuple[list[EgressAddressPeriod], bool]:
    """Those of the time that is asked for; or else those that are nearest to it, and False."""
    address_periods = EgressAddressPeriod.objects.select_related("endpoint").filter(
        address=str(question.address)
    )
    then = address_periods.filter(since__lt=question.until).filter(
        Q(until=None) | Q(until__gt=question.since)
    )
    if periods := list(then.order_by("since")):
        return periods, True
    later = address_periods.filter(since__gte=question.until).order_by("since")[:1]
    earlier = address_periods.filter(until__lte=question.since).order_by("-until")[:1]
    return list(later) or list(earlier), False


def connections_during(
    condition: Q, since: datetime, until: datetime, *, limit: int = MAX_LANES + 1
) -> list[Connection]:
    """Newest first. Whoever was connected then had begun within LONGEST_LOGGED before, most of them lately."""
    connections = Connection.objects.select_related("user").filter(
        condition,
        Q(status=ConnectionStatus.OPEN) | Q(ended_at__gte=since) | Q(ended_at=None, latest_end_at__gt=since),
        status__in=CONNECTED,
        at__gte=since - LONGEST_LOGGED,
        at__lt=until,
    )
    return list(connections.order_by("-at", "-connection_id")[:limit])


def _near(condition: Q, question: AttributionQuestion, there: set[str]) -> list[Connection]:
    connections = connections_during(condition, question.at - DRAWN_AROUND, question.at + DRAWN_AROUND)
    return [row for row in connections if row.connection_id not in there][: MAX_LANES - len(there)]


def _endpoints_with_client(address: Address) -> list[str]:
    """The endpoints that give such an address to their clients."""
    blocks = Endpoint.objects.exclude(client_cidr_block="").values_list("endpoint_id", "client_cidr_block")
    return [
        endpoint_id
        for endpoint_id, block in blocks
        if ip_address(str(address)) in ip_network(block, strict=False)
    ]


def addresses_watched_since() -> datetime | None:
    """Since when every snapshot notes whose an egress IP is; None: there was no snapshot yet."""
    first: datetime | None = Endpoint.objects.aggregate(first=Min("first_seen_at"))["first"]
    return first


def latest_end(row: Connection) -> datetime:
    """When it ended, or what is the latest that it can have."""
    return row.ended_at or row.latest_end_at or timezone.now()
