"""The version, and how old the snapshots of accounts, endpoints and the identity provider's metadata are."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.conf import settings
from django.db.models import Count
from prometheus_client.core import GaugeMetricFamily

from portal.access.models import IdentityProviderMetadata
from vpn.aws import accounts
from vpn.certificates.queries import certificates_in_use
from vpn.endpoints.models import AwsAccount, LiveConnection, SnapshotModel
from vpn.endpoints.queries import STALE_AFTER_SNAPSHOTS, visible_endpoints
from vpn.metrics.models import MetricSource
from vpn.monitoring.ages import age_seconds

ACCOUNT_LABELS = ("account", "region")
ENDPOINT_LABELS = ("account", "endpoint", "label")


def installation_gauges() -> list[GaugeMetricFamily]:
    build = GaugeMetricFamily(
        "genkan_build_info", "Always 1; the label tells the version.", labels=["version"]
    )
    build.add_metric([settings.VERSION], 1)
    stale = GaugeMetricFamily(
        "genkan_stale_after_seconds",
        "Age from which on pages call a snapshot old.",
        value=STALE_AFTER_SNAPSHOTS * settings.SNAPSHOT_SECONDS,
    )
    return [build, stale]


def snapshot_gauges(now: datetime) -> list[GaugeMetricFamily]:
    return [*_accounts(now), *_endpoints(now), *_metadata(now), _certificates(now), *_cloudwatch(now)]


def _accounts(now: datetime) -> list[GaugeMetricFamily]:
    """Accounts in VPN_ACCOUNTS, also those that no snapshot ever reached. Rows of other accounts are history."""
    known = {account.name: account for account in AwsAccount.objects.all()}
    snapshots = [
        ((account.name, account.region), known.get(account.name) or AwsAccount())
        for account in accounts.configured()
    ]
    return _snapshot_ages("account", ACCOUNT_LABELS, snapshots, now)


def _endpoints(now: datetime) -> list[GaugeMetricFamily]:
    endpoints = visible_endpoints()
    labels = {
        endpoint.pk: (endpoint.account.name, endpoint.endpoint_id, endpoint.label) for endpoint in endpoints
    }
    connected = dict(LiveConnection.objects.values_list("endpoint").annotate(Count("pk")).order_by())
    connections = GaugeMetricFamily(
        "genkan_endpoint_connections", "Connections at the last snapshot of them.", labels=ENDPOINT_LABELS
    )
    age = GaugeMetricFamily(
        "genkan_endpoint_connections_age_seconds",
        "Seconds since connections were last listed.",
        labels=ENDPOINT_LABELS,
    )
    for endpoint in endpoints:
        connections.add_metric(labels[endpoint.pk], connected.get(endpoint.pk, 0))
        age.add_metric(labels[endpoint.pk], age_seconds(endpoint.connections_seen_at, now))
    snapshots = [(labels[endpoint.pk], endpoint) for endpoint in endpoints]
    return [*_snapshot_ages("endpoint", ENDPOINT_LABELS, snapshots, now), connections, age]


def _snapshot_ages(
    subject: str,
    labels: Sequence[str],
    snapshots: Iterable[tuple[Sequence[str], SnapshotModel]],
    now: datetime,
) -> list[GaugeMetricFamily]:
    """Three metrics about the snapshots of ``subject``: account or endpoint."""
    good = GaugeMetricFamily(
        f"genkan_{subject}_snapshot_age_seconds",
        f"Seconds since the last good snapshot of the {subject}.",
        labels=labels,
    )
    attempted = GaugeMetricFamily(
        f"genkan_{subject}_attempt_age_seconds",
        f"Seconds since the last snapshot of the {subject}, good or not.",
        labels=labels,
    )
    failed = GaugeMetricFamily(
        f"genkan_{subject}_error",
        f"1 if the last snapshot of the {subject} failed, with the error's id; else 0.",
        labels=[*labels, "error_id"],
    )
    for values, snapshot in snapshots:
        good.add_metric(values, age_seconds(snapshot.seen_at, now))
        attempted.add_metric(values, age_seconds(snapshot.attempted_at, now))
        failed.add_metric([*values, snapshot.error_id], bool(snapshot.error_id))
    return [good, attempted, failed]


def _certificates(now: datetime) -> GaugeMetricFamily:
    left = GaugeMetricFamily(
        "genkan_certificate_seconds_left",
        "Seconds until a certificate, or the first in a document of several, is no longer valid.",
        labels=["kind", "name"],
    )
    for certificate in certificates_in_use(now):
        if certificate.not_after and not certificate.error_id:
            left.add_metric(
                [certificate.kind, str(certificate)], (certificate.not_after - now).total_seconds()
            )
    return left


def _cloudwatch(now: datetime) -> list[GaugeMetricFamily]:
    """How far CloudWatch's metrics were read; nothing of accounts that are not configured any more."""
    read = GaugeMetricFamily(
        "genkan_cloudwatch_read_age_seconds",
        "Seconds since the time up to which all of the account's metrics were read.",
        labels=ACCOUNT_LABELS,
    )
    failed = GaugeMetricFamily(
        "genkan_cloudwatch_error",
        "1 if the last reading of metrics failed, with the error's id; else 0.",
        labels=[*ACCOUNT_LABELS, "error_id"],
    )
    names = [account.name for account in accounts.configured()]
    for source in MetricSource.objects.select_related("account").filter(account__name__in=names):
        labels = (source.account.name, source.account.region)
        read.add_metric(labels, age_seconds(source.read_until, now))
        failed.add_metric([*labels, source.error_id], bool(source.error_id))
    return [read, failed]


def _metadata(now: datetime) -> list[GaugeMetricFamily]:
    stored = IdentityProviderMetadata.objects.filter(source=settings.SAML_IDP_METADATA).first()
    fetched_at = stored.fetched_at if stored and stored.document else None
    return [
        GaugeMetricFamily(
            "genkan_metadata_age_seconds",
            "Seconds since the identity provider's metadata were last read.",
            value=age_seconds(fetched_at, now),
        ),
        GaugeMetricFamily(
            "genkan_metadata_refresh_failed",
            "1 if the last try to read the metadata failed, else 0.",
            value=bool(stored and stored.error),
        ),
    ]
