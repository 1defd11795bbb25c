"""Reading the snapshots. None of this asks AWS anything."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db.models import Count, F
from django.utils import timezone

from portal.access.models import User
from vpn.aws.snapshots import AuthorizationRule
from vpn.endpoints.authorization import rules_for
from vpn.endpoints.models import AwsAccount, Endpoint, LiveConnection, SiteToSiteVpn

# Of all endpoints, as a scalar subquery: another text whenever a row was added, changed or removed. PostgreSQL writes
# each change as a new version of the row, in another place (ctid) and by another transaction (xmin).
VERSIONS: Final = """(
    SELECT coalesce(string_agg(concat_ws(' ', id, xmin, ctid), ',' ORDER BY id), '') FROM vpn_endpoint
)"""
# After this many missed looks a snapshot is called old; ux: five minutes at the usual rhythm
STALE_LOOKS: Final = 5


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


@dataclass(frozen=True)
class PersonPresence:
    """A person's newest connection. ``known`` False: AWS hasn't been asked lately, or names no users."""

    known: bool
    connection: LiveConnection | None = None


def visible_endpoints() -> list[Endpoint]:
    """Those that AWS still has, as far as we know."""
    return list(Endpoint.objects.select_related("account").filter(vanished_at=None))


# What ever_seen_endpoints() read last, by the VERSIONS that it had; a process needs no more than one
_held: dict[str, list[Endpoint]] = {}


def ever_seen_endpoints(*, versions: str) -> list[Endpoint]:
    """With those that are gone from AWS: what a person's pages need of each, which is not all that AWS said.

    Everybody's requests get the same objects, until a row changes; nobody may change them. ``versions``: VERSIONS, as
    the caller has read them with what else it needs.
    """
    if (held := _held.get(versions)) is not None:
        return held
    found = list(Endpoint.objects.defer("settings", "tags", "target_networks", "routes", "egress"))
    _held.clear()
    _held[versions] = found
    return found


def known_endpoints() -> list[EndpointConnectionCount]:
    """All that were ever seen; those that are gone from AWS at the end."""
    found = Endpoint.objects.select_related("account").annotate(connected=Count("live_connections"))
    ordered = found.order_by(F("vanished_at").desc(nulls_first=True), "label", "endpoint_id")
    return [EndpointConnectionCount(endpoint, endpoint.connected) for endpoint in ordered]


def known_endpoint(endpoint_id: str) -> EndpointConnectionCount | None:
    found = Endpoint.objects.select_related("account").annotate(connected=Count("live_connections"))
    endpoint = found.filter(endpoint_id=endpoint_id).first()
    return EndpointConnectionCount(endpoint, endpoint.connected) if endpoint else None


def live_connections_of(endpoint: Endpoint, *, newest: int) -> list[LiveConnection]:
    """As of ``endpoint.connections_seen_at``."""
    newest_first = endpoint.live_connections.order_by(
        F("established_at").desc(nulls_last=True), "connection_id"
    )
    return list(newest_first[:newest])


def site_to_site_vpns_of(account: AwsAccount) -> list[SiteToSiteVpn]:
    return list(account.site_to_site_vpns.filter(vanished_at=None).order_by("name", "vpn_connection_id"))


def accounts() -> list[AwsAccount]:
    return list(AwsAccount.objects.order_by("name"))


def endpoints_for(user: User, *, among: Iterable[Endpoint]) -> list[AllowedEndpoint]:
    found = ((endpoint, rules_of(endpoint)) for endpoint in _visible(among))
    allowed = (AllowedEndpoint(endpoint, rules_for(rules, groups=user.groups)) for endpoint, rules in found)
    return [one for one in allowed if one.rules]


def rules_of(endpoint: Endpoint) -> list[AuthorizationRule]:
    return [AuthorizationRule(**fields) for fields in endpoint.authorization_rules]


@dataclass(frozen=True)
class EgressIps:
    """Each fixed egress IP and the label of its endpoint. ``ever_known``: one has been found, now or at some time."""

    labels: dict[str, str]
    ever_known: bool


def egress_ips_of(seen: Iterable[Endpoint]) -> EgressIps:
    """The same of endpoints that were read already."""
    ordered = sorted(seen, key=lambda one: one.label)
    labels = {ip: endpoint.label for endpoint in _visible(ordered) for ip in endpoint.egress_ips}
    return EgressIps(labels, ever_known=any(endpoint.egress_known_at is not None for endpoint in ordered))


def egress_ips() -> EgressIps:
    """As the last good look at each endpoint found them, however old it is."""
    rows = Endpoint.objects.order_by("label").values_list(
        "egress_ips", "label", "vanished_at", "egress_known_at"
    )
    labels = {ip: label for ips, label, vanished_at, _ in rows if vanished_at is None for ip in ips}
    return EgressIps(labels, ever_known=any(known_at is not None for *_, known_at in rows))


def is_stale(endpoint: Endpoint) -> bool:
    return endpoint.seen_at is None or endpoint.seen_at < timezone.now() - _lately()


def presence_of(live: LiveConnection | None, *, unnamed: bool, among: Iterable[Endpoint]) -> PersonPresence:
    """Whether a person is connected, from the last look at each endpoint.

    ``live``: the newest connection in that person's name; ``unnamed``: there are connections without any name.
    AWS promises a user name in DescribeClientVpnConnections for Active Directory only: where connections are listed
    without any name, nobody can be said to be away.
    """
    visible = {one.pk: one for one in _visible(among)}
    if live is not None and live.endpoint_id in visible:
        live.endpoint = visible[live.endpoint_id]
        if _is_fresh([live.endpoint]):
            return PersonPresence(known=True, connection=live)
    return PersonPresence(known=bool(visible) and not unnamed and _is_fresh(visible.values()))


def _visible(endpoints: Iterable[Endpoint]) -> list[Endpoint]:
    return [endpoint for endpoint in endpoints if endpoint.vanished_at is None]


def _is_fresh(endpoints: Iterable[Endpoint]) -> bool:
    since = timezone.now() - _lately()
    moments = [endpoint.connections_seen_at for endpoint in endpoints]
    return all(moment is not None and moment > since for moment in moments)


def _lately() -> timedelta:
    return timedelta(seconds=STALE_LOOKS * settings.SNAPSHOT_SECONDS)
