"""What the sandbox remembers of Client VPN: plain records, without behaviour of AWS's."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sandbox.aws.states import State

# What a device has unless somebody says otherwise: the first AWS client that knows device posture.
CLIENT_VERSION: Final = "6.2.0"


@dataclass
class Attachment:
    """An endpoint's attachment to a transit gateway; ``owner`` is the account that has the transit gateway."""

    id: str
    transit_gateway_id: str
    owner: str
    created_at: float
    state: State


@dataclass
class Association:
    """With a subnet of a VPC, or with an Availability Zone of a transit gateway: then subnet and VPC are empty."""

    id: str
    number: int
    vpc_id: str
    subnet_id: str
    availability_zone: str
    availability_zone_id: str
    security_groups: list[str]
    state: State


@dataclass
class Rule:
    number: int
    cidr: str
    group_id: str
    description: str
    state: State

    @property
    def access_all(self) -> bool:
        return not self.group_id


@dataclass
class Route:
    number: int
    cidr: str
    subnet_id: str
    origin: str
    description: str
    state: State


@dataclass(frozen=True)
class Caller:
    """Somebody's device that wants in, at its public address.

    ``client_version`` empty: some other OpenVPN client. ``groups``: ids that the sign-in tells of. ``tokens``: by trust
    provider, the claims of the device's token, or the reason (a text) for which Client VPN can't use it.
    """

    username: str
    device_ip: str
    device_type: str
    client_version: str = CLIENT_VERSION
    groups: tuple[str, ...] = ()
    tokens: Mapping[str, Any] = field(default_factory=dict)
    platform_version: str = ""


@dataclass(frozen=True)
class HandlerRefusal:
    """What the client connect handler made of an attempt: the ``reason`` that AWS logs, and what the person reads."""

    reason: str
    message: str


@dataclass
class Connection:
    """One session of one device. Counters are from the endpoint's side: ingress is what the client sent.

    ``ended_by``: ``client``, ``terminated``, ``timeout``, ``disassociated``, ``policy`` (by an evaluation) or
    ``reset`` (by a change). ``evaluation`` is the last one, as the log has it. ``tokens_lost``: since when.
    """

    id: str
    number: int
    username: str
    common_name: str
    client_ip: str
    client_ip_v6: str
    device_ip: str
    device_type: str
    port: int
    established_at: float
    state: State
    ended_at: float | None = None
    ended_by: str = ""
    ingress_bytes: int = 0
    egress_bytes: int = 0
    ingress_packets: int = 0
    egress_packets: int = 0
    client_version: str = CLIENT_VERSION
    groups: tuple[str, ...] = ()
    tokens: dict[str, Any] = field(default_factory=dict)
    tokens_lost: dict[str, float] = field(default_factory=dict)
    evaluated_at: float | None = None
    evaluation: dict[str, Any] = field(default_factory=dict)


@dataclass
class RevocationList:
    text: str
    state: State


@dataclass
class AuthorizationPolicy:
    document: str
    description: str
    shadow_mode: str
    state: State
    made_at: float


@dataclass(frozen=True, order=True)
class Delivery:
    """A line for a log stream. CloudWatch's ``timestamp`` is when it was published, not when it arrives."""

    arrives_at: float
    number: int
    published_at: float
    group: str
    stream: str
    message: str


@dataclass(frozen=True)
class LogSwitches:
    """What the connection log suffers: the first five are rates from 0 to 1.

    ``styles`` are chosen from at random; ``one_federated_id`` gives both legs of a sign-in the same id. ``stopped``:
    nothing that happens is logged, though the endpoint's settings say so.
    """

    duplicates: float = 0
    late: float = 0
    shuffled: float = 0
    malformed: float = 0
    unknown_fields: float = 0
    styles: tuple[str, ...] = ("2026",)
    one_federated_id: bool = False
    stopped: bool = False


@dataclass
class Endpoint:
    """``settings`` are the members of Describe's answer that a request decides, by their output names."""

    id: str
    number: int
    created_at: float
    authentication: list[dict[str, Any]]
    settings: dict[str, Any]
    certificate_authority: str
    # What AWS assigns where traffic is IPv6; Describe doesn't tell it (admin guide, "IPv6 considerations").
    client_cidr_v6: str = ""
    attachment: Attachment | None = None
    deletion: State | None = None
    applying: State | None = None
    associations: dict[str, Association] = field(default_factory=dict)
    rules: list[Rule] = field(default_factory=list)
    routes: list[Route] = field(default_factory=list)
    connections: dict[str, Connection] = field(default_factory=dict)
    # Federated attempts whose browser is still away, and moments at which a change resets all connections.
    waiting: dict[str, Connection] = field(default_factory=dict)
    resets: list[float] = field(default_factory=list)
    revocation_list: RevocationList | None = None
    policy: AuthorizationPolicy | None = None

    @property
    def client_cidr(self) -> str:
        """Empty where all traffic is IPv6."""
        return str(self.settings.get("ClientCidrBlock", ""))

    @property
    def ip_versions(self) -> frozenset[int]:
        """Of the traffic in the tunnel."""
        kinds = {"ipv4": {4}, "ipv6": {6}, "dual-stack": {4, 6}}
        return frozenset(kinds[self.settings["TrafficIpAddressType"]])

    def status(self, now: float) -> str:
        """``available`` from the first association on, until the last one is gone."""
        if self.deletion:
            return self.deletion.at(now)
        # Admin guide, "Transit Gateway integration": until the other account has accepted it.
        if self.attachment and self.attachment.state.at(now) == "pending-acceptance":
            return "pending"
        codes = {association.state.at(now) for association in self.associations.values()}
        return "available" if codes & {"associated", "disassociating"} else "pending-associate"

    def operations(self, now: float) -> int:
        """How many changes are under way; the routes that an association brings are part of it."""
        changing = [association.state for association in self.associations.values()]
        changing += [rule.state for rule in self.rules]
        changing += [route.state for route in self.routes if route.origin != "associate"]
        return sum(state.is_moving(now) for state in changing)

    def authenticates_by(self, kind: str) -> bool:
        return any(option["Type"] == kind for option in self.authentication)
