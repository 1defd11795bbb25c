"""What is searched for: values only. A search is also a query string, and the same one always the same."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from ipaddress import IPv4Network, IPv6Network
from typing import Final
from urllib.parse import urlencode

from django.db.models import TextChoices
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from vpn.connection_log.search.search_box import quote_term
from vpn.connection_log.units import duration_parameter, size_parameter

Network = IPv4Network | IPv6Network


class OutcomeFilter(TextChoices):
    """CONNECTED: now, as far as the log tells. FAILED includes UNFINISHED.

    ENDED includes connections that have ended, but whose end is not in the log.
    """

    CONNECTED = "connected", _("Connected")
    ENDED = "ended", _("Ended")
    FAILED = "failed", _("Failed")
    UNFINISHED = "unfinished", _("Sign-in not finished")


UNKNOWN_VERSION: Final = "unknown"


class PolicyFilter(TextChoices):
    """What the endpoint's authorization policy said last. CUT: it ended a connection that was under way."""

    PERMIT = "permit", _("Permitted")
    DENY = "deny", _("Denied")
    ERROR = "error", _("Could not be evaluated")
    CUT = "cut", _("Ended by the periodic check")


@dataclass(frozen=True)
class ConnectionSearch:
    """All conditions together; empty ones ask for nothing.

    ``since`` counts, ``until`` doesn't; both are moments of Connection.at. ``words``: each is found in the username,
    name or e-mail address of one person. ``person``: the whole username, in any case. ``address`` is a source IP or a
    VPN address, ``device_ip`` and ``client_ip`` one of them. ``reason`` is AWS's text, or
    vpn.connection_log.reasons.UNFINISHED. Seconds (of what has ended) and bytes (both directions together) are bounds
    that count. ``token``: AWS's reason why a device's token failed. ``client_version``: such as 6.0.3, or 6 for all
    that begin so; UNKNOWN_VERSION: none was told. A ``connection_id`` is found whatever the range.
    """

    since: datetime
    until: datetime
    words: tuple[str, ...] = ()
    person: str = ""
    address: Network | None = None
    device_ip: Network | None = None
    client_ip: Network | None = None
    connection_id: str = ""
    endpoint_id: str = ""
    outcome: OutcomeFilter | None = None
    reason: str = ""
    device_type: str = ""
    seconds_from: int | None = None
    seconds_to: int | None = None
    bytes_from: int | None = None
    bytes_to: int | None = None
    policy: PolicyFilter | None = None
    token: str = ""
    client_version: str = ""

    @property
    def only_tallied(self) -> bool:
        """Nothing is asked for but range, endpoint, outcome and reason: the tallies know how many there are."""
        return self == replace(
            ConnectionSearch(self.since, self.until),
            endpoint_id=self.endpoint_id,
            outcome=self.outcome,
            reason=self.reason,
        )

    @property
    def names_people(self) -> bool:
        return bool(self.words or self.person)

    @property
    def only_range(self) -> bool:
        return self == ConnectionSearch(self.since, self.until)


@dataclass(frozen=True)
class PagePosition:
    """Of a row in the list of all: each row has its own."""

    at: datetime
    connection_id: str


def query_string(search: ConnectionSearch) -> str:
    """The query string of /connections/ (and of the export) that asks for this search."""
    return urlencode(dict(parameters(search)))


def parameters(search: ConnectionSearch) -> Iterator[tuple[str, str]]:
    """As vpn.connection_log.search.forms reads them; conditions that ask for nothing are left out."""
    values = {
        "q": " ".join(_box(search)),
        "since": moment_text(search.since),
        "until": moment_text(search.until),
        "endpoint": search.endpoint_id,
        "status": search.outcome.value if search.outcome else "",
        "reason": search.reason,
        "source": _address(search.device_ip),
        "client": _address(search.client_ip),
        "device": search.device_type,
        "longer": "" if search.seconds_from is None else duration_parameter(search.seconds_from),
        "shorter": "" if search.seconds_to is None else duration_parameter(search.seconds_to),
        "more": "" if search.bytes_from is None else size_parameter(search.bytes_from),
        "policy": search.policy.value if search.policy else "",
        "token": search.token,
        "version": search.client_version,
        "less": "" if search.bytes_to is None else size_parameter(search.bytes_to),
    }
    return ((name, value) for name, value in values.items() if value)


def _box(search: ConnectionSearch) -> Iterator[str]:
    yield from (f"user:{quote_term(word)}" for word in search.words)
    if search.person:
        yield f"person:{quote_term(search.person)}"
    if search.address:
        yield _address(search.address)
    if search.connection_id:
        yield f"id:{search.connection_id}"


def _address(network: Network | None) -> str:
    if network is None:
        return ""
    alone = network.prefixlen == network.max_prefixlen
    return str(network.network_address) if alone else str(network)


def moment_text(at: datetime) -> str:
    """In the portal's time zone, as a datetime-local input has it; with its offset in an hour that comes twice."""
    # By way of UTC: "seven days before" may be in an hour that the clocks leave out.
    local = timezone.localtime(at.astimezone(UTC))
    twice = local.replace(fold=1 - local.fold).utcoffset() != local.utcoffset()
    shown = local if twice else local.replace(tzinfo=None)
    return shown.isoformat(timespec="seconds" if local.second else "minutes")
