"""Which subnets an endpoint can be associated with: from the last look at its VPC, with AWS's own rules.

Admin guide, "Target networks": all of one VPC, one for each Availability Zone, at least a /27 with 20 free addresses,
and without an overlap with the clients' addresses.
"""

from collections.abc import Collection, Mapping, Sequence
from ipaddress import ip_network
from typing import Any, Final

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from vpn.endpoints.models import AwsAccount, Endpoint
from vpn.known_values.queries import subnet_words
from vpn.operation_kinds.routes.fields import overlaps_clients
from vpn.operation_plans.configuration import LIVE_ASSOCIATIONS

SMALLEST_PREFIX: Final = 27
FREE_ADDRESSES: Final = 20
Subnet = Mapping[str, Any]


class SubnetUnavailableReason(TextChoices):
    """Why a subnet can't be taken."""

    ASSOCIATED = "associated", _("This subnet is associated already.")
    SAME_ZONE = (
        "same-zone",
        _("Another subnet of its zone is associated already. AWS takes one for each zone."),
    )
    TOO_SMALL = "too-small", _("AWS wants at least a /27 with 20 free addresses.")
    OVERLAPS = "overlaps", _("It overlaps with the clients' own network.")


def vpc_subnets_of(account: AwsAccount, vpc_id: str) -> list[Subnet]:
    """By zone. Empty: the VPC isn't known, or its subnets were never seen."""
    subnets = [subnet for subnet in account.subnets if subnet["vpc_id"] == vpc_id]
    return sorted(subnets, key=lambda subnet: (subnet["zone_name"], subnet["cidr"]))


def vpc_networks(account: AwsAccount, vpc_id: str, subnets: Collection[str]) -> list[str]:
    """What is known of the networks of a VPC: AWS's own routes to it, or else its subnets."""
    known = [
        subnet for subnet in account.subnets if subnet["vpc_id"] == vpc_id or subnet["subnet_id"] in subnets
    ]
    vpc_ids = {vpc_id, *(subnet["vpc_id"] for subnet in known)} - {""}
    beside = Endpoint.objects.filter(account=account, vpc_id__in=vpc_ids, vanished_at=None)
    local = {
        route["destination_cidr"]
        for endpoint in beside
        for route in endpoint.routes
        if route["origin"] == "associate"
    }
    return sorted(local | {subnet["cidr"] for subnet in known if subnet["cidr"]})


def vpc_subnets(endpoint: Endpoint) -> list[Subnet]:
    return vpc_subnets_of(endpoint.account, endpoint.vpc_id) if endpoint.vpc_id else []


def why_not(endpoint: Endpoint, subnet: Subnet) -> SubnetUnavailableReason | None:
    """None: as far as the last look tells, AWS takes it."""
    associated = {
        network["subnet_id"] for network in endpoint.target_networks if network["status"] in LIVE_ASSOCIATIONS
    }
    zones = {subnet["zone"] for subnet in vpc_subnets(endpoint) if subnet["subnet_id"] in associated}
    if subnet["subnet_id"] in associated:
        return SubnetUnavailableReason.ASSOCIATED
    if subnet["zone"] in zones:
        return SubnetUnavailableReason.SAME_ZONE
    if ip_network(subnet["cidr"]).prefixlen > SMALLEST_PREFIX or subnet["free"] < FREE_ADDRESSES:
        return SubnetUnavailableReason.TOO_SMALL
    return SubnetUnavailableReason.OVERLAPS if overlaps_clients(endpoint, subnet["cidr"]) else None


def subnet_label(subnet: Subnet) -> str:
    """As it is offered."""
    return f"{subnet['subnet_id']} · {subnet_words(subnet)}"


def choices_for(endpoint: Endpoint) -> list[tuple[str, Any]]:
    """Those that can be taken; the others after them, each with the reason."""
    usable, others = [], []
    for subnet in vpc_subnets(endpoint):
        why = why_not(endpoint, subnet)
        if why is None:
            usable.append((subnet["subnet_id"], subnet_label(subnet)))
        else:
            others.append((subnet["subnet_id"], f"{subnet_label(subnet)} · {why.label}"))
    return [
        ("", _("Choose a subnet")),
        *usable,
        *([(_("Not possible"), others)] if others else []),
    ]


def twice_in_a_zone(subnets: Sequence[Subnet]) -> tuple[Subnet, Subnet] | None:
    seen: dict[str, Subnet] = {}
    for subnet in subnets:
        if subnet["zone"] in seen:
            return seen[subnet["zone"]], subnet
        seen[subnet["zone"]] = subnet
    return None
