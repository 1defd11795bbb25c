"""R5: the office network can be reached: tunnels, routes and rules."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from django.utils.translation import gettext_noop as _

from portal.addresses import Network, contains, parse_network
from vpn.assurance.facts import Facts
from vpn.assurance.fixed_address import endpoint_is_open
from vpn.assurance.part import PartResult, RequirementPart, fails, holds, unknown, warns
from vpn.assurance.questions import stated
from vpn.assurance.snapshot_doubt import while_usable
from vpn.endpoints.models import Endpoint, SiteToSiteVpn
from vpn.endpoints.queries import authorization_rules
from vpn.metrics.definitions import PERIOD, TUNNEL_STATE
from vpn.metrics.series import tunnel_resource
from vpn.tunnels.models import TunnelMaintenance
from vpn.tunnels.queries import OLD as MAINTENANCE_OLD

UP: Final = "UP"
# AWS replaces a tunnel's end now and then, which takes some minutes.
DOWN_FOR: Final = timedelta(minutes=15)
SOON: Final = timedelta(days=14)


def _open(facts: Facts, endpoint: Endpoint) -> PartResult | None:
    """Of an endpoint whose only purpose is the inside: of the others R1 says it."""
    return endpoint_is_open(facts, endpoint) if endpoint.split_tunnel else None


@while_usable
def _tunnels(facts: Facts, endpoint: Endpoint) -> PartResult | None:
    """Of the lines to the office in the endpoint's account and Region."""
    known = facts.lines.get(endpoint.account_id, ())
    if not known:
        return _gone(facts) if endpoint.account_id in {line.account_id for line in facts.gone_lines} else None
    # AWS tells nothing of the tunnels of a line that it is still setting up: they aren't down.
    lines = [line for line in known if line.tunnels]
    if not lines:
        return unknown(_("AWS doesn't tell yet whether the tunnels to the office are up."))
    dead = [line for line in lines if not any(_is_up(facts, line, tunnel) for tunnel in line.tunnels)]
    down = [
        f"{line} {tunnel['outside_ip']}"
        for line in lines
        for tunnel in line.tunnels
        if not _is_up(facts, line, tunnel)
    ]
    count = sum(len(line.tunnels) for line in lines)
    # A line to somewhere else may be down for ever: the office is reached while any is up.
    if len(dead) == len(lines):
        return fails(
            _("All tunnels of %(names)s are down: the office can't be reached by them."),
            subjects=tuple(map(str, dead)),
            names=[str(line) for line in dead],
        )
    if down:
        return warns(
            _("Tunnels down: %(count)s of %(all)s (%(names)s). The office can be reached by the others."),
            subjects=tuple(down),
            count=len(down),
            all=count,
            names=down,
        )
    return holds(_("All %(all)s tunnels to the office are up."), all=count)


def _gone(facts: Facts) -> PartResult | None:
    """A line that was deleted doesn't come back; None: there is another, or never was one."""
    if facts.lines or not facts.gone_lines:
        return None
    names = [str(line) for line in facts.gone_lines]
    return fails(
        _("AWS no longer has %(names)s, and there is no other line to the office."),
        subjects=tuple(names),
        final=True,
        names=names,
    )


def _is_up(facts: Facts, line: SiteToSiteVpn, tunnel: dict[str, Any]) -> bool:
    """CloudWatch's TunnelState wins where it was 0 for a quarter of an hour: it tells what was carried."""
    if tunnel["status"] != UP:
        return False
    series = facts.points.get((tunnel_resource(line, tunnel), TUNNEL_STATE.name), ())
    newest = [value for _moment, value in series if value is not None][-(DOWN_FOR // PERIOD) :]
    return len(newest) < DOWN_FOR // PERIOD or any(newest)


@while_usable
def _maintenance(facts: Facts, endpoint: Endpoint) -> PartResult | None:
    tunnels = [
        (line, tunnel["outside_ip"])
        for line in facts.lines.get(endpoint.account_id, ())
        for tunnel in line.tunnels
    ]
    if not tunnels:
        return None
    rows = [facts.maintenance.get((line.pk, address)) for line, address in tunnels]
    known = [row for row in rows if row is not None and _is_known(row, facts)]
    pending = [row for row in known if row.is_pending(facts.now)]
    dated = sorted((row.applied_after, row.outside_ip) for row in pending if row.applied_after is not None)
    if dated:
        return warns(
            _("AWS replaces the end of %(names)s by itself after %(after_at)s: it is down meanwhile."),
            subjects=tuple(address for _at, address in dated),
            names=[address for _at, address in dated],
            after_at=dated[0][0].isoformat(),
        )
    if pending:
        return warns(
            _("AWS is about to replace the end of %(names)s, and doesn't say when."),
            subjects=tuple(row.outside_ip for row in pending),
            names=[row.outside_ip for row in pending],
        )
    if len(known) < len(tunnels):
        return unknown(_("Whether AWS is about to replace an end of a tunnel isn't known."))
    return holds(_("AWS has announced no maintenance of the tunnels."))


def _is_known(row: TunnelMaintenance, facts: Facts) -> bool:
    return not row.error_id and row.seen_at is not None and row.seen_at > facts.now - MAINTENANCE_OLD


@while_usable
def _routes(facts: Facts, endpoint: Endpoint) -> PartResult | None:
    """Each network that somebody has added a route for: in every associated subnet, and active.

    Also each that a rule lets people into: that a route was deleted shows nowhere else.
    """
    wanted = _inside_networks(endpoint)
    unrouted = _unrouted_networks(endpoint)
    if not wanted and not unrouted:
        return None
    associated = {row["subnet_id"] for row in endpoint.target_networks if row["status"] == "associated"}
    active = {
        (row["destination_cidr"], row["target_subnet"])
        for row in endpoint.routes
        if row["status"] == "active"
    }
    missing = [
        f"{cidr} {subnet}".strip()
        for cidr in wanted
        for subnet in sorted(associated)
        if subnet and (cidr, subnet) not in active
    ]
    missing += [
        row["destination_cidr"]
        for row in endpoint.routes
        if row["destination_cidr"] in wanted and not row["target_subnet"] and row["status"] != "active"
    ]
    missing += unrouted
    if missing:
        return fails(
            _("Routes to the inside that are missing or not active: %(names)s."),
            subjects=tuple(missing),
            names=missing,
        )
    return holds(_("The routes to %(names)s are active."), names=wanted)


@while_usable
def _rules(facts: Facts, endpoint: Endpoint) -> PartResult | None:
    """Each network with a route to it needs an active rule: AWS denies by default."""
    wanted = _inside_networks(endpoint)
    if not wanted:
        return None
    allowed = [
        network
        for rule in authorization_rules(endpoint)
        if rule.status == "active" and (network := parse_network(rule.destination_cidr)) is not None
    ]
    closed = [cidr for cidr in wanted if not _is_covered(parse_network(cidr), allowed)]
    if closed:
        return fails(
            _("No active authorization rule lets anybody reach %(names)s."),
            subjects=tuple(closed),
            names=closed,
        )
    return holds(_("Active authorization rules cover %(names)s."), names=wanted)


def _is_covered(wanted: Network | None, allowed: Sequence[Network]) -> bool:
    # The default route's rule covers the inside too: AWS tries it last.
    return wanted is None or any(contains(network, wanted) for network in allowed)


def _unrouted_networks(endpoint: Endpoint) -> list[str]:
    """Destinations of active rules that no active route covers, not even a part of them.

    The default route covers all: of a full tunnel, the VPC's own route tables lead to the inside.
    """
    routed = [
        network
        for row in endpoint.routes
        if row["status"] == "active" and (network := parse_network(row["destination_cidr"])) is not None
    ]
    return sorted(
        {
            rule.destination_cidr
            for rule in authorization_rules(endpoint)
            if rule.status == "active"
            and (wanted := parse_network(rule.destination_cidr)) is not None
            and wanted.prefixlen
            and not any(contains(network, wanted) or contains(wanted, network) for network in routed)
        }
    )


def _inside_networks(endpoint: Endpoint) -> list[str]:
    """Destinations of routes that somebody added, but the internet and client-to-client (``local``)."""
    added = {
        row["destination_cidr"]
        for row in endpoint.routes
        if row["origin"] == "add-route" and row["target_subnet"] != "local"
    }
    return sorted(cidr for cidr in added if (network := parse_network(cidr)) and network.prefixlen)


def _line(facts: Facts) -> PartResult:
    """What no snapshot has can't be called up."""
    if gone := _gone(facts):
        return gone
    count = sum(map(len, facts.lines.values()))
    if not count:
        return unknown(
            _("No Site-to-Site VPN connection is known: whether the office is reached can't be told.")
        )
    return holds(_("Site-to-Site VPN connections to the office: %(count)s."), count=count)


def _return_route(facts: Facts) -> PartResult:
    return stated(facts, "office-return-route")


PARTS: Final = (
    RequirementPart("open-inside", _open),
    RequirementPart("tunnels", _tunnels),
    RequirementPart("tunnel-maintenance", _maintenance),
    RequirementPart("inside-routes", _routes),
    RequirementPart("inside-rules", _rules),
    RequirementPart("office-line", of_all=_line),
    RequirementPart("office-return-route", of_all=_return_route),
)
