"""One endpoint of each newer kind beside the seed architecture: of a transit gateway, and of dual stack."""

from collections.abc import Callable
from typing import Any, Final

from sandbox.aws.seed import administrator
from sandbox.aws.seed_network import EVERYWHERE, EVERYWHERE_V6, Finder, ensure_network
from sandbox.aws.seed_vpn import Grant, Placement, ensure_vpn
from sandbox.company import DUAL, ENGINEERING, HUB, TOKYO

# Of the engineers: everybody else goes on having the profiles that the guides of the demo speak of.
INTERNET: Final = Grant(EVERYWHERE, ENGINEERING.id, "Engineering to the internet")
INTERNET_V6: Final = Grant(EVERYWHERE_V6, ENGINEERING.id, "Engineering to the internet by IPv6")


def seed_kinds(url: str) -> None:
    """Build what is missing of both; a second run changes nothing."""
    aws = administrator(url, TOKYO)
    finder = Finder(aws("ec2"))
    gateway = _ensure_transit_gateway(finder)
    hub = Placement({"TransitGatewayConfiguration": {"TransitGatewayId": gateway}})
    vpc = Grant(TOKYO.vpc_cidr, ENGINEERING.id, "Engineering to the VPC of tokyo-main")
    ensure_vpn(aws, HUB, hub, grants=(INTERNET, vpc), routes=(EVERYWHERE, TOKYO.vpc_cidr))
    _ensure_dual(aws, finder)


def _ensure_transit_gateway(finder: Finder) -> str:
    options = {"TransitGatewayCidrBlocks": [HUB.vpc_cidr]}
    return finder.find_or_make(
        "transit-gateway",
        f"{HUB.label}-tgw",
        lambda tags: str(
            finder.ec2.create_transit_gateway(Description="The network team's", Options=options, **tags)[
                "TransitGateway"
            ]["TransitGatewayId"]
        ),
    )


def _ensure_dual(aws: Callable[[str], Any], finder: Finder) -> None:
    network = ensure_network(finder, DUAL)
    placement = Placement({"VpcId": network.vpc_id}, network.private_subnet_id)
    ensure_vpn(aws, DUAL, placement, grants=(INTERNET, INTERNET_V6), routes=(EVERYWHERE, EVERYWHERE_V6))
