"""What is known of clients, from the newest attempts. None of this asks AWS.

For other features: ``find_attempt`` of one connection, ``find_attempts`` of many, ``latest_clients`` of a person,
``outdated_clients`` of an endpoint. Whoever isn't in them is unknown, which is never the same as up to date.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import QuerySet
from django.db.models.functions import Lower

from portal.access.accounts import accounts_named
from vpn.client_versions.releases import read_platform
from vpn.client_versions.upgrades import (
    ClientStatus,
    ClientUpgrade,
    client_status,
    needs_upgrade,
)
from vpn.connect_attempts.models import ConnectAttempt
from vpn.endpoints.models import Endpoint

# Who hasn't connected for so long may have another computer by now.
RECENT: Final = timedelta(days=30)


@dataclass(frozen=True)
class KnownClient:
    """What a person's newest attempt on one kind of system said. ``upgrade`` None: nothing is known against it."""

    attempt: ConnectAttempt
    status: ClientStatus
    upgrade: ClientUpgrade | None


@dataclass(frozen=True)
class EndpointClients:
    """``upgrades``: one for each person and system, of ``known`` in all; ``unknown`` told no version that is listed."""

    known: int
    unknown: int
    upgrades: list[KnownClient]


def find_attempt(connection_id: str) -> ConnectAttempt | None:
    """What the handler logged of a connection or a failed attempt; None: nothing that has been read."""
    return ConnectAttempt.objects.filter(connection_id=connection_id).first()


def find_attempts(connection_ids: Iterable[str]) -> dict[str, ConnectAttempt]:
    """The same of many, by connection id, in one query."""
    rows = ConnectAttempt.objects.filter(connection_id__in=list(connection_ids)).defer("raw")
    return {row.connection_id: row for row in rows}


def attempts_of(username: str, since: datetime) -> QuerySet[ConnectAttempt]:
    """One person's since then, newest first; AWS need not write the name in the same case."""
    rows = ConnectAttempt.objects.alias(lower=Lower("username")).filter(lower=username.lower(), at__gt=since)
    return rows.order_by("-at").defer("raw")


def latest_clients(usernames: Collection[str], now: datetime) -> list[KnownClient]:
    """A person's clients of the last RECENT: the newest attempt on each kind of system, newest first.

    ``usernames``: all names that the person has in the log; AWS need not write them in the same case.
    """
    names = {username.strip() for username in usernames} - {""}
    attempts = list(
        ConnectAttempt.objects.alias(lower=Lower("username"))
        .filter(lower__in={name.lower() for name in names}, at__gt=now - RECENT)
        .order_by("-at")
        .defer("raw")
    )
    if not attempts:
        return []
    accounts = accounts_named(names)
    people = {accounts.person_key(name) for name in names}
    return _newest_by_system(
        [attempt for attempt in attempts if accounts.person_key(attempt.username) in people]
    )


def outdated_clients(endpoint: Endpoint, now: datetime) -> EndpointClients:
    """Who should upgrade, of everybody who used this endpoint in the last RECENT."""
    attempts = (
        ConnectAttempt.objects.filter(endpoint_id=endpoint.endpoint_id, at__gt=now - RECENT)
        .order_by("-at")
        .defer("raw", "groups", "error")
    )
    clients = _newest_by_system(attempts.iterator(chunk_size=2000), endpoint)
    return EndpointClients(
        known=len(clients),
        unknown=sum(client.status == ClientStatus.UNKNOWN for client in clients),
        upgrades=sorted(
            (client for client in clients if client.upgrade), key=lambda client: client.attempt.username
        ),
    )


def _newest_by_system(
    attempts: Iterable[ConnectAttempt], endpoint: Endpoint | None = None
) -> list[KnownClient]:
    """``attempts``: newest first. Of two computers with the same system nothing tells which one an attempt was from."""
    by_name: dict[tuple[str, str], ConnectAttempt] = {}
    for attempt in attempts:
        system = read_platform(attempt.platform) or attempt.platform
        by_name.setdefault((attempt.username or attempt.common_name, system), attempt)
    # Only now, because attempts are far more than names
    accounts = accounts_named(name for name, _system in by_name)
    newest: dict[tuple[str, str], ConnectAttempt] = {}
    for (name, system), attempt in by_name.items():
        newest.setdefault((accounts.person_key(name), system), attempt)
    endpoints = _endpoints(newest.values()) if endpoint is None else {endpoint.endpoint_id: endpoint}
    return [judge_client(attempt, endpoints.get(attempt.endpoint_id)) for attempt in newest.values()]


def judge_client(attempt: ConnectAttempt, endpoint: Endpoint | None) -> KnownClient:
    """By the list of releases, and by what the endpoint that it connects to uses now."""
    client = attempt.client_version, attempt.platform, endpoint
    return KnownClient(attempt, client_status(*client), needs_upgrade(*client))


def _endpoints(attempts: Iterable[ConnectAttempt]) -> dict[str, Endpoint]:
    ids = {attempt.endpoint_id for attempt in attempts}
    return {row.endpoint_id: row for row in Endpoint.objects.filter(endpoint_id__in=ids, vanished_at=None)}
