"""Whose connections these are, on every endpoint there is, asked of AWS now.

AWS promises a user name for Active Directory only. The connection log always has it, so a connection without a name is
looked up there by its id; one that neither names is counted as nobody's, and said to be.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from django.utils import timezone

from portal.access.accounts import accounts_named
from vpn.aws import accounts, client_vpn, snapshots
from vpn.aws.accounts import Account
from vpn.aws.errors import AwsError
from vpn.aws.session import ec2_client
from vpn.connection_log.models import Connection
from vpn.endpoints.models import Endpoint, LiveConnection
from vpn.live_connections.queries import current_connections

if TYPE_CHECKING:
    from vpn.aws.session import EC2Client

# The longest session is 24 hours; the log's partitions are by day.
LOGGED_WITHIN: Final = timedelta(days=3)
ENDED: Final = frozenset({"terminated"})


@dataclass(frozen=True)
class PersonConnections:
    """One endpoint's answer. ``theirs``: the wanted people's connections, ended ones of the last hour too.

    ``nobodys``: how many active ones have no name. ``error``: why it couldn't be asked; the rest is empty then.
    """

    endpoint_id: str
    label: str
    theirs: tuple[snapshots.ConnectionSnapshot, ...] = ()
    names: tuple[str, ...] = ()
    nobodys: int = 0
    error: AwsError | None = None

    @property
    def active(self) -> tuple[snapshots.ConnectionSnapshot, ...]:
        """Those that could be ended."""
        return tuple(
            connection for connection in self.theirs if connection.status in {"active", "failed-to-terminate"}
        )

    @property
    def ending(self) -> tuple[snapshots.ConnectionSnapshot, ...]:
        return tuple(connection for connection in self.theirs if connection.status == "terminating")

    def username_for(self, connection: snapshots.ConnectionSnapshot) -> str:
        return self.names[self.theirs.index(connection)]

    def recorded(self) -> dict[str, Any]:
        """As evidence: JSON, in AWS's words."""
        connections = [
            {
                "connection_id": connection.connection_id,
                "username": name,
                "status": connection.status,
                "client_ip": " ".join(
                    address
                    for address in (connection.client_ip, connection.client_ip_v6)
                    # AWS's word for one that there isn't
                    if address not in {"", "-"}
                ),
            }
            for connection, name in zip(self.theirs, self.names, strict=True)
        ]
        record: dict[str, Any] = {"label": self.label, "connections": connections, "nobodys": self.nobodys}
        if self.error:
            record["error"] = {"id": self.error.id, "code": self.error.code}
        return record


def clients() -> "Iterator[tuple[Account, EC2Client | None, AwsError | None]]":
    """Each account with a client that may change it, or with why there is none. Closed when the next is asked for."""
    for account in accounts.configured():
        with ExitStack() as stack:
            try:
                client = stack.enter_context(ec2_client(account, operate=True))
            except AwsError as error:
                yield account, None, error
                continue
            yield account, client, None


def find(usernames: Iterable[str]) -> Iterator[tuple["EC2Client | None", PersonConnections]]:
    """On each endpoint that AWS still has; the client is for ending what was found there."""
    wanted = frozenset(usernames)
    for account, client, error in clients():
        known = Endpoint.objects.filter(account__name=account.name, vanished_at=None).order_by(
            "label", "endpoint_id"
        )
        for endpoint in known:
            if client is None:
                yield None, PersonConnections(endpoint.endpoint_id, endpoint.label, error=error)
            else:
                yield client, _on(client, endpoint, wanted)


def _on(client: "EC2Client", endpoint: Endpoint, wanted: frozenset[str]) -> PersonConnections:
    try:
        listed = client_vpn.connections(client, endpoint_id=endpoint.endpoint_id)
    except AwsError as error:
        return PersonConnections(endpoint.endpoint_id, endpoint.label, error=error)
    named = connection_usernames(listed)
    ids = _ids_of_people(wanted, named)
    theirs = [connection for connection in listed if connection.connection_id in ids]
    nobodys = [
        connection
        for connection in listed
        if connection.status == "active" and connection.connection_id not in named
    ]
    return PersonConnections(
        endpoint.endpoint_id,
        endpoint.label,
        tuple(theirs),
        tuple(named[connection.connection_id] for connection in theirs),
        len(nobodys),
    )


def connection_usernames(
    connections: Iterable[snapshots.ConnectionSnapshot | LiveConnection],
) -> dict[str, str]:
    """User name by connection id: what AWS says, or what the log says; else the certificate's name."""
    listed = list(connections)
    nameless = [connection.connection_id for connection in listed if not connection.username]
    by_id = _logged(nameless) if nameless else {}
    names = {
        connection.connection_id: connection.username
        or by_id.get(connection.connection_id, "")
        or connection.common_name
        for connection in listed
    }
    return {connection_id: name for connection_id, name in names.items() if name}


def _logged(connection_ids: list[str]) -> dict[str, str]:
    rows = Connection.objects.filter(
        connection_id__in=connection_ids, at__gte=timezone.now() - LOGGED_WITHIN, user__isnull=False
    )
    return dict(rows.values_list("connection_id", "user__username"))


def live_connections(usernames: Iterable[str]) -> list[LiveConnection]:
    """These people's connections at the last look, on every endpoint. Without asking AWS: for pages."""
    live = list(current_connections())
    theirs = _ids_of_people(frozenset(usernames), connection_usernames(live))
    return [connection for connection in live if connection.connection_id in theirs]


def _ids_of_people(wanted: frozenset[str], named: Mapping[str, str]) -> set[str]:
    """Of the connections in ``named`` (usernames by connection id), those that are the wanted people's."""
    # Accounts of both sides: a name that AWS spells otherwise than one account may be another's.
    accounts_by_name = accounts_named([*wanted, *named.values()])
    keys = {accounts_by_name.person_key(username) for username in wanted}
    return {
        connection_id
        for connection_id, username in named.items()
        if accounts_by_name.person_key(username) in keys
    }
