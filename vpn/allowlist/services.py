"""Keeping the published addresses in step with the snapshots."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime

from django.conf import settings
from django.db import transaction

from vpn.allowlist import rules
from vpn.allowlist.models import (
    AddressState,
    PublicationEvent,
    PublicationKind,
    PublicationReason,
    PublishedAddress,
)
from vpn.endpoints.egress import EgressReason
from vpn.endpoints.models import EgressAddressPeriod, Endpoint

FACTS = ("state", "valid_from", "seen_at", "missing_since", "announced_until", "valid_until", "withdrawn_at")


@transaction.atomic
def publish(now: datetime, *, held: Mapping[int, frozenset[str]]) -> int:
    """Follow the last good snapshots of all endpoints; return how many lines the history got.

    ``held``: by the endpoint's primary key, see EndpointAddresses.
    """
    # Locked, so that two runs at once don't both write the same line.
    endpoints = Endpoint.objects.select_for_update(no_key=True, of=("self",)).select_related("account")
    return sum(
        _publish_endpoint(endpoint, held.get(endpoint.pk, frozenset()), now)
        for endpoint in endpoints.order_by("pk")
    )


def _publish_endpoint(endpoint: Endpoint, held: frozenset[str], now: datetime) -> int:
    published = list(PublishedAddress.objects.filter(endpoint=endpoint, withdrawn_at=None))
    seen = observe(endpoint, held)
    transitions: list[rules.AddressTransition] = []
    for row in published:
        facts, happened = rules.follow(_facts(row), seen, now)
        if facts != _facts(row):
            _save(row, facts)
        transitions += happened
    transitions += _publish_new(endpoint, published, seen, now)
    PublicationEvent.objects.bulk_create(event_for(endpoint, happened, now) for happened in transitions)
    return len(transitions)


def _publish_new(
    endpoint: Endpoint, published: list[PublishedAddress], seen: rules.EndpointAddresses, now: datetime
) -> list[rules.AddressTransition]:
    new = seen.present - {str(row.address) for row in published}
    if not new or seen.seen_at is None:
        return []
    is_first = not PublishedAddress.objects.filter(endpoint=endpoint).exists()
    transitions = []
    for address in sorted(new):
        facts, added = rules.new_address(
            address, seen, is_first=is_first, since=_seen_since(endpoint, address) or now
        )
        PublishedAddress.objects.create(endpoint=endpoint, **asdict(facts))
        transitions.append(added)
    return transitions


@transaction.atomic
def announce_address(endpoint: Endpoint, address: str, *, valid_from: datetime, now: datetime) -> None:
    """Publish an address before it is used. Raises ValueError: it is published already."""
    _lock(endpoint)
    if PublishedAddress.objects.filter(endpoint=endpoint, address=address, withdrawn_at=None).exists():
        raise ValueError(address)
    PublishedAddress.objects.create(
        endpoint=endpoint, address=address, state=AddressState.ANNOUNCED, valid_from=valid_from
    )
    _record(endpoint, address, PublicationKind.ANNOUNCED, now, valid_from)


@transaction.atomic
def announce_withdrawal(endpoint: Endpoint, address: str, *, until: datetime, now: datetime) -> None:
    """Say until when a published address is to be permitted. Raises ValueError: it isn't published."""
    _lock(endpoint)
    published = PublishedAddress.objects.filter(endpoint=endpoint, address=address, withdrawn_at=None)
    if not published.update(announced_until=until, valid_until=until):
        raise ValueError(address)
    _record(endpoint, address, PublicationKind.WITHDRAWAL_ANNOUNCED, now, until)


@transaction.atomic
def take_back(endpoint: Endpoint, address: str, *, now: datetime) -> None:
    """Undo an announcement: an address that was never seen goes, one that was to go stays."""
    _lock(endpoint)
    published = PublishedAddress.objects.filter(endpoint=endpoint, address=address, withdrawn_at=None)
    published.filter(state=AddressState.ANNOUNCED).update(valid_until=now, withdrawn_at=now)
    published.update(announced_until=None, valid_until=None)
    _record(endpoint, address, PublicationKind.CANCELLED, now)


def _lock(endpoint: Endpoint) -> None:
    """The schedule follows the snapshots each minute, and would write back what it read before the announcement."""
    Endpoint.objects.select_for_update(no_key=True).get(pk=endpoint.pk)


def _record(
    endpoint: Endpoint,
    address: str,
    kind: PublicationKind,
    now: datetime,
    effective_at: datetime | None = None,
) -> None:
    happened = rules.AddressTransition(address, kind, PublicationReason.PLANNED, effective_at)
    event_for(endpoint, happened, now).save()


def observe(endpoint: Endpoint, held: frozenset[str]) -> rules.EndpointAddresses:
    """What the rules need of the endpoint's last good snapshot."""
    declared = frozenset(settings.VPN_DECLARED_EGRESS.get(endpoint.endpoint_id, ()))
    exists = endpoint.vanished_at is None
    is_idle = exists and not any(
        target["status"] in {"associated", "associating"} for target in endpoint.target_networks
    )
    in_use = frozenset(map(str, endpoint.egress_ips)) if exists else frozenset()
    behind_vpc = _addresses_behind_vpc(endpoint)
    return rules.EndpointAddresses(
        in_use=in_use,
        on_standby=_on_standby(endpoint, declared, behind_vpc or frozenset()) if is_idle else frozenset(),
        declared=declared,
        grown_by_aws=_may_grow(endpoint),
        keeps_addresses=is_idle and behind_vpc is None,
        exists=exists,
        # When AWS listed the other endpoints without it, it is gone from then on.
        seen_at=endpoint.seen_at if exists else endpoint.vanished_at,
        held=held,
    )


def _on_standby(endpoint: Endpoint, declared: frozenset[str], behind_vpc: frozenset[str]) -> frozenset[str]:
    rows = PublishedAddress.objects.filter(endpoint=endpoint)
    return rules.standby_addresses(
        declared=declared,
        behind_vpc=behind_vpc,
        published={str(row.address) for row in rows if row.withdrawn_at is None},
        withdrawn={str(row.address) for row in rows if row.withdrawn_at is not None},
        was_used=EgressAddressPeriod.objects.filter(endpoint=endpoint).exists(),
    )


def _addresses_behind_vpc(endpoint: Endpoint) -> frozenset[str] | None:
    """Where the subnets of the endpoint's VPC lead to, whether or not it uses them; None: AWS hasn't told."""
    subnets = [
        subnet
        for subnet in endpoint.account.subnets
        if endpoint.vpc_id and subnet.get("vpc_id") == endpoint.vpc_id and "egress" in subnet
    ]
    if not subnets:
        return None
    return frozenset(address for subnet in subnets for address in subnet["egress"]["addresses"])


def _may_grow(endpoint: Endpoint) -> bool:
    """Whether a regional NAT gateway on the way may add addresses of AWS's by itself."""
    by_aws = {EgressReason.ADDRESS_MANAGED_BY_AWS.value, EgressReason.ADDRESSES_MAY_GROW.value}
    return any(by_aws & {*subnet["reasons"]} for subnet in endpoint.egress)


def _seen_since(endpoint: Endpoint, address: str) -> datetime | None:
    period = EgressAddressPeriod.objects.filter(endpoint=endpoint, address=address, until=None).first()
    return period.since if period else None


def _facts(row: PublishedAddress) -> rules.AddressFacts:
    values = {name: getattr(row, name) for name in FACTS}
    return rules.AddressFacts(address=str(row.address), **(values | {"state": AddressState(values["state"])}))


def _save(row: PublishedAddress, facts: rules.AddressFacts) -> None:
    for name in FACTS:
        setattr(row, name, getattr(facts, name))
    row.save(update_fields=FACTS)


def event_for(endpoint: Endpoint, happened: rules.AddressTransition, now: datetime) -> PublicationEvent:
    return PublicationEvent(
        endpoint=endpoint,
        address=happened.address,
        kind=happened.kind,
        reason=happened.reason,
        at=now,
        effective_at=happened.effective_at,
    )
