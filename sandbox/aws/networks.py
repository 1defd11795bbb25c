"""Networks as requests write them, and the rules AWS documents about the client CIDR."""

from collections.abc import Collection
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Final

from sandbox.aws.errors import invalid

# EC2 API reference, CreateClientVpnEndpoint: between /22 and /12.
CLIENT_CIDR_PREFIXES: Final = range(12, 23)
# RFC 3849 keeps 2001:db8::/32 for documentation: what AWS would assign is its own.
CLIENT_NETWORKS_V6: Final = ip_network("2001:db8:c11e::/48")


def network(text: str, parameter: str) -> str:
    """The network in its canonical form (IPv6 too, for rules and routes)."""
    try:
        return str(ip_network(text))
    except ValueError as error:
        raise invalid(
            f"Value ({text}) for parameter {parameter} is invalid. This is not a valid CIDR block."
        ) from error


def destination(text: str, parameter: str, versions: Collection[int]) -> str:
    """A network of an IP version that the endpoint's traffic has (admin guide, "IPv6 considerations")."""
    cidr = network(text, parameter)
    if ip_network(cidr).version not in versions:
        raise invalid(
            f"Value ({text}) for parameter {parameter} is not of the endpoint's traffic IP address type"
        )
    return cidr


def client_cidr_v6(number: int) -> str:
    """The ``number``th /64 of those that stand for what AWS assigns (admin guide, "IPv6 client CIDR assignment")."""
    return f"{CLIENT_NETWORKS_V6.network_address + (number << 64)}/64"


def client_cidr(text: str) -> str:
    """At least /22 and not greater than /12 (EC2 API reference, CreateClientVpnEndpoint)."""
    block = ip_network(network(text, "clientCidrBlock"))
    if block.version != 4 or block.prefixlen not in CLIENT_CIDR_PREFIXES:
        raise invalid(f"Client CIDR {text} must be an IPv4 block between /22 and /12")
    return str(block)


def overlaps(first: str, second: str | IPv4Network | IPv6Network) -> bool:
    """Whether two networks share an address; the default route overlaps nothing, or no one could add it."""
    left, right = ip_network(first), ip_network(str(second))
    if 0 in {left.prefixlen, right.prefixlen} or left.version != right.version:
        return False
    return left.overlaps(right)
