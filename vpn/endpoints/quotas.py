"""AWS's quotas that the pages compare with: their defaults, which an account may have had raised.

Client VPN administrator guide, "Client VPN quotas" (L-C4B238BF): concurrent connections by associated subnets.
"""

from typing import Final

from vpn.endpoints.models import Endpoint

CONCURRENT_CONNECTIONS: Final = (0, 7_000, 36_500, 66_500, 96_500, 126_000)


def concurrent_connections(endpoint: Endpoint) -> int:
    """How many may be connected at once; 0 while no subnet is associated."""
    associated = sum(network.get("status") == "associated" for network in endpoint.target_networks)
    return CONCURRENT_CONNECTIONS[min(associated, len(CONCURRENT_CONNECTIONS) - 1)]
