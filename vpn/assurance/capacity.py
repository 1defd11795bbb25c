"""R2, too: whether there is room for everybody on the day when nobody can work in the office. Early warnings."""

from collections import Counter
from ipaddress import ip_network
from typing import Any, Final

from django.utils.translation import gettext_noop as _

from vpn.assurance.facts import Facts
from vpn.assurance.part import PartResult, RequirementPart, fails, holds, warns
from vpn.assurance.snapshot_doubt import while_usable
from vpn.endpoints.models import Endpoint
from vpn.quotas.limits import ROUTES, RULES
from vpn.quotas.queries import concurrent_connections

# From this share on, somebody should see to it.
NEARLY: Final = 0.8
# AWS keeps a part of the client CIDR for availability, and recommends twice the people (what-is).
USABLE: Final = 0.5
# A subnet must have so many free addresses to be associated (what-is, "Rules and best practices").
FREE_NEEDED: Final = 20


@while_usable
def _client_addresses(facts: Facts, endpoint: Endpoint) -> PartResult | None:
    if not endpoint.client_cidr_block:
        return None
    room = int(ip_network(endpoint.client_cidr_block).num_addresses * USABLE)
    limit = concurrent_connections(endpoint, facts.limits[endpoint.account_id])
    room = min(room, limit.value) if limit.value else room
    connected = facts.connected.get(endpoint.pk, 0)
    values: dict[str, Any] = {"count": connected, "all": room, "cidr": endpoint.client_cidr_block}
    if connected >= room:
        return fails(
            _("Too little room: connections %(count)s of about %(all)s that fit (%(cidr)s)."),
            subjects=(endpoint.client_cidr_block,),
            **values,
        )
    if connected >= room * NEARLY:
        return warns(
            _("Too little room: connections %(count)s of about %(all)s that fit (%(cidr)s)."),
            subjects=(endpoint.client_cidr_block,),
            **values,
        )
    return holds(_("Connections now: %(count)s, of about %(all)s that fit (%(cidr)s)."), **values)


@while_usable
def _subnet_addresses(facts: Facts, endpoint: Endpoint) -> PartResult | None:
    associated = {row["subnet_id"] for row in endpoint.target_networks if row["status"] == "associated"}
    free = {
        subnet["subnet_id"]: int(subnet["free"])
        for subnet in endpoint.account.subnets
        if subnet["subnet_id"] in associated
    }
    if not free:
        return None
    scarce = sorted(subnet for subnet, count in free.items() if count < FREE_NEEDED)
    if scarce:
        return warns(
            _("Fewer than %(least)s free addresses in %(names)s: AWS needs as many."),
            subjects=tuple(scarce),
            names=scarce,
            least=FREE_NEEDED,
        )
    return holds(_("At least %(count)s free addresses in each subnet."), count=min(free.values()))


@while_usable
def _quotas(facts: Facts, endpoint: Endpoint) -> PartResult:
    limits = facts.limits[endpoint.account_id]
    routes = Counter(row["target_subnet"] for row in endpoint.routes)
    used = {
        "rules": (len(endpoint.authorization_rules), limits.limit(RULES).value),
        **{f"routes {subnet}": (count, limits.limit(ROUTES).value) for subnet, count in routes.items()},
    }
    near = sorted(name for name, (count, limit) in used.items() if count >= limit * NEARLY)
    if near:
        return warns(
            _("Nearly used up of AWS's quotas: %(names)s."),
            subjects=tuple(near),
            names=[f"{name} {used[name][0]}/{used[name][1]}" for name in near],
        )
    return holds(_("Rules and routes are well below AWS's quotas."))


@while_usable
def _clients(facts: Facts, endpoint: Endpoint) -> PartResult | None:
    """Only where the client connect handler tells which versions there are."""
    outdated = [
        row
        for row in facts.findings.get("client-outdated", ())
        if row.evidence.get("endpoint_id") == endpoint.endpoint_id
    ]
    if outdated:
        evidence = outdated[0].evidence
        return warns(
            _("%(count)s of %(all)s clients should be upgraded (%(names)s)."),
            subjects=tuple(evidence["versions"]),
            count=evidence["clients"],
            all=evidence["known"],
            names=evidence["versions"],
        )
    run = facts.rule_runs.get("client-outdated")
    if run is None or run.judged_at is None:
        return None
    return holds(_("No client is known that should be upgraded."))


PARTS: Final = (
    RequirementPart("client-addresses", _client_addresses),
    RequirementPart("subnet-addresses", _subnet_addresses),
    RequirementPart("quotas", _quotas),
    RequirementPart("client-versions", _clients),
)
