"""What CloudWatch has of one account's Client VPN, NAT gateways and tunnels: it follows what happens in the sandbox.

Names and dimensions: Client VPN administrator guide, "Monitoring Client VPN with CloudWatch"; VPC user guide, "NAT
gateway metrics and dimensions"; Site-to-Site VPN user guide, "Monitor VPN tunnels using CloudWatch".
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

CLIENT_VPN: Final = "AWS/ClientVPN"
NAT_GATEWAY: Final = "AWS/NATGateway"
TUNNEL: Final = "AWS/VPN"
# How often the service publishes a point, in seconds.
RESOLUTION: Final = {CLIENT_VPN: 300, NAT_GATEWAY: 60, TUNNEL: 60}

ACTIVE: Final = "ActiveConnectionsCount"
FAILURES: Final = "AuthenticationFailures"
TRAFFIC: Final = ("IngressBytes", "IngressPackets", "EgressBytes", "EgressPackets")
CRL_DAYS: Final = "CrlDaysToExpiry"
IDP_DAYS: Final = "IdpCertDaysToExpiry"
DOWNLOADS: Final = "SelfServicePortalClientConfigurationDownloads"
DENIED_BY_HANDLER: Final = "ClientConnectHandlerDeniedConnections"
HANDLER: Final = (
    "ClientConnectHandlerTimeouts",
    "ClientConnectHandlerInvalidResponses",
    "ClientConnectHandlerOtherExecutionErrors",
    "ClientConnectHandlerThrottlingErrors",
    DENIED_BY_HANDLER,
    "ClientConnectHandlerFailedServiceErrors",
)
DENIED_BY_POLICY: Final = "AuthorizationPolicyDeniedConnections"
EVALUATED: Final = "AuthorizationPolicyEvaluationCount"
ENDED_BY_POLICY: Final = "AuthorizationPolicyTerminatedConnections"
POLICY: Final = (DENIED_BY_POLICY, EVALUATED, ENDED_BY_POLICY)
CLIENT_VPN_METRICS: Final = (
    ACTIVE,
    FAILURES,
    *TRAFFIC,
    CRL_DAYS,
    IDP_DAYS,
    DOWNLOADS,
    *HANDLER,
    *POLICY,
)
NAT: Final = ("ErrorPortAllocation", "PacketsDropCount", "ConnectionAttemptCount")
TUNNEL_STATE: Final = "TunnelState"
# A failed attempt that the log gives this reason is counted by this metric; every other one is of authentication.
METRIC_BY_REASON: Final = {
    "authorization-policy-deny": DENIED_BY_POLICY,
    "client-connect-failed": DENIED_BY_HANDLER,
    "client-connect-handler-timed-out": HANDLER[0],
    "client-connect-handler-invalid-response": HANDLER[1],
    "client-connect-handler-other-execution-error": HANDLER[2],
    "client-connect-handler-throttled": HANDLER[3],
    "client-connect-handler-service-error": HANDLER[5],
}


@dataclass(frozen=True, order=True)
class MetricKey:
    """``dimensions``: names and values in the order of the names."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]

    @property
    def resource(self) -> str:
        """The id of what it is about; of a tunnel its outside address, behind its connection's id."""
        return "/".join(value for _name, value in sorted(self.dimensions, reverse=True))


@dataclass(frozen=True)
class MetricOverride:
    """From ``since`` until ``until`` (None: still) each point has ``value``, whatever happens; None: there is none."""

    resource: str
    metric: str
    value: float | None
    since: float
    until: float | None = None

    def covers(self, resource: str, metric: str, moment: float) -> bool:
        names_it = self.metric == metric and self.resource in {"", resource}
        return names_it and self.since <= moment and (self.until is None or moment < self.until)


@dataclass
class MetricHistory:
    """Counts and levels of one resource since the sandbox began. Times are Unix seconds."""

    counts: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    levels: dict[str, list[tuple[float, float]]] = field(default_factory=dict)

    def count(self, metric: str, amount: float, *, at: float) -> None:
        """Something happened ``amount`` times."""
        if amount:
            self.counts.setdefault(metric, []).append((at, amount))

    def change(self, metric: str, by: float, *, at: float) -> None:
        """A level rose or fell."""
        self.levels.setdefault(metric, []).append((at, by))

    def began_at(self) -> float | None:
        moments = [at for entries in (*self.counts.values(), *self.levels.values()) for at, _ in entries]
        return min(moments, default=None)

    def sums(self, metric: str, since: float, until: float, step: int) -> Iterator[tuple[float, float]]:
        """By step: what was counted in it."""
        totals: dict[int, float] = {}
        for at, amount in self.counts.get(metric, ()):
            if since <= at < until:
                totals[int(at // step)] = totals.get(int(at // step), 0.0) + amount
        for number in range(int(since // step), int(-(-until // step))):
            yield float(number * step), totals.get(number, 0.0)

    def heights(
        self, metric: str, since: float, until: float, step: int, *, start: float = 0.0
    ) -> Iterator[tuple[float, float]]:
        """By step: the level at its end."""
        changes = sorted(self.levels.get(metric, ()))
        level, position = start, 0
        for number in range(int(since // step), int(-(-until // step))):
            while position < len(changes) and changes[position][0] < (number + 1) * step:
                level += changes[position][1]
                position += 1
            yield float(number * step), level
