"""All that the rules rest on, read once for all endpoints and people: some thirty queries an evaluation."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q

from vpn.assurance.models import AuditVerification, StatedFact
from vpn.assurance.observed import ObservedShare, observe_shares
from vpn.authorization_policy.models import EndpointPolicy
from vpn.certificates.models import Certificate
from vpn.certificates.queries import certificates_in_use
from vpn.connection_log.models import LogSource
from vpn.directory.queries import current_directory, existing_group_ids, group_names
from vpn.drills.base.queries import DrillResult, last_result
from vpn.endpoints.models import EgressAddressPeriod, Endpoint, LiveConnection, SiteToSiteVpn
from vpn.endpoints.trouble import GONE_IS_NEWS, EndpointTrouble, find_trouble
from vpn.findings.models import Finding, RuleRun
from vpn.metrics.definitions import PORT_ERRORS, TUNNEL_STATE
from vpn.metrics.queries import MetricsState, Points, all_points, metrics_state
from vpn.metrics.series import nat_gateways, tunnel_resource
from vpn.notices.plans import find_closing
from vpn.profiles.models import ProfileDownload
from vpn.quotas.limits import Limits
from vpn.quotas.queries import limits_by_account
from vpn.tunnels.models import TunnelMaintenance

HOUR: Final = timedelta(hours=1)
# Rules of the findings that are witnesses here, too.
FINDING_KINDS: Final = ("left-directory", "unlogged-connections", "client-outdated")


@dataclass(frozen=True)
class Facts:
    """``troubles``: by the endpoint's key; ``planned``: endpoints that an operation of ours has closed, or opens.

    ``groups``: ids of all groups in the directory; None: it isn't read, or wasn't lately. ``findings`` are open,
    acknowledged or not: whoever has read of a failure hasn't mended it. ``points``: of the last hour, by resource and
    metric. ``gone_lines``: deleted lately. The other mappings have the key of the endpoint, or of the account.
    """

    now: datetime
    endpoints: Sequence[Endpoint]
    troubles: Mapping[int, EndpointTrouble] = field(default_factory=dict)
    planned: frozenset[int] = frozenset()
    observed: Mapping[int, ObservedShare] = field(default_factory=dict)
    address_periods: Mapping[int, Sequence[EgressAddressPeriod]] = field(default_factory=dict)
    metrics: Mapping[int, MetricsState] = field(default_factory=dict)
    points: Mapping[tuple[str, str], Points] = field(default_factory=dict)
    lines: Mapping[int, Sequence[SiteToSiteVpn]] = field(default_factory=dict)
    gone_lines: Sequence[SiteToSiteVpn] = ()
    maintenance: Mapping[tuple[int, str], TunnelMaintenance] = field(default_factory=dict)
    limits: Mapping[int, Limits] = field(default_factory=dict)
    connected: Mapping[int, int] = field(default_factory=dict)
    certificates: Sequence[Certificate] = ()
    groups: frozenset[str] | None = None
    group_labels: Mapping[str, str] = field(default_factory=dict)
    policies: Mapping[int, EndpointPolicy] = field(default_factory=dict)
    log_sources: Mapping[tuple[int, str], LogSource] = field(default_factory=dict)
    findings: Mapping[str, Sequence[Finding]] = field(default_factory=dict)
    rule_runs: Mapping[str, RuleRun] = field(default_factory=dict)
    profile_holders: Mapping[int, int] = field(default_factory=dict)
    stated: Mapping[str, StatedFact] = field(default_factory=dict)
    drill: DrillResult | None = None
    audit: AuditVerification | None = None

    @property
    def current(self) -> list[Endpoint]:
        """Those that AWS still has."""
        return [endpoint for endpoint in self.endpoints if endpoint.vanished_at is None]


def read_facts(now: datetime) -> Facts:
    """Never asks AWS."""
    rows = Endpoint.objects.select_related("account")
    endpoints = [row for row in rows if row.vanished_at is None or row.vanished_at > now - GONE_IS_NEWS]
    troubles = {trouble.endpoint.pk: trouble for trouble in map(find_trouble, endpoints) if trouble}
    planned = frozenset(key for key, trouble in troubles.items() if find_closing(trouble) is not None)
    lines, gone_lines = _lines(now)
    directory = current_directory(now)
    return Facts(
        now=now,
        endpoints=endpoints,
        troubles=troubles,
        planned=planned,
        observed=observe_shares(endpoints, now),
        address_periods=_address_periods(),
        metrics={
            endpoint.account_id: metrics_state(endpoint.account, now)
            for endpoint in {endpoint.account_id: endpoint for endpoint in endpoints}.values()
        },
        points=_points(endpoints, lines, now),
        lines=lines,
        gone_lines=gone_lines,
        maintenance={(row.vpn_id, row.outside_ip): row for row in TunnelMaintenance.objects.all()},
        limits=limits_by_account(),
        connected=Counter(LiveConnection.objects.values_list("endpoint_id", flat=True)),
        certificates=list(certificates_in_use(now)),
        groups=frozenset(existing_group_ids(directory)) if directory else None,
        group_labels=group_names().by_id,
        policies={row.endpoint_id: row for row in EndpointPolicy.objects.all()},
        log_sources={(row.account_id, row.log_group): row for row in LogSource.objects.all()},
        findings=_findings(),
        rule_runs={run.kind: run for run in RuleRun.objects.filter(kind__in=FINDING_KINDS)},
        profile_holders=_profile_holders(),
        stated={row.question: row for row in StatedFact.objects.filter(until__gt=now)},
        drill=last_result(),
        audit=AuditVerification.objects.first(),
    )


def _lines(now: datetime) -> tuple[dict[int, list[SiteToSiteVpn]], list[SiteToSiteVpn]]:
    """By account, and those that were deleted lately."""
    lines: dict[int, list[SiteToSiteVpn]] = defaultdict(list)
    gone: list[SiteToSiteVpn] = []
    lately = Q(vanished_at=None) | Q(vanished_at__gt=now - GONE_IS_NEWS)
    for line in SiteToSiteVpn.objects.filter(lately).order_by("name", "pk"):
        (gone if line.vanished_at else lines[line.account_id]).append(line)
    return dict(lines), gone


def _address_periods() -> dict[int, list[EgressAddressPeriod]]:
    periods: dict[int, list[EgressAddressPeriod]] = defaultdict(list)
    for period in EgressAddressPeriod.objects.order_by("since"):
        periods[period.endpoint_id].append(period)
    return dict(periods)


def _points(
    endpoints: Sequence[Endpoint], lines: Mapping[int, Sequence[SiteToSiteVpn]], now: datetime
) -> Mapping[tuple[str, str], Points]:
    gateways = {gateway for endpoint in endpoints for gateway in nat_gateways(endpoint)}
    tunnels = {
        tunnel_resource(line, tunnel) for rows in lines.values() for line in rows for tunnel in line.tunnels
    }
    return all_points(gateways | tunnels, [PORT_ERRORS.name, TUNNEL_STATE.name], now - HOUR, now)


def _findings() -> dict[str, list[Finding]]:
    findings: dict[str, list[Finding]] = defaultdict(list)
    for row in Finding.objects.filter(kind__in=FINDING_KINDS, resolved_at=None):
        findings[row.kind].append(row)
    return dict(findings)


def _profile_holders() -> dict[int, int]:
    """How many people have downloaded the endpoint's profile."""
    rows = ProfileDownload.objects.order_by().values_list("endpoint_id", "user_id").distinct()
    return Counter(endpoint for endpoint, _user in rows)
