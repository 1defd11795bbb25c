"""Reading the snapshots. None of this calls AWS."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db.models import Count, F
from django.utils import timezone

from portal.access.models import User
from vpn.aws import accounts
from vpn.aws.snapshots import AuthorizationRule
from vpn.endpoints.authorization import rules_for
from vpn.endpoints.models import AwsAccount, Endpoint, SiteToSiteVpn

# After this many missed snapshots, the last good one is called old: five minutes by default.
STALE_AFTER_SNAPSHOTS: Final = 5


@dataclass(frozen=True)
class AllowedEndpoint:
    """An endpoint that a person may use, and the rules that say so."""

    endpoint: Endpoint
    rules: list[AuthorizationRule]


@dataclass(frozen=True)
class EndpointConnectionCount:
    """An endpoint, and how many people were connected at ``endpoint.connections_seen_at``."""

    endpoint: Endpoint
    connected: int


def visible_endpoints() -> list[Endpoint]:
    """Those that AWS still has, as far as we know."""
    return list(Endpoint.objects.select_related("account").filter(vanished_at=None))


def all_endpoints() -> list[Endpoint]:
    """Those that are gone from AWS too, without the large columns that an employee's page never shows."""
    return list(Endpoint.objects.defer("settings", "tags", "target_networks", "routes", "egress"))


def known_endpoints() -> list[EndpointConnectionCount]:
    """All that were ever seen; those that are gone from AWS at the end."""
    counted = Endpoint.objects.select_related("account").annotate(connected=Count("live_connections"))
    ordered = counted.order_by(F("vanished_at").desc(nulls_first=True), "label", "endpoint_id")
    return [EndpointConnectionCount(endpoint, endpoint.connected) for endpoint in ordered]


def known_endpoint(endpoint_id: str) -> EndpointConnectionCount | None:
    counted = Endpoint.objects.select_related("account").annotate(connected=Count("live_connections"))
    endpoint = counted.filter(endpoint_id=endpoint_id).first()
    return EndpointConnectionCount(endpoint, endpoint.connected) if endpoint else None


def site_to_site_vpns(account: AwsAccount) -> list[SiteToSiteVpn]:
    return list(account.site_to_site_vpns.filter(vanished_at=None).order_by("name", "vpn_connection_id"))


def account_rows() -> list[AwsAccount]:
    return list(AwsAccount.objects.order_by("name"))


def unseen_account_names() -> list[str]:
    """Accounts that AWS has never answered for: nobody knows which endpoints there are, nor who is connected."""
    seen = set(AwsAccount.objects.exclude(seen_at=None).values_list("name", flat=True))
    return [account.name for account in accounts.configured() if account.name not in seen]


def endpoints_for(user: User, endpoints: Iterable[Endpoint]) -> list[AllowedEndpoint]:
    """Those of ``endpoints`` that AWS still has and whose authorization rules let this person in."""
    allowed = (
        AllowedEndpoint(endpoint, rules_for(authorization_rules(endpoint), groups=user.groups))
        for endpoint in endpoints
        if endpoint.vanished_at is None
    )
    return [candidate for candidate in allowed if candidate.rules]


def authorization_rules(endpoint: Endpoint) -> list[AuthorizationRule]:
    return [AuthorizationRule(**fields) for fields in endpoint.authorization_rules]


@dataclass(frozen=True)
class EgressAddresses:
    """Each egress IP and the label of its endpoint. ``ever_known``: there was one at some time, if not now."""

    labels: dict[str, str]
    ever_known: bool


def egress_addresses(endpoints: Iterable[Endpoint]) -> EgressAddresses:
    """As the last good snapshot of each endpoint has them, however old it is."""
    ordered = sorted(endpoints, key=lambda endpoint: endpoint.label)
    labels = {
        address: endpoint.label
        for endpoint in ordered
        if endpoint.vanished_at is None
        for address in endpoint.egress_ips
    }
    return EgressAddresses(labels, any(endpoint.egress_known_at is not None for endpoint in ordered))


def fingerprint(endpoints: Iterable[Endpoint]) -> str:
    """Another text as soon as something has changed that people are told, but not with every snapshot."""
    facts = [
        (
            endpoint.endpoint_id,
            endpoint.label,
            endpoint.status,
            endpoint.split_tunnel,
            endpoint.egress_ips,
            endpoint.configuration_hash,
            endpoint.authorization_rules,
            endpoint.vanished_at,
        )
        for endpoint in endpoints
    ]
    # Python's own hash() is another one in each process.
    return hashlib.blake2b(repr(facts).encode(), digest_size=6).hexdigest()


def is_stale(endpoint: Endpoint) -> bool:
    """Whether the last good snapshot is so old that pages call it out of date."""
    oldest = timezone.now() - timedelta(seconds=STALE_AFTER_SNAPSHOTS * settings.SNAPSHOT_SECONDS)
    return endpoint.seen_at is None or endpoint.seen_at < oldest
