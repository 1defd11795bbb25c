"""Since when, and until when, an address has been an endpoint's: kept for as long as somebody may ask."""

from datetime import datetime

from vpn.endpoints.models import EgressAddressSpell, Endpoint


def note_addresses(endpoint: Endpoint, now: datetime) -> None:
    """Begin a spell for each address that is new, and end those of the addresses that are gone."""
    EgressAddressSpell.objects.filter(endpoint=endpoint, until=None).exclude(
        address__in=endpoint.egress_ips
    ).update(until=now)
    EgressAddressSpell.objects.bulk_create(
        [
            EgressAddressSpell(endpoint=endpoint, address=address, since=now)
            for address in endpoint.egress_ips
        ],
        ignore_conflicts=True,
    )


def end_spells_of_vanished(now: datetime) -> None:
    EgressAddressSpell.objects.filter(until=None).exclude(endpoint__vanished_at=None).update(until=now)
