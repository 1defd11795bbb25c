"""R1: the internet sees the fixed IP address. Configuration, and beside it what people's own checks saw."""

from datetime import timedelta
from typing import Any, Final

from django.utils.translation import gettext_noop as _

from vpn.assurance.facts import Facts
from vpn.assurance.part import PartResult, RequirementPart, fails, holds, unknown, warns
from vpn.assurance.snapshot_doubt import EndpointRule, doubt, while_usable
from vpn.endpoints.egress import DEAD_ENDS, OUT_OF_SIGHT, EgressReason
from vpn.endpoints.models import Endpoint
from vpn.endpoints.reasons import reason_text
from vpn.endpoints.trouble import TroubleKind
from vpn.metrics.definitions import PORT_ERRORS
from vpn.metrics.series import nat_gateways

BROKEN: Final = DEAD_ENDS | {EgressReason.NO_ROUTE_TABLE, EgressReason.INTERNET_GATEWAY}
# A deleted gateway doesn't come back: nobody need look a second time.
FINAL: Final = frozenset({EgressReason.NAT_GATEWAY_GONE})
GROWING: Final = frozenset({EgressReason.ADDRESS_MANAGED_BY_AWS, EgressReason.ADDRESSES_MAY_GROW})
# So few people say nothing of all: one of them may have another VPN running.
FLOOR: Final = 3
SHARE_SHORT: Final = 0.25
SHARE_LONG: Final = 0.05
NEW: Final = timedelta(days=14)
# As the finding about NAT gateways has it: a single point is a blip.
MIN_POINTS: Final = 2


def endpoint_is_open(facts: Facts, endpoint: Endpoint) -> PartResult | None:
    """Whether people can connect at all: what is wrong is what their own pages say (vpn.endpoints.trouble)."""
    trouble = facts.troubles.get(endpoint.pk)
    if endpoint.pk in facts.planned:
        # Nobody misses it, and nobody's traffic leaves by it.
        return None
    if trouble is not None and trouble.kind is TroubleKind.GONE:
        return fails(_("The endpoint no longer exists in AWS."), subjects=(endpoint.label,), final=True)
    if uncertain := doubt(facts, endpoint):
        return uncertain
    if trouble is not None and trouble.kind is TroubleKind.CLOSED:
        return fails(
            _("Nobody can connect: AWS has the endpoint as %(status)s."),
            subjects=(endpoint.label,),
            status=endpoint.status,
        )
    return holds(_("People can connect."))


def _of_full_tunnels(rule: EndpointRule) -> EndpointRule:
    """A split tunnel isn't meant to lead to the fixed address."""

    def asked(facts: Facts, endpoint: Endpoint) -> PartResult | None:
        return None if endpoint.split_tunnel else rule(facts, endpoint)

    return asked


@_of_full_tunnels
def _open(facts: Facts, endpoint: Endpoint) -> PartResult | None:
    return endpoint_is_open(facts, endpoint)


@_of_full_tunnels
@while_usable
def _path(facts: Facts, endpoint: Endpoint) -> PartResult:
    """Every subnet's way out ends in an available NAT gateway with an address; or what was declared is observed."""
    chains = [row for row in endpoint.egress if EgressReason.NOT_ASSOCIATED not in row["reasons"]]
    broken = [row for row in chains if BROKEN.intersection(row["reasons"])]
    if broken:
        reasons = [EgressReason(reason) for row in broken for reason in row["reasons"] if reason in BROKEN]
        return fails(
            _("%(count)s of %(all)s ways to the internet are broken (%(names)s). %(reason_text)s"),
            subjects=tuple(row["subnet_id"] for row in broken),
            final=bool(FINAL.intersection(reasons)),
            count=len(broken),
            all=len(chains),
            names=[f"{row['subnet_id']} {row['via']}".strip() for row in broken],
            reason_text=str(reason_text(reasons[0])),
        )
    hidden = [row for row in chains if OUT_OF_SIGHT.intersection(row["reasons"])]
    if hidden:
        return unknown(
            _("The way goes on in %(names)s, where the portal can't follow it, and no address was declared."),
            names=sorted({row["via"] for row in hidden}),
        )
    if any(EgressReason.ADDRESSES_DECLARED in row["reasons"] for row in chains):
        return _declared(facts, endpoint)
    if not any(row["addresses"] for row in chains):
        return unknown(_("No way to the internet has been read yet."))
    return holds(
        _(
            "Every way to the internet ends in an available NAT gateway with an Elastic IP address: %(names)s."
        ),
        names=endpoint.egress_ips,
    )


def _declared(facts: Facts, endpoint: Endpoint) -> PartResult:
    """Nothing but people's checks can bear out what an administrator has written down."""
    share = facts.observed.get(endpoint.pk)
    if share is None or not share.ours:
        return unknown(
            _("%(names)s was declared, and nobody was seen with it in the last 24 hours."),
            names=endpoint.egress_ips,
        )
    return holds(
        _("%(names)s was declared. People seen with it in the last 24 hours: %(count)s."),
        names=endpoint.egress_ips,
        count=share.ours,
    )


@_of_full_tunnels
@while_usable
def _route_and_rule(facts: Facts, endpoint: Endpoint) -> PartResult | None:
    unrouted = [
        row["subnet_id"] for row in endpoint.egress if EgressReason.NO_ENDPOINT_ROUTE in row["reasons"]
    ]
    if unrouted:
        return fails(
            _("The route to the internet is missing or not active for %(names)s."),
            subjects=tuple(unrouted),
            names=unrouted,
        )
    if any(EgressReason.NO_AUTHORIZATION_RULE in row["reasons"] for row in endpoint.egress):
        return fails(
            _("No active authorization rule lets anybody reach the internet (0.0.0.0/0)."),
            subjects=("0.0.0.0/0",),
        )
    return holds(_("An active route and an active authorization rule lead to the internet."))


@_of_full_tunnels
@while_usable
def _stays_fixed(facts: Facts, endpoint: Endpoint) -> PartResult | None:
    """No address may appear by itself: a regional NAT gateway adds one that no site allows."""
    growing = sorted({row["via"] for row in endpoint.egress if GROWING.intersection(row["reasons"])})
    if growing:
        return fails(
            _("AWS may add or change an address of %(names)s by itself."),
            subjects=tuple(growing),
            names=growing,
        )
    return holds(_("No address can be added or changed by AWS itself.")) if endpoint.egress_ips else None


@_of_full_tunnels
@while_usable
def _ports(facts: Facts, endpoint: Endpoint) -> PartResult | None:
    gateways = sorted(set(nat_gateways(endpoint)))
    if not gateways:
        return None
    state = facts.metrics.get(endpoint.account_id)
    if state is None or state.reason is not None:
        reason = str(state.reason) if state else ""
        return unknown(
            _("Whether NAT gateways run out of ports isn't known. %(reason_text)s"), reason_text=reason
        )
    errors = {
        gateway: [value for _moment, value in facts.points.get((gateway, PORT_ERRORS.name), ()) if value]
        for gateway in gateways
    }
    short = [gateway for gateway in gateways if len(errors[gateway]) >= MIN_POINTS]
    if short:
        return fails(
            _("%(names)s ran out of ports. Connections to sites refused within an hour: %(count)s."),
            subjects=tuple(short),
            names=short,
            count=int(sum(sum(errors[gateway]) for gateway in short)),
        )
    return holds(_("No NAT gateway has run out of ports within an hour."))


@_of_full_tunnels
@while_usable
def _observed(facts: Facts, endpoint: Endpoint) -> PartResult:
    """Wins over what AWS is set to: it is what sites saw."""
    share = facts.observed.get(endpoint.pk)
    if share is None or not share.checked:
        return unknown(_("Nobody who was connected has opened the connection check in the last 24 hours."))
    values: dict[str, Any] = {"count": share.ours, "all": share.checked, "names": sorted(share.others)}
    if not share.other:
        return holds(
            _("%(count)s of %(all)s people who checked in the last 24 hours left by a fixed address."),
            count=share.ours,
            all=share.checked,
        )
    sentence = _(
        "%(count)s of %(all)s people who checked in the last 24 hours left by a fixed address; others by %(names)s."
    )
    lasts = share.other >= SHARE_LONG * share.checked
    is_now = share.other_short >= FLOOR and share.other_short >= SHARE_SHORT * share.checked_short
    if lasts and is_now:
        return fails(sentence, subjects=tuple(sorted(share.others)), **values)
    if lasts and share.other >= FLOOR and share.is_silent:
        # That nobody looks any more mends nothing.
        return unknown(
            _("People left by other addresses (%(names)s), and nobody has checked since."),
            names=sorted(share.others),
        )
    return warns(sentence, subjects=tuple(sorted(share.others)), **values)


@_of_full_tunnels
@while_usable
def _ipv6(facts: Facts, endpoint: Endpoint) -> PartResult:
    share = facts.observed.get(endpoint.pk)
    traffic = endpoint.settings.get("TrafficIpAddressType", "ipv4")
    if traffic == "ipv6":
        return fails(
            _("The endpoint carries IPv6 only, which AWS doesn't translate: there is no fixed address."),
            subjects=("IPv6",),
        )
    if traffic == "dual-stack":
        # As the picture of the way has it: there is a fixed address, but not all traffic leaves by it.
        return warns(
            _(
                "The endpoint carries IPv6 too, which AWS doesn't translate: by it, sites see no fixed address."
            ),
            subjects=("IPv6",),
        )
    if share is not None and share.beside_v6:
        return warns(
            _("IPv6 isn't carried. People whose IPv6 went past the VPN in the last 24 hours: %(count)s."),
            count=share.beside_v6,
        )
    return holds(_("IPv6 isn't carried, and nobody was seen to go past the VPN with it."))


@_of_full_tunnels
@while_usable
def _published(facts: Facts, endpoint: Endpoint) -> PartResult | None:
    """Sites must be told of an address before it is used: one that is new may be refused."""
    periods = facts.address_periods.get(endpoint.pk, ())
    if not periods:
        return None
    first = min(period.since for period in periods)
    new = [
        period
        for period in periods
        if period.until is None and period.since > facts.now - NEW and period.since > first
    ]
    if new:
        return warns(
            _("%(names)s is new since %(since_at)s: sites must allow it."),
            subjects=tuple(period.address for period in new),
            names=[period.address for period in new],
            since_at=new[0].since.isoformat(),
        )
    return holds(_("The addresses have been the same for 14 days or since the first look."))


PARTS: Final = (
    RequirementPart("open", _open),
    RequirementPart("way-out", _path),
    RequirementPart("internet-route-and-rule", _route_and_rule),
    RequirementPart("addresses-stay", _stays_fixed),
    RequirementPart("nat-ports", _ports),
    RequirementPart("observed-addresses", _observed),
    RequirementPart("ipv6", _ipv6),
    RequirementPart("addresses-known", _published),
)
