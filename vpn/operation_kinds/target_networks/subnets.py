"""Which subnets an endpoint can be associated with: from the last look at its VPC, with AWS's own rules.

Admin guide, "Target networks": all of one VPC, one for each Availability Zone, at least a /27 with 20 free addresses,
and without an overlap with the clients' addresses.
"""

from collections.abc import Mapping, Sequence
from ipaddress import ip_network
from typing import Any, Final

from django.db.models import TextChoices
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from vpn.endpoints.models import AwsAccount, Endpoint
from vpn.operation_kinds.routes.fields import LIVE_ASSOCIATIONS, overlaps_clients

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


def known_subnets(account: AwsAccount, vpc_id: str) -> list[Subnet]:
    """By zone. Empty: the VPC isn't known, or its subnets were never seen."""
    found = [one for one in account.subnets if one["vpc_id"] == vpc_id]
    return sorted(found, key=lambda one: (one["zone_name"], one["cidr"]))


def subnets_of(endpoint: Endpoint) -> list[Subnet]:
    return known_subnets(endpoint.account, endpoint.vpc_id) if endpoint.vpc_id else []


def why_not(endpoint: Endpoint, subnet: Subnet) -> SubnetUnavailableReason | None:
    """None: as far as the last look tells, AWS takes it."""
    associated = {one["subnet_id"] for one in endpoint.target_networks if one["status"] in LIVE_ASSOCIATIONS}
    zones = {one["zone"] for one in subnets_of(endpoint) if one["subnet_id"] in associated}
    if subnet["subnet_id"] in associated:
        return SubnetUnavailableReason.ASSOCIATED
    if subnet["zone"] in zones:
        return SubnetUnavailableReason.SAME_ZONE
    if ip_network(subnet["cidr"]).prefixlen > SMALLEST_PREFIX or subnet["free"] < FREE_ADDRESSES:
        return SubnetUnavailableReason.TOO_SMALL
    return SubnetUnavailableReason.OVERLAPS if overlaps_clients(endpoint, subnet["cidr"]) else None


def words_of(subnet: Subnet) -> str:
    """As it is offered: name, zone, network and free addresses."""
    free = gettext("%(count)s addresses free") % {"count": f"{subnet['free']:,}"}
    parts = (subnet["subnet_id"], subnet["name"], subnet["zone_name"], subnet["cidr"], free)
    return " · ".join(part for part in parts if part)


def choices_for(endpoint: Endpoint) -> list[tuple[str, Any]]:
    """Those that can be taken; the others after them, each with the reason."""
    usable, others = [], []
    for one in subnets_of(endpoint):
        why = why_not(endpoint, one)
        if why is None:
            usable.append((one["subnet_id"], words_of(one)))
        else:
            others.append((one["subnet_id"], f"{words_of(one)} · {why.label}"))
    return [
        ("", _("Choose a subnet")),
        *usable,
        *([(_("Not possible"), others)] if others else []),
    ]


def twice_in_a_zone(subnets: Sequence[Subnet]) -> tuple[Subnet, Subnet] | None:
    seen: dict[str, Subnet] = {}
    for one in subnets:
        if one["zone"] in seen:
            return seen[one["zone"]], one
        seen[one["zone"]] = one
    return None
