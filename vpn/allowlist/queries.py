"""Reading the list. None of this calls AWS."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from ipaddress import ip_address
from typing import Final

from django.db.models import Max
from django.utils import timezone

from portal.addresses import Address
from vpn.allowlist.models import AddressState, PublicationEvent, PublishedAddress
from vpn.endpoints.models import Endpoint
from vpn.endpoints.queries import is_stale

TOKEN_LENGTH: Final = 16


class MissingReason(StrEnum):
    """Why an endpoint has no address in the list. The ids are part of the format (docs/allowlist.md)."""

    NEVER_READ = "never-read"  # AWS lists the endpoint, and hasn't answered for the rest of it yet
    NO_FIXED_ADDRESS = "no-fixed-address"  # AWS was read, and there is none
    NO_ENDPOINT = "no-endpoint"  # no endpoint is known at all


@dataclass(frozen=True)
class ListedAddress:
    """A line of the list. ``seen_at``: the last good snapshot that had it; ``is_stale``: AWS hasn't answered lately."""

    address: Address
    endpoint_id: str
    endpoint: str
    region: str
    state: AddressState
    valid_from: datetime
    valid_until: datetime | None
    seen_at: datetime | None
    is_stale: bool

    @property
    def cidr(self) -> str:
        return f"{self.address}/{self.address.max_prefixlen}"

    def is_valid(self, now: datetime) -> bool:
        """Whether it should be permitted at ``now``."""
        return self.valid_from <= now and (self.valid_until is None or now < self.valid_until)


@dataclass(frozen=True)
class MissingEndpoint:
    endpoint_id: str
    endpoint: str
    reason: MissingReason


@dataclass(frozen=True)
class AllowList:
    """``lines`` are sorted by IP version, address and endpoint. ``changed_at``: of the content; None: it has none."""

    lines: tuple[ListedAddress, ...]
    missing: tuple[MissingEndpoint, ...]
    changed_at: datetime | None
    now: datetime

    @property
    def valid(self) -> list[ListedAddress]:
        return [line for line in self.lines if line.is_valid(self.now)]

    @property
    def valid_addresses(self) -> list[Address]:
        """Each once: two endpoints may leave by the same NAT gateway."""
        return list(dict.fromkeys(line.address for line in self.valid))

    @property
    def unknown_reason(self) -> MissingReason | None:
        """Why there is nothing to permit; None: there is something.

        An empty list would be applied by a machine as "permit nobody", so it is never published.
        """
        if self.valid:
            return None
        if self.lines:
            return MissingReason.NO_FIXED_ADDRESS
        reasons = [missing.reason for missing in self.missing]
        return reasons[0] if reasons else MissingReason.NO_ENDPOINT

    @cached_property
    def sync_token(self) -> str:
        """Another one if, and only if, the content is another: which address of which endpoint is to be permitted when.

        When an address was last seen is no part of it: that changes with every snapshot.
        """
        return _digest(
            (
                *(
                    (
                        str(line.address),
                        line.endpoint_id,
                        line.endpoint,
                        line.region,
                        line.state.value,
                        line.valid_from.isoformat(),
                        line.valid_until.isoformat() if line.valid_until else "",
                        line.is_valid(self.now),
                    )
                    for line in self.lines
                ),
                *((missing.endpoint_id, missing.reason.value) for missing in self.missing),
            )
        )

    @property
    def validator(self) -> str:
        """For the ETag: the token, and whether the knowledge is old, which a reader should learn too."""
        return _digest((self.sync_token, *(line.is_stale for line in self.lines)))


def _digest(facts: Iterable[object]) -> str:
    # Python's own hash() is another one in each process.
    return hashlib.sha256(repr(tuple(facts)).encode()).hexdigest()[:TOKEN_LENGTH]


def is_known(endpoint_id: str) -> bool:
    """Whether AWS has ever listed it."""
    # PostgreSQL refuses a text with NUL, and no id has one.
    return "\0" not in endpoint_id and Endpoint.objects.filter(endpoint_id=endpoint_id).exists()


def allow_list(endpoint_id: str = "") -> AllowList:
    """The list of one endpoint, or of all."""
    now = timezone.now()
    published = PublishedAddress.objects.filter(withdrawn_at=None).select_related("endpoint__account")
    endpoints = Endpoint.objects.filter(vanished_at=None)
    if endpoint_id:
        published = published.filter(endpoint__endpoint_id=endpoint_id)
        endpoints = endpoints.filter(endpoint_id=endpoint_id)
    rows = list(published)
    lines = sorted(
        (_line(row, now) for row in rows),
        key=lambda line: (line.address.version, line.address, line.endpoint_id),
    )
    listed = {line.endpoint_id for line in lines}
    return AllowList(
        lines=tuple(lines),
        missing=tuple(
            _missing(endpoint)
            for endpoint in endpoints.order_by("endpoint_id")
            if endpoint.endpoint_id not in listed
        ),
        changed_at=_changed_at(rows, endpoint_id, now),
        now=now,
    )


def _line(row: PublishedAddress, now: datetime) -> ListedAddress:
    endpoint = row.endpoint
    return ListedAddress(
        address=ip_address(str(row.address)),
        endpoint_id=endpoint.endpoint_id,
        endpoint=endpoint.label,
        region=endpoint.account.region,
        state=AddressState(row.state),
        valid_from=row.valid_from,
        valid_until=_end(row, now),
        seen_at=row.seen_at,
        is_stale=row.state != AddressState.ANNOUNCED and is_stale(endpoint),
    )


def _end(row: PublishedAddress, now: datetime) -> datetime | None:
    """Until when it should be permitted; None: that isn't known."""
    # Only the publisher knows whether an address that was announced to go has gone, and it runs each minute: until
    # then whoever removed an address that is still used would lock people out.
    is_kept = row.state in {AddressState.CURRENT, AddressState.STANDBY}
    return None if is_kept and row.valid_until is not None and row.valid_until <= now else row.valid_until


def _missing(endpoint: Endpoint) -> MissingEndpoint:
    # A snapshot that has an address, and a list that hasn't yet: the list follows within a minute.
    is_unread = endpoint.seen_at is None or bool(endpoint.egress_ips)
    reason = MissingReason.NEVER_READ if is_unread else MissingReason.NO_FIXED_ADDRESS
    return MissingEndpoint(endpoint.endpoint_id, endpoint.label, reason)


def _changed_at(rows: Iterable[PublishedAddress], endpoint_id: str, now: datetime) -> datetime | None:
    events = PublicationEvent.objects.all()
    if endpoint_id:
        events = events.filter(endpoint__endpoint_id=endpoint_id)
    newest: datetime | None = events.aggregate(newest=Max("at"))["newest"]
    # An announced moment that has come changes the list, too, without an event of its own.
    passed = [
        moment
        for row in rows
        # The publisher clears the end of an address that stays, and the list was another one from that moment on.
        for moment in (row.valid_from, row.valid_until, row.announced_until)
        if moment is not None and moment <= now
    ]
    return max([*passed, *([newest] if newest else [])], default=None)


def recent_events(limit: int) -> list[PublicationEvent]:
    return list(PublicationEvent.objects.select_related("endpoint")[:limit])
