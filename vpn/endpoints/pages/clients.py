"""Clients as an endpoint's page lists them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from vpn.connect_attempts.queries import EndpointClients
from vpn.connect_attempts.texts import client_text, system_text, upgrade_text
from vpn.connection_log.search.people import display_names

SHOWN: Final = 100


@dataclass(frozen=True)
class OutdatedClientRow:
    """Somebody who should upgrade; ``seen_at``: when the handler last saw the client."""

    username: str
    name: str
    client: str
    system: str
    why: str
    seen_at: datetime


def client_rows(clients: EndpointClients) -> list[OutdatedClientRow]:
    """At most SHOWN."""
    upgrades = clients.upgrades[:SHOWN]
    names = display_names(client.attempt.username for client in upgrades)
    return [
        OutdatedClientRow(
            username=client.attempt.username or client.attempt.common_name,
            name=names.get(client.attempt.username, ""),
            client=client_text(client.attempt),
            system=system_text(client.attempt),
            why=upgrade_text(client),
            seen_at=client.attempt.at,
        )
        for client in upgrades
    ]
