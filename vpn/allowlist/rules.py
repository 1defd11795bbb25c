"""What becomes of an address after a snapshot: pure. docs/allowlist.md explains the rules to the list's readers."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from vpn.allowlist.models import AddressState, PublicationKind, PublicationReason

# How long an address stays published that vanished without an announcement. An outage may last over night, and a
# partner who removed the address at once would lock everybody out when it is back. Not for longer: AWS may give a
# released address to somebody else.
GRACE: Final = timedelta(hours=24)


@dataclass(frozen=True)
class EndpointAddresses:
    """What the last good snapshot says of one endpoint, however old it is.

    ``in_use``: the internet sees them now. ``on_standby``: it will, once the endpoint is associated with a network.
    ``seen_at`` None: no snapshot yet, so that nothing may be concluded. ``keeps_addresses``: it has no network now
    (a standby, or paused), and AWS hasn't told where its subnets lead: an address that isn't shown isn't gone.
    ``held``: announced to go, and somebody who permits them hasn't acknowledged that yet.
    """

    in_use: frozenset[str]
    on_standby: frozenset[str]
    declared: frozenset[str]
    grown_by_aws: bool
    keeps_addresses: bool
    exists: bool
    seen_at: datetime | None
    held: frozenset[str]

    @property
    def present(self) -> frozenset[str]:
        return self.in_use | self.on_standby


@dataclass(frozen=True)
class AddressFacts:
    """The fields of PublishedAddress that the rules read and write."""

    address: str
    state: AddressState
    valid_from: datetime
    seen_at: datetime | None = None
    missing_since: datetime | None = None
    announced_until: datetime | None = None
    valid_until: datetime | None = None
    withdrawn_at: datetime | None = None


@dataclass(frozen=True)
class AddressTransition:
    """What happened to an address; it becomes a line of the history."""

    address: str
    kind: PublicationKind
    reason: PublicationReason
    effective_at: datetime | None = None


def new_address(
    address: str, seen: EndpointAddresses, *, is_first: bool, since: datetime
) -> tuple[AddressFacts, AddressTransition]:
    """An address that a snapshot has and the list hasn't. ``is_first``: the endpoint never had any in the list."""
    facts = AddressFacts(
        address=address, state=_present_state(address, seen), valid_from=since, seen_at=seen.seen_at
    )
    return facts, AddressTransition(
        address, PublicationKind.ADDED, _reason_added(address, seen, is_first=is_first)
    )


def _reason_added(address: str, seen: EndpointAddresses, *, is_first: bool) -> PublicationReason:
    if address in seen.declared:
        return PublicationReason.DECLARED
    if address in seen.on_standby:
        return PublicationReason.STANDBY
    if is_first:
        return PublicationReason.FIRST
    return PublicationReason.BY_AWS if seen.grown_by_aws else PublicationReason.UNPLANNED


def _present_state(address: str, seen: EndpointAddresses) -> AddressState:
    return AddressState.CURRENT if address in seen.in_use else AddressState.STANDBY


def follow(
    facts: AddressFacts, seen: EndpointAddresses, now: datetime
) -> tuple[AddressFacts, list[AddressTransition]]:
    """What a published address becomes. Without a good snapshot nothing changes: AWS's silence withdraws nothing."""
    if seen.seen_at is None:
        return facts, []
    if facts.address in seen.present:
        return _present(facts, seen, now)
    if facts.state == AddressState.ANNOUNCED:
        return _not_in_use_yet(facts, seen, now)
    if seen.keeps_addresses and facts.missing_since is None:
        return _kept(facts, seen, now)
    return _missing(facts, seen, now)


def _not_in_use_yet(
    facts: AddressFacts, seen: EndpointAddresses, now: datetime
) -> tuple[AddressFacts, list[AddressTransition]]:
    """Nobody has ever come from it, so it needs no day of grace."""
    if not seen.exists:
        return _withdrawn(facts, PublicationReason.ENDPOINT_GONE, now)
    if facts.announced_until is not None and facts.announced_until <= now:
        return _withdrawn(facts, PublicationReason.PLANNED, now)
    return facts, []


def _present(
    facts: AddressFacts, seen: EndpointAddresses, now: datetime
) -> tuple[AddressFacts, list[AddressTransition]]:
    state, announced = _present_state(facts.address, seen), facts.announced_until
    # Nobody uses it, so what was announced to go, goes; else a paused endpoint would keep it for ever. But a pause of
    # one night must not take away what somebody who permits it doesn't know of: people come from it in the morning.
    if state == AddressState.STANDBY and _goes_now(facts, seen, now):
        return _withdrawn(facts, PublicationReason.PLANNED, now)
    present = replace(
        facts,
        state=state,
        seen_at=seen.seen_at,
        missing_since=None,
        # Announced to go, overdue and still in use: whoever removed it would lock people out, so it has no end now.
        valid_until=announced if announced and announced > now else None,
    )
    if facts.state == AddressState.ANNOUNCED:
        valid_from = min(facts.valid_from, now)
        added = AddressTransition(facts.address, PublicationKind.ADDED, PublicationReason.PLANNED)
        return replace(present, valid_from=valid_from), [added]
    if facts.missing_since is not None:
        return present, [
            AddressTransition(facts.address, PublicationKind.RETURNED, PublicationReason.UNPLANNED)
        ]
    return present, []


def _kept(
    facts: AddressFacts, seen: EndpointAddresses, now: datetime
) -> tuple[AddressFacts, list[AddressTransition]]:
    if _goes_now(facts, seen, now):
        return _withdrawn(facts, PublicationReason.PLANNED, now)
    until = facts.announced_until if facts.announced_until and facts.announced_until > now else None
    return replace(facts, state=AddressState.STANDBY, valid_until=until), []


def _goes_now(facts: AddressFacts, seen: EndpointAddresses, now: datetime) -> bool:
    """Whether the announced time of an address that nobody uses has come, and nobody is to be waited for."""
    announced = facts.announced_until
    return announced is not None and announced <= now and facts.address not in seen.held


def _missing(
    facts: AddressFacts, seen: EndpointAddresses, now: datetime
) -> tuple[AddressFacts, list[AddressTransition]]:
    reason = PublicationReason.UNPLANNED if seen.exists else PublicationReason.ENDPOINT_GONE
    since = facts.missing_since or now
    announced = facts.announced_until
    # An announced end holds where it comes first: the address may be somebody else's soon.
    until = min(announced, since + GRACE) if announced else since + GRACE
    if announced and announced <= now:
        return _withdrawn(facts, PublicationReason.PLANNED, now)
    if until <= now:
        return _withdrawn(facts, reason, now)
    leaving = replace(facts, state=AddressState.LEAVING, missing_since=since, valid_until=until)
    if facts.missing_since is not None:
        return leaving, []
    return leaving, [AddressTransition(facts.address, PublicationKind.LEAVING, reason, until)]


def _withdrawn(
    facts: AddressFacts, reason: PublicationReason, now: datetime
) -> tuple[AddressFacts, list[AddressTransition]]:
    gone = replace(facts, state=AddressState.LEAVING, valid_until=now, withdrawn_at=now)
    return gone, [AddressTransition(facts.address, PublicationKind.WITHDRAWN, reason)]


def standby_addresses(
    *,
    declared: Collection[str],
    behind_vpc: Collection[str],
    published: Collection[str],
    withdrawn: Collection[str],
    was_used: bool,
) -> frozenset[str]:
    """The addresses that an endpoint without any network would have, once it is associated with one.

    ``behind_vpc``: where the subnets of its VPC lead to. Of those, an endpoint that was in use keeps the ones it had;
    one that never was has all, unless an administrator has declared which. ``withdrawn``: were published once.
    """
    if was_used:
        return frozenset(declared) | (frozenset(published) & frozenset(behind_vpc))
    return frozenset(declared or behind_vpc) - frozenset(withdrawn)
