"""What was last seen, from the database only: pages never ask AWS. A source that is switched off offers less."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext, ngettext

from vpn.certificates.models import Certificate, CertificateKind
from vpn.certificates.pages import validity
from vpn.certificates.services import endpoint_certificates
from vpn.directory.models import DirectoryGroup
from vpn.directory.queries import current_directory, group_names
from vpn.endpoints.models import AwsAccount, Endpoint
from vpn.endpoints.places import transit_gateway_id, zones
from vpn.known_values.widgets import KnownValue, KnownValues
from vpn.operation_plans.context import known_log_groups
from vpn.operations.endpoint_settings import current_settings

# A browser filters these while one types; a company's whole directory would make each form slow.
MOST_OTHERS: Final = 1000


def known_endpoints(account: AwsAccount | None = None) -> list[Endpoint]:
    endpoints = Endpoint.objects.select_related("account").filter(vanished_at=None)
    return list(endpoints.filter(account=account) if account else endpoints)


def known_security_groups(endpoint: Endpoint) -> KnownValues:
    """Of the endpoint's VPC only: AWS takes no other's."""
    beside = known_endpoints(endpoint.account)
    return security_groups(other for other in beside if other.vpc_id == endpoint.vpc_id)


def security_groups(endpoints: Iterable[Endpoint]) -> KnownValues:
    return _used_by(endpoints, _groups_of)


# Nobody asks AWS for the VPC's other groups: that would take a permission that the reading role doesn't have.
def _groups_of(endpoint: Endpoint) -> Iterator[str]:
    yield from endpoint.settings.get("SecurityGroupIds", ())
    for network in endpoint.target_networks:
        yield from network.get("security_groups", ())


def vpcs(endpoints: Iterable[Endpoint]) -> KnownValues:
    return _used_by(endpoints, lambda endpoint: [endpoint.vpc_id] if endpoint.vpc_id else [])


def transit_gateways(endpoints: Iterable[Endpoint]) -> KnownValues:
    return _used_by(endpoints, lambda endpoint: filter(None, [transit_gateway_id(endpoint)]))


def availability_zones(endpoints: Iterable[Endpoint]) -> KnownValues:
    """By name: those of endpoints with a transit gateway, and of the subnets of the VPCs that have an endpoint."""
    return _used_by(endpoints, _zones_of)


def _zones_of(endpoint: Endpoint) -> Iterator[str]:
    yield from zones(endpoint)
    for network in endpoint.target_networks:
        if network.get("availability_zone"):
            yield network["availability_zone"]
    for subnet in endpoint.account.subnets:
        if subnet["vpc_id"] == endpoint.vpc_id:
            yield subnet["zone_name"]


def log_groups(endpoints: Iterable[Endpoint]) -> KnownValues:
    """Log groups of connection logs, also those that the portal has read and that no endpoint writes to any more."""
    endpoints = list(endpoints)
    used = _used_by(endpoints, lambda endpoint: filter(None, [endpoint.log_group]))
    offered = {known.value for known in used.values}
    accounts = {endpoint.account_id: endpoint.account for endpoint in endpoints}
    read = {name for account in accounts.values() for name in known_log_groups(account)} - offered
    return KnownValues((*used.values, *(KnownValue(name) for name in sorted(read))), used.seen_at)


def log_streams(endpoints: Iterable[Endpoint]) -> KnownValues:
    """Names of streams that somebody chose. AWS's own begin with the endpoint's id, and are nobody else's."""
    endpoints = list(endpoints)
    own = tuple(endpoint.endpoint_id for endpoint in endpoints)
    used = _used_by(
        endpoints, lambda endpoint: filter(None, [current_settings(endpoint.settings)["log_stream"]])
    )
    return KnownValues(tuple(known for known in used.values if not known.value.startswith(own)), used.seen_at)


def connect_handlers(endpoints: Iterable[Endpoint]) -> KnownValues:
    """ARNs of the Lambda functions that endpoints ask at each connection."""
    return _used_by(
        endpoints,
        lambda endpoint: filter(None, [current_settings(endpoint.settings)["client_connect_handler"]]),
    )


def _setting(endpoint: Endpoint, name: str) -> list[str]:
    text = str(current_settings(endpoint.settings)[name])
    return [text] if text else []


def known_subnets(accounts: Iterable[AwsAccount]) -> KnownValues:
    """Those of the VPCs that have an endpoint."""
    accounts = [account for account in accounts if account.subnets]
    several = len(accounts) > 1
    values = [
        KnownValue(
            subnet["subnet_id"],
            " · ".join([account.name, subnet_words(subnet)] if several else [subnet_words(subnet)]),
        )
        for account in accounts
        for subnet in sorted(account.subnets, key=lambda subnet: (subnet["vpc_id"], subnet["zone_name"]))
    ]
    times = [account.subnets_seen_at for account in accounts if account.subnets_seen_at]
    return KnownValues(tuple(values), min(times, default=None))


def subnet_words(subnet: Mapping[str, Any]) -> str:
    """Name, zone, network and free addresses."""
    free = gettext("%(count)s addresses free") % {"count": f"{subnet['free']:,}"}
    return " · ".join(part for part in (subnet["name"], subnet["zone_name"], subnet["cidr"], free) if part)


def certificates(endpoints: Iterable[Endpoint], kind: CertificateKind) -> KnownValues:
    """Server certificates or SAML providers that endpoints use, with until when they are valid."""
    endpoints = list(endpoints)
    used = _used_by(
        endpoints,
        lambda endpoint: [arn for its_kind, arn in endpoint_certificates(endpoint) if its_kind == kind],
    )
    accounts = {endpoint.account_id for endpoint in endpoints}
    looked_at = {
        certificate.reference: certificate
        for certificate in Certificate.objects.filter(account__in=accounts, kind=kind)
    }
    values = [
        KnownValue(known.value, " · ".join(_certificate_words(known, looked_at.get(known.value))))
        for known in used.values
    ]
    return KnownValues(tuple(values), used.seen_at)


def _certificate_words(known: KnownValue, certificate: Certificate | None) -> list[str]:
    # What was seen before the source was switched off says nothing about now.
    if certificate is None or "certificates" not in settings.VPN_SOURCES:
        return [known.words]
    _tone, text = validity(certificate, timezone.now())
    return [*([certificate.name] if certificate.name else []), text, known.words]


def groups(endpoints: Iterable[Endpoint]) -> KnownValues:
    """Groups of authorization rules and of GROUP_NAMES to choose from; the directory's others while one types."""
    names = group_names().by_id
    endpoints = list(endpoints)
    rules: dict[str, int] = defaultdict(int)
    for endpoint in endpoints:
        for rule in endpoint.authorization_rules:
            if rule["group_id"]:
                rules[rule["group_id"]] += 1
    # Those of rules first, since most rules are for a group that has one already; without a name they come last.
    first = sorted({*rules, *settings.GROUP_NAMES}, key=lambda group_id: (names.get(group_id, "~"), group_id))
    values = [
        KnownValue(group_id, _group_words(names.get(group_id, ""), rules[group_id])) for group_id in first
    ]
    directory = current_directory(timezone.now())
    others: tuple[KnownValue, ...] = ()
    if directory is not None:
        more = DirectoryGroup.objects.filter(directory=directory, vanished_at=None).exclude(
            group_id__in=first
        )
        rows = more.order_by("name").values_list("group_id", "name")[:MOST_OTHERS]
        others = tuple(KnownValue(group_id, name) for group_id, name in rows)
    return KnownValues(tuple(values), _oldest(endpoints), others)


def _group_words(name: str, rules: int) -> str:
    count = ngettext("%(count)s rule", "%(count)s rules", rules) % {"count": rules} if rules else ""
    return " · ".join(part for part in (name, count) if part)


def _used_by(endpoints: Iterable[Endpoint], values_of: Callable[[Endpoint], Iterable[str]]) -> KnownValues:
    """What endpoints have, each with the endpoints that have it: an id alone tells people nothing."""
    endpoints = list(endpoints)
    labels: dict[str, list[str]] = defaultdict(list)
    for endpoint in endpoints:
        for value in dict.fromkeys(values_of(endpoint)):
            labels[value].append(endpoint.label)
    separator = gettext(", ")
    values = [KnownValue(value, separator.join(used)) for value, used in sorted(labels.items())]
    return KnownValues(tuple(values), _oldest(endpoints))


def _oldest(endpoints: Iterable[Endpoint]) -> datetime | None:
    return min((endpoint.seen_at for endpoint in endpoints if endpoint.seen_at), default=None)
