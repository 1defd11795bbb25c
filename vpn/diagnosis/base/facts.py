"""Everything that the layers look at, read once from the portal's own database: no layer asks for anything itself."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone

from portal.access.models import User
from vpn.certificates.models import Certificate
from vpn.certificates.queries import certificates_for
from vpn.client_versions.releases import read_platform
from vpn.connect_attempts.models import ConnectAttempt
from vpn.connect_attempts.queries import KnownClient, latest_clients
from vpn.connection_log.freshness import Freshness, freshness
from vpn.connection_log.models import CONNECTED, FAILURES, Connection, ConnectionStatus
from vpn.connection_log.search.people import person_entries
from vpn.diagnosis.base.blocks import Block, find_block
from vpn.diagnosis.base.log_signs import count_neighbours, find_cut_name, find_handler_line
from vpn.diagnosis.base.metric_signs import MetricSigns, find_metric_signs
from vpn.diagnosis.base.others import OthersAtEndpoint, find_others
from vpn.diagnosis.base.progress import RECENT, Progress, Reached, find_progress
from vpn.diagnosis.base.symptoms import Told
from vpn.directory.queries import current_directory, known_usernames, left_usernames
from vpn.egress.models import EgressCheck
from vpn.egress.user_agent import MOBILE
from vpn.endpoints.models import Endpoint
from vpn.endpoints.presence import PersonPresence, find_presence, is_list_fresh
from vpn.health_events.models import HealthEvent
from vpn.health_events.queries import issues_for
from vpn.profiles.queries import PersonDownloads, Profile, downloads_by, profiles_for

ATTEMPTS_WITHIN: Final = timedelta(days=30)
MAX_ATTEMPTS: Final = 50
# Whoever calls has tried within this time.
JUST_TRIED: Final = timedelta(minutes=15)
# A new connection may be missing from AWS's list for so long.
LIST_DELAY: Final = timedelta(minutes=3)


@dataclass(frozen=True)
class PersonFacts:
    """One person, as known at ``now``.

    ``user`` None: never signed in to the portal, so that groups, downloads and checks aren't known. ``attempts``:
    connections and attempts of ATTEMPTS_WITHIN, newest first, first legs of sign-ins included. ``endpoint``: the one
    that the question is about; None where nothing tells. ``certificates``: those that it rests on. ``connected``: how
    many are connected to it, None where AWS's list is old. ``in_directory`` None: not known. ``handler``: what the
    client connect handler logged of the newest attempt; ``clients``: those that it saw of the person lately, newest
    first. ``health``: trouble that AWS Health reports of the endpoint; ``metrics``: what CloudWatch counted at it.
    ``told``: what the person says. ``cut_name``: a name in AWS's log that is the beginning of the person's and nobody
    else's. ``neighbours``: others who used the same kind of computer from the person's address lately.
    ``address_since``: since when the address of the person's check is the endpoint's; None where it is no newer
    than the endpoint.
    """

    now: datetime
    username: str
    user: User | None
    endpoints: Sequence[Endpoint]
    endpoint: Endpoint | None
    profiles: Sequence[Profile]
    downloads: PersonDownloads
    presence: PersonPresence
    attempts: Sequence[Connection]
    check: EgressCheck | None
    progress: Progress
    others: OthersAtEndpoint
    certificates: Sequence[Certificate]
    block: Block | None
    handler: ConnectAttempt | None
    connected: int | None
    in_directory: bool | None
    address_since: datetime | None
    log: Freshness
    clients: Sequence[KnownClient] = ()
    health: Sequence[HealthEvent] = ()
    metrics: MetricSigns = field(default_factory=MetricSigns)
    told: Told = field(default_factory=Told)
    cut_name: str = ""
    neighbours: int = 0

    @property
    def is_connected(self) -> bool:
        """Now, as far as is known: by AWS's list; where that is old, by the log; or by the person's own check."""
        attempt = self.progress.attempt
        if self.presence.active or self._checked_since:
            return True
        is_open = attempt is not None and attempt.status == ConnectionStatus.OPEN
        return is_open and self.presence.active is None

    @property
    def _checked_since(self) -> bool:
        """Whether a check came through the VPN after all that says that the connection is over.

        This morning's says nothing of now: everybody may have been cut off at noon.
        """
        at, attempt, listed_at = self.progress.at, self.progress.attempt, self.presence.seen_at
        if self.progress.reached is not Reached.EGRESS or at is None:
            return False
        if attempt is not None and attempt.status == ConnectionStatus.ENDED:
            over_at = attempt.ended_at or attempt.latest_end_at
            if over_at is not None and at <= over_at:
                return False
        return listed_at is None or at >= listed_at - LIST_DELAY

    @property
    def is_history(self) -> bool:
        """Whether the newest attempt is from before the log fell behind: there may be a newer one by now."""
        attempt = self.progress.attempt
        return attempt is not None and self.log.stale and attempt.at < self.now - JUST_TRIED

    @property
    def unlogged(self) -> ConnectAttempt | None:
        """What the handler logged of an attempt that the connection log doesn't have, or not yet."""
        handler, attempt = self.handler, self.progress.attempt
        if handler is None or (attempt is not None and attempt.connection_id == handler.connection_id):
            return None
        return handler

    @property
    def profile(self) -> Profile | None:
        """The person's profile for ``endpoint``."""
        return next((profile for profile in self.profiles if profile.endpoint == self.endpoint), None)

    @property
    def fresh_check(self) -> EgressCheck | None:
        """The person's connection check, if it says something of the newest attempt: it came after that."""
        if self.check is None or self.check.checked_at < self.now - RECENT:
            return None
        attempt = self.progress.attempt
        if attempt is not None and attempt.at > self.check.checked_at:
            return None
        return None if self.other_device else self.check

    @property
    def other_device(self) -> str:
        """The system of the check, where it isn't the one that connects; empty: nothing says so."""
        if self.check is None or not self.check.system:
            return ""
        if self.check.system in MOBILE:
            return self.check.system
        attempt = self.progress.attempt
        checked, connected = (
            read_platform(self.check.system),
            read_platform(attempt.device_type if attempt else ""),
        )
        return self.check.system if checked and connected and checked is not connected else ""


def person_facts(username: str, told: Told | None = None) -> PersonFacts:
    """``username`` as the portal or the connection log has it; ``told``: what the person says."""
    now = timezone.now()
    user = User.objects.named(username).first()
    # With all columns: layers look at routes, rules and settings.
    endpoints = list(Endpoint.objects.select_related("account"))
    downloads = downloads_by(user) if user else PersonDownloads({}, None)
    profiles = profiles_for(user, endpoints, downloads) if user else []
    check = EgressCheck.objects.filter(user=user).first() if user else None
    entries = person_entries(username).ids
    attempts = _attempts(entries, check, now)
    presence = find_presence(username, endpoints=endpoints)
    endpoint = _endpoint_in_question(endpoints, presence, attempts, downloads, profiles)
    progress = find_progress(attempts, check, presence, now=now)
    return PersonFacts(
        now=now,
        username=username,
        user=user,
        endpoints=endpoints,
        endpoint=endpoint,
        profiles=profiles,
        downloads=downloads,
        presence=presence,
        attempts=attempts,
        check=check,
        progress=progress,
        others=find_others(endpoint, progress.attempt, own=entries, now=now)
        if endpoint
        else OthersAtEndpoint(),
        certificates=certificates_for(endpoint) if endpoint else [],
        block=_block_in_force(username, attempts, now),
        handler=find_handler_line(username, progress, now),
        connected=endpoint.live_connections.count() if endpoint and is_list_fresh(endpoint) else None,
        in_directory=_in_directory({username, user.email if user else ""}, now),
        address_since=_address_since(endpoint, check),
        log=freshness(),
        clients=latest_clients([username], now),
        health=issues_for([endpoint], now) if endpoint else (),
        metrics=find_metric_signs(endpoint, now) if endpoint else MetricSigns(),
        told=told or Told(),
        cut_name=find_cut_name(username, now),
        neighbours=count_neighbours(progress.attempt, entries, now),
    )


def _attempts(entries: Collection[int], check: EgressCheck | None, now: datetime) -> list[Connection]:
    rows = Connection.objects.filter(user__in=entries, at__gt=now - ATTEMPTS_WITHIN)
    named = list(rows.select_related("user").order_by("-at", "-connection_id")[:MAX_ATTEMPTS])
    nameless = _nameless_failures(named, entries, check, now)
    return sorted((*named, *nameless), key=lambda attempt: (attempt.at, attempt.connection_id), reverse=True)


def _nameless_failures(
    named: Sequence[Connection], entries: Collection[int], check: EgressCheck | None, now: datetime
) -> list[Connection]:
    """Those from the person's own network: until the assertion has come, AWS's log has an address and no name.

    Not from an address that others connect from as well: an office, a hotel, a mobile carrier.
    """
    since = now - RECENT
    addresses = {attempt.device_ip for attempt in named if attempt.at > since and attempt.device_ip}
    if check is not None and check.checked_at > since and check.address:
        addresses.add(check.address)
    rows = Connection.objects.filter(device_ip__in=addresses, at__gt=since)
    shared = rows.filter(user__isnull=False).exclude(user__in=entries).values("device_ip")
    failures = rows.filter(user=None, status__in=FAILURES).exclude(device_ip__in=shared)
    return list(failures.order_by("-at")[:MAX_ATTEMPTS])


def _block_in_force(username: str, attempts: Sequence[Connection], now: datetime) -> Block | None:
    """None as well where the person has connected since: whatever was blocked isn't what keeps them out."""
    block = find_block(username, now=now)
    since = block.operation.started_at if block else None
    let_in = [attempt for attempt in attempts if attempt.status in CONNECTED]
    return None if since and let_in and let_in[0].at > since else block


def _in_directory(names: Iterable[str], now: datetime) -> bool | None:
    """False only of somebody who was in it: others may have names there that nobody here knows."""
    directory = current_directory(now)
    if directory is None:
        return None
    wanted = {name for name in names if name}
    if known_usernames(directory, wanted):
        return True
    return False if left_usernames(directory, wanted) else None


def _endpoint_in_question(
    endpoints: Sequence[Endpoint],
    presence: PersonPresence,
    attempts: Sequence[Connection],
    downloads: PersonDownloads,
    profiles: Sequence[Profile],
) -> Endpoint | None:
    """Where the person is connected; what was tried or downloaded last; else the one to begin with."""
    known = {endpoint.endpoint_id: endpoint for endpoint in endpoints}
    if presence.active and presence.endpoint_id in known:
        return known[presence.endpoint_id]
    attempt, download = next(iter(attempts), None), downloads.newest
    if attempt and attempt.endpoint_id in known:
        # Whoever took a profile long after the last attempt is about to use that.
        is_history = download is not None and download.downloaded_at > attempt.at + RECENT
        if not is_history:
            return known[attempt.endpoint_id]
    if download is not None:
        return next((endpoint for endpoint in endpoints if endpoint.pk == download.endpoint_id), None)
    # Of several the one to begin with; where none works, the first is as good as any.
    ordered = sorted(profiles, key=lambda profile: not profile.suggested)
    return ordered[0].endpoint if ordered else None


def _address_since(endpoint: Endpoint | None, check: EgressCheck | None) -> datetime | None:
    if endpoint is None or check is None:
        return None
    periods = endpoint.egress_address_periods
    period = periods.filter(address=check.address, until=None).first()
    # With its first address the endpoint itself is new: nobody can have allowed another one of it.
    return period.since if period and periods.filter(since__lt=period.since).exists() else None
