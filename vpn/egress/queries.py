"""What the verdict is made of, from our own database."""

from ipaddress import ip_address

from django.conf import settings

from portal.access.models import User
from vpn.egress.verdict import Known, Session
from vpn.endpoints import queries as endpoints


def known() -> Known:
    return Known(
        egress={ip_address(ip): label for ip, label in endpoints.egress_ips().items()},
        offices=settings.OFFICE_NETWORKS,
        trusted_proxies=settings.TRUSTED_PROXIES,
    )


def session_of(user: User) -> Session:
    """This person's connection as the last snapshot has it; AWS may not name users, and then nothing is known."""
    presence = endpoints.presence_of(user)
    if presence.connection is None:
        return Session(active=False if presence.known else None)
    endpoint = presence.connection.endpoint
    return Session(
        active=True,
        split_tunnel=endpoint.split_tunnel,
        label=endpoint.label,
        since=presence.connection.established_at,
        seen_at=endpoint.connections_seen_at,
    )
