"""What the verdict is made of, from our own database."""

from ipaddress import ip_address

from django.conf import settings

from vpn.egress.verdict import Known, Session
from vpn.endpoints import queries as endpoints
from vpn.endpoints.queries import Presence


def known() -> Known:
    ours = endpoints.egress_ips()
    return Known(
        egress={ip_address(ip): label for ip, label in ours.labels.items()},
        ever_known=ours.ever_known,
        offices=settings.OFFICE_NETWORKS,
        trusted_proxies=settings.TRUSTED_PROXIES,
    )


def session_of(presence: Presence) -> Session:
    """What a verdict needs of somebody's connection; AWS may not name users, and then nothing is known."""
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
