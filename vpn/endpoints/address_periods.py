"""From when to when an address was an endpoint's egress IP: kept for as long as somebody may ask."""

from datetime import datetime

from vpn.endpoints.models import EgressAddressPeriod, Endpoint


def record_addresses(endpoint: Endpoint, now: datetime) -> None:
    """Begin a period for each address that is new, and end those of the addresses that are gone."""
    EgressAddressPeriod.objects.filter(endpoint=endpoint, until=None).exclude(
        address__in=endpoint.egress_ips
    ).update(until=now)
    # An address that has an open period keeps it: the unique constraint ignores the second one.
    EgressAddressPeriod.objects.bulk_create(
        [
            EgressAddressPeriod(endpoint=endpoint, address=address, since=now)
            for address in endpoint.egress_ips
        ],
        ignore_conflicts=True,
    )


def end_vanished_periods(now: datetime) -> None:
    """End the periods of endpoints that AWS no longer lists."""
    EgressAddressPeriod.objects.filter(until=None).exclude(endpoint__vanished_at=None).update(until=now)
