"""What Client VPN asks of the rest of an account; moto holds it, ``moto_adapter`` answers."""

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network
from typing import Any, Protocol


@dataclass(frozen=True)
class Subnet:
    id: str
    vpc_id: str
    owner: str
    cidr: IPv4Network
    availability_zone: str
    availability_zone_id: str
    free_addresses: int
    has_ipv6: bool


@dataclass(frozen=True)
class Zone:
    name: str
    id: str


@dataclass(frozen=True)
class TransitGateway:
    """``cidrs``: its own blocks; ``vpc_cidrs``: those of the VPCs that are attached to it."""

    id: str
    owner: str
    cidrs: tuple[IPv4Network | IPv6Network, ...]
    vpc_cidrs: tuple[IPv4Network | IPv6Network, ...]


@dataclass(frozen=True)
class Certificate:
    """An ACM certificate: its names, and what a client must trust to believe it."""

    names: tuple[str, ...]
    authority: str


class AccountResources(Protocol):
    """One account in one region."""

    account: str
    region: str

    def subnet(self, subnet_id: str) -> Subnet | None: ...

    def vpc_cidrs(self, vpc_id: str) -> tuple[IPv4Network | IPv6Network, ...]: ...

    def transit_gateway(self, transit_gateway_id: str) -> TransitGateway | None: ...

    def zones(self) -> tuple[Zone, ...]: ...

    def default_security_group(self, vpc_id: str) -> str: ...

    def vpc_of_security_group(self, group_id: str) -> str | None: ...

    def certificate(self, arn: str) -> Certificate | None: ...

    def has_saml_provider(self, arn: str) -> bool: ...

    def has_log_group(self, name: str) -> bool: ...

    def create_log_stream(self, group: str, stream: str) -> None: ...

    def put_log_event(
        self, group: str, stream: str, message: str, *, published_at: float, arrived_at: float
    ) -> None: ...

    def ensure_log_group(self, name: str) -> None: ...

    def deny_list_entry(self, username: str) -> dict[str, Any]: ...

    def tags(self, resource_id: str) -> dict[str, str]: ...

    def set_tags(self, resource_id: str, tags: dict[str, str]) -> None: ...

    def forget_tags(self, resource_id: str) -> None: ...
