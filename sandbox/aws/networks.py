"""IPv4 networks as requests write them, and the rules AWS documents about the client CIDR."""

from ipaddress import IPv4Network, ip_network
from typing import Final

from sandbox.aws.errors import invalid

# EC2 API reference, CreateClientVpnEndpoint: between /22 and /12.
CLIENT_CIDR_PREFIXES: Final = range(12, 23)


def network(text: str, parameter: str) -> str:
    """The network in its canonical form (IPv6 too, for rules and routes)."""
    try:
        return str(ip_network(text))
    except ValueError as error:
        raise invalid(
            f"Value ({text}) for parameter {parameter} is invalid. This is not a valid CIDR block."
        ) from error


def client_cidr(text: str) -> str:
    """At least /22 and not greater than /12 (EC2 API reference, CreateClientVpnEndpoint)."""
    block = ip_network(network(text, "clientCidrBlock"))
    if block.version != 4 or block.prefixlen not in CLIENT_CIDR_PREFIXES:
        raise invalid(f"Client CIDR {text} must be an IPv4 block between /22 and /12")
    return str(block)


def overlaps(first: str, second: str | IPv4Network) -> bool:
    """Whether two networks share an address; the default route overlaps nothing, or no one could add it."""
    left, right = ip_network(first), ip_network(str(second))
    if 0 in {left.prefixlen, right.prefixlen} or left.version != right.version:
        return False
    return left.overlaps(right)
