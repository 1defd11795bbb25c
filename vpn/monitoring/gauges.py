"""What monitoring is told, from our own database and a ping of the queue. AWS is asked nothing."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Q
from django.utils import timezone

from portal.access.models import IdentityProviderMetadata
from portal.audit.models import AuditEvent
from portal.audit.tags import Tag
from vpn.aws import accounts
from vpn.egress import queries as egress
from vpn.egress.verdict import EgressResult
from vpn.endpoints.models import AwsAccount, Endpoint, LiveConnection, SnapshotModel
from vpn.endpoints.queries import STALE_AFTER_SNAPSHOTS, visible_endpoints
from vpn.findings import queries as connection_findings
from vpn.monitoring.exposition import NEVER, Gauge
from vpn.monitoring.log import log_gauges
from vpn.monitoring.operations import operation_gauges
from vpn.monitoring.queue import queue_gauges


def all_gauges() -> list[Gauge]:
    now = timezone.now()
    looks = [*_accounts(now), *_endpoints(now), *_metadata(now)]
    return [
        *_installation(),
        *queue_gauges(now),
        *looks,
        *log_gauges(),
        *operation_gauges(now),
        *_audit(now),
        *_findings(now),
        *_connection_findings(),
    ]


def _installation() -> list[Gauge]:
    build = Gauge("genkan_build_info", "Always 1; the label tells the version.")
    build.add(1, version=settings.VERSION)
    stale = Gauge("genkan_stale_after_seconds", "Age from which on pages call a snapshot old.")
    stale.add(STALE_AFTER_SNAPSHOTS * settings.SNAPSHOT_SECONDS)
    return [build, stale]


def _accounts(now: datetime) -> list[Gauge]:
    """Those in VPN_ACCOUNTS, also if none of our looks ever reached them; rows of others are history."""
    known = {account.name: account for account in AwsAccount.objects.all()}
    return _looks(
        "account",
        (
            ({"account": one.name, "region": one.region}, known.get(one.name) or AwsAccount())
            for one in accounts.configured()
        ),
        now,
    )


def _endpoints(now: datetime) -> list[Gauge]:
    endpoints = visible_endpoints()
    connected = dict(LiveConnection.objects.values_list("endpoint").annotate(Count("pk")).order_by())
    live = Gauge("genkan_endpoint_connections", "Connections at the last look at them.")
    seen = Gauge("genkan_endpoint_connections_age_seconds", "Seconds since connections were last listed.")
    for endpoint in endpoints:
        live.add(connected.get(endpoint.pk, 0), **_labels_of(endpoint))
        seen.add(_age(endpoint.connections_seen_at, now), **_labels_of(endpoint))
    return [*_looks("endpoint", ((_labels_of(one), one) for one in endpoints), now), live, seen]


def _labels_of(endpoint: Endpoint) -> dict[str, str]:
    return {"account": endpoint.account.name, "endpoint": endpoint.endpoint_id, "label": endpoint.label}


def _looks(of: str, snapshots: Iterable[tuple[dict[str, str], SnapshotModel]], now: datetime) -> list[Gauge]:
    good = Gauge(f"genkan_{of}_snapshot_age_seconds", f"Seconds since the last good look at the {of}.")
    tried = Gauge(
        f"genkan_{of}_attempt_age_seconds", f"Seconds since the last look at the {of}, good or not."
    )
    failed = Gauge(
        f"genkan_{of}_error", f"1 if the last look at the {of} failed, with the error's id; else 0."
    )
    for labels, snapshot in snapshots:
        good.add(_age(snapshot.seen_at, now), **labels)
        tried.add(_age(snapshot.attempted_at, now), **labels)
        failed.add(bool(snapshot.error_id), **labels, error_id=snapshot.error_id)
    return [good, tried, failed]


def _metadata(now: datetime) -> list[Gauge]:
    stored = IdentityProviderMetadata.objects.filter(source=settings.SAML_IDP_METADATA).first()
    copied_at = stored.fetched_at if stored and stored.document else None
    age = Gauge(
        "genkan_metadata_age_seconds", "Seconds since the identity provider's metadata were last read."
    )
    age.add(_age(copied_at, now))
    failed = Gauge("genkan_metadata_refresh_failed", "1 if the last try to read the metadata failed, else 0.")
    failed.add(bool(stored and stored.error))
    return [age, failed]


def _audit(now: datetime) -> list[Gauge]:
    newest = AuditEvent.objects.order_by("-sequence").values_list("sequence", flat=True).first()
    last = Gauge("genkan_audit_last_sequence", "Number of the newest audit event.")
    last.add(newest or 0)
    # By the index on ``at``: a day's events, never the whole record.
    counted = {
        tag: (day, hour)
        for tag, day, hour in AuditEvent.objects.filter(at__gt=now - timedelta(days=1))
        .order_by()
        .values_list("tag")
        .annotate(Count("pk"), hour=Count("pk", filter=Q(at__gt=now - timedelta(hours=1))))
    }
    by_day = Gauge("genkan_audit_events_last_day", "Audit events of the last 24 hours, by tag.")
    by_hour = Gauge("genkan_audit_events_last_hour", "Audit events of the last hour, by tag.")
    for tag in Tag.values:
        day, hour = counted.get(tag, (0, 0))
        by_day.add(day, tag=tag)
        by_hour.add(hour, tag=tag)
    return [last, by_day, by_hour]


def _findings(now: datetime) -> list[Gauge]:
    seen = Gauge("genkan_people_by_finding", "People by what the last hour's newest check found of them.")
    people = egress.people_by_result(since=now - timedelta(hours=1))
    for finding in EgressResult:
        seen.add(people.get(finding, 0), finding=finding.value)
    return [seen]


def _connection_findings() -> list[Gauge]:
    waiting = Gauge("genkan_connection_findings", "Findings in the connections that nobody has acknowledged.")
    for kind, count in connection_findings.count_by_kind().items():
        waiting.add(count, kind=kind)
    return [waiting]


def _age(moment: datetime | None, now: datetime) -> float:
    return max(0.0, (now - moment).total_seconds()) if moment else NEVER
