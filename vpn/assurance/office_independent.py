"""R2: it works while the office network is down, and on the day when everybody needs it at once."""

from ipaddress import ip_address
from typing import Any, Final

from django.conf import settings
from django.utils.translation import gettext_noop as _

from portal.addresses import parse_network
from vpn.assurance.facts import Facts
from vpn.assurance.fixed_address import BROKEN
from vpn.assurance.part import PartResult, RequirementPart, fails, holds, unknown, warns
from vpn.assurance.questions import stated
from vpn.assurance.snapshot_doubt import is_closed, while_usable
from vpn.endpoints.egress import OUT_OF_SIGHT, EgressReason
from vpn.endpoints.models import Endpoint

# A virtual private gateway is where a Site-to-Site VPN or Direct Connect ends: behind it lies the office.
OFFICE_GATEWAY: Final = "vgw-"
# That an administrator has declared the address at its end doesn't show the way there.
UNFOLLOWED: Final = OUT_OF_SIGHT | {EgressReason.ADDRESSES_DECLARED}
PAST_OFFICE: Final = _("Traffic to the internet doesn't go through the office.")


@while_usable
def _way(facts: Facts, endpoint: Endpoint) -> PartResult | None:
    """Whether traffic to the internet takes the detour through the office."""
    if endpoint.split_tunnel:
        return holds(_("Traffic to the internet doesn't go through the VPN, nor through the office."))
    through_office = sorted({row["via"] for row in endpoint.egress if row["via"].startswith(OFFICE_GATEWAY)})
    if through_office:
        return fails(
            _("Traffic to the internet goes through the office (%(names)s)."),
            subjects=tuple(through_office),
            names=through_office,
        )
    ways = [row for row in endpoint.egress if EgressReason.NOT_ASSOCIATED not in row["reasons"]]
    hidden = sorted({row["via"] for row in ways if UNFOLLOWED.intersection(row["reasons"])})
    if hidden:
        return unknown(
            _("Traffic to the internet goes through %(names)s: the portal can't see whether by the office."),
            names=hidden,
        )
    if any(BROKEN.intersection(row["reasons"]) for row in ways):
        # It goes nowhere, or past every fixed address, which R1 tells; but not through the office.
        return holds(PAST_OFFICE) if any(row["addresses"] for row in ways) else None
    if not any(row["addresses"] for row in ways):
        return unknown(_("No way to the internet has been read yet."))
    return holds(PAST_OFFICE)


@while_usable
def _dns(facts: Facts, endpoint: Endpoint) -> PartResult:
    servers = [str(server) for server in endpoint.settings.get("DnsServers") or ()]
    in_office = [server for server in servers if _is_in_office(server)]
    if in_office:
        return fails(
            _("The DNS servers %(names)s are in the office: without it no name is found."),
            subjects=tuple(in_office),
            names=in_office,
        )
    if servers and all(_is_resolver(endpoint, server) for server in servers):
        return holds(_("DNS is answered by the VPC's own resolver (%(names)s)."), names=servers)
    answer = stated(facts, "dns-servers")
    if not servers and not endpoint.split_tunnel and not answer.warning and answer.value == "holds":
        # Best practices: AWS VPN Client on Windows forces all DNS through a full tunnel. What it does without any
        # server, AWS doesn't say.
        return warns(
            _(
                "No DNS server is set. Windows sends all DNS through a full tunnel: try it with a Windows computer."
            )
        )
    return answer


def _is_in_office(server: str) -> bool:
    address = ip_address(server)
    networks = [network for site in settings.OFFICE_NETWORKS.values() for network in site]
    return any(address.version == network.version and address in network for network in networks)


def _is_resolver(endpoint: Endpoint, server: str) -> bool:
    """Of the VPC: the second address of one of its networks (VPC user guide, "Amazon DNS"), or 169.254.169.253."""
    if server in {"169.254.169.253", "fd00:ec2::253"}:
        return True
    address = ip_address(server)
    subnets = (
        parse_network(row["cidr"]) for row in endpoint.account.subnets if row["vpc_id"] == endpoint.vpc_id
    )
    # The VPC's own network isn't read, so every size that AWS allows around one of its subnets is tried.
    return any(
        address == subnet.supernet(new_prefix=length).network_address + 2
        for subnet in subnets
        if subnet is not None and subnet.version == 4
        for length in range(16, subnet.prefixlen + 1)
    )


def _identity_provider(facts: Facts) -> PartResult:
    return stated(facts, "identity-provider")


def _mfa(facts: Facts) -> PartResult:
    return stated(facts, "mfa")


@while_usable
def _zones(facts: Facts, endpoint: Endpoint) -> PartResult | None:
    by_subnet = {subnet["subnet_id"]: subnet["zone_name"] for subnet in endpoint.account.subnets}
    zones = sorted(
        {
            # Of a transit gateway, AWS names the zone itself.
            network.get("availability_zone") or by_subnet.get(network["subnet_id"], "")
            for network in endpoint.target_networks
            if network["status"] == "associated"
        }
    )
    if not zones or "" in zones:
        return unknown(_("In which Availability Zones the endpoint's subnets lie isn't known."))
    if len(zones) == 1:
        return warns(
            _(
                "Only one Availability Zone (%(names)s): if AWS loses it, nobody can connect to this endpoint."
            ),
            subjects=tuple(zones),
            names=zones,
        )
    return holds(
        _("%(count)s Availability Zones (%(names)s): if one is lost, clients connect again by another."),
        count=len(zones),
        names=zones,
    )


def _standby(facts: Facts) -> PartResult:
    """An endpoint in another Region than the one that most people have the profile of, in people's hands too."""
    usable = [endpoint for endpoint in facts.current if not is_closed(facts, endpoint)]
    if not usable:
        return unknown(_("No endpoint can be used, so none can stand by for another."))
    main = max(facts.current, key=lambda row: _importance(facts, row))
    region = main.account.region
    others = [endpoint for endpoint in facts.current if endpoint.account.region != region]
    # One that an operation has closed can be opened again; one that is broken can't be counted on.
    elsewhere = [row for row in others if row in usable or row.pk in facts.planned]
    if others and not elsewhere:
        return fails(
            _("%(names)s can't be used now: if AWS loses %(region)s, nobody can connect."),
            subjects=tuple(row.label for row in others),
            names=[row.label for row in others],
            region=region,
        )
    if not elsewhere:
        return fails(
            _("All endpoints are in %(region)s: if AWS loses this Region, nobody can connect."),
            subjects=(region,),
            region=region,
        )
    standby = max(elsewhere, key=lambda row: facts.profile_holders.get(row.pk, 0))
    have, main_have = facts.profile_holders.get(standby.pk, 0), facts.profile_holders.get(main.pk, 0)
    values: dict[str, Any] = {
        "label": standby.label,
        "region": standby.account.region,
        "count": have,
        "all": main_have,
    }
    # Whose profile nobody has, nobody can connect to.
    if have < main_have or not have:
        return warns(
            _("%(label)s in %(region)s stands by. People who have its profile: %(count)s of %(all)s."),
            subjects=(standby.label,),
            **values,
        )
    return holds(_("%(label)s in %(region)s stands by. People who have its profile: %(count)s."), **values)


def _importance(facts: Facts, endpoint: Endpoint) -> tuple[bool, int, bool]:
    holders = facts.profile_holders.get(endpoint.pk, 0)
    return not endpoint.split_tunnel, holders, not is_closed(facts, endpoint)


def _drill(facts: Facts) -> PartResult:
    drill = facts.drill
    if drill is None:
        return unknown(_("No rehearsal was ever done: whether people get in on the day isn't known."))
    values: dict[str, Any] = {
        "passed": drill.passed,
        "all": len(drill.people),
        "finished_at": drill.drill.ends_at.isoformat(),
    }
    main = max(facts.current, key=lambda row: _importance(facts, row), default=None)
    if main is not None and drill.drill.endpoint.account.region == main.account.region:
        # Whoever practised with the endpoint that everybody uses hasn't tried the second path.
        return unknown(
            _("The last rehearsal (%(finished_at)s) was at an endpoint in the same Region as most people's."),
            **values,
        )
    if not drill.counts(facts.now):
        return unknown(
            _("The last rehearsal was on %(finished_at)s, over 90 days ago (%(passed)s of %(all)s passed)."),
            **values,
        )
    if not drill.passed:
        return fails(_("Nobody passed the rehearsal of %(finished_at)s."), **values)
    text = _("%(passed)s of %(all)s people passed the rehearsal of %(finished_at)s.")
    return holds(text, **values) if drill.passed == len(drill.people) else warns(text, **values)


PARTS: Final = (
    RequirementPart("way-past-office", _way),
    RequirementPart("dns", _dns),
    RequirementPart("identity-provider", of_all=_identity_provider),
    RequirementPart("mfa", of_all=_mfa),
    RequirementPart("zones", _zones),
    RequirementPart("standby", of_all=_standby),
    RequirementPart("drill", of_all=_drill),
)
