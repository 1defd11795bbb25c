"""The summary's tables of people, single connections and endpoints."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.urls import reverse

from vpn.charts.scales import percent
from vpn.connection_log import units
from vpn.connection_log.search.links import failed_url, person_url, search_url
from vpn.connection_log.search.people import display_names
from vpn.connection_summary import formats
from vpn.connection_summary.pages import SummaryFacts
from vpn.connection_summary.queries import EndpointTotals, ExtremeConnection, PersonTotals
from vpn.endpoints.models import Endpoint
from vpn.quotas.limits import Limit
from vpn.quotas.queries import concurrent_connections, limits_by_account
from vpn.quotas.texts import quota_origin

# Of the people who came for the first time, the newest. More come within a range only while a VPN is introduced.
SHOWN_NEWCOMERS: Final = 100


@dataclass(frozen=True)
class PersonRow:
    name: str
    username: str
    connections: int
    duration: str
    traffic: str
    percent: str
    url: str


@dataclass(frozen=True)
class ExtremeRow:
    at: datetime
    name: str
    username: str
    endpoint: str
    duration: str
    traffic: str
    percent: str
    url: str


@dataclass(frozen=True)
class NewcomerRow:
    at: datetime
    name: str
    username: str
    url: str


@dataclass(frozen=True)
class EndpointTotalsRow:
    """``quota`` empty: not known, or no subnet is associated; ``quota_origin``: where it is from."""

    label: str
    endpoint_id: str
    connected: int
    failed: int
    failed_share: str
    duration: str
    traffic: str
    peak: int
    quota: str
    quota_share: str
    quota_origin: str
    url: str
    failed_url: str


def person_rows(about: SummaryFacts, people: list[PersonTotals], *, by: str) -> list[PersonRow]:
    """``by``: the field of PersonTotals that the bars show."""
    names = display_names(person.username for person in people)
    highest = max((getattr(person, by) for person in people), default=0)
    return [
        PersonRow(
            name=names.get(person.username, ""),
            username=person.username,
            connections=person.connections,
            duration=formats.format_hours(person.seconds),
            traffic=units.format_size(person.bytes),
            percent=percent(getattr(person, by), highest),
            url=person_url(person.username, about.span.since, about.span.until, **about.condition),
        )
        for person in people
    ]


def single_rows(
    about: SummaryFacts, singles: list[ExtremeConnection], *, by: str, labels: Mapping[str, str]
) -> list[ExtremeRow]:
    names = display_names(single.username for single in singles)
    highest = max((getattr(single, by) for single in singles), default=0)
    return [
        ExtremeRow(
            at=single.at,
            name=names.get(single.username, ""),
            username=single.username,
            endpoint=labels.get(single.endpoint_id, single.endpoint_id),
            duration=units.format_duration(single.seconds),
            traffic=units.format_size(single.bytes),
            percent=percent(getattr(single, by), highest),
            url=reverse("connection", args=[single.connection_id]),
        )
        for single in singles
    ]


def newcomer_rows(about: SummaryFacts, arrivals: Iterable[tuple[str, datetime]]) -> list[NewcomerRow]:
    arrivals = list(arrivals)
    names = display_names(username for username, _at in arrivals)
    return [
        NewcomerRow(
            at=at,
            name=names.get(username, ""),
            username=username,
            url=person_url(username, about.span.since, about.span.until),
        )
        for username, at in arrivals
    ]


def endpoint_rows(
    about: SummaryFacts, sums: Iterable[EndpointTotals], *, labels: Mapping[str, str]
) -> list[EndpointTotalsRow]:
    by_account = limits_by_account()
    limits = {
        endpoint.endpoint_id: concurrent_connections(endpoint, by_account[endpoint.account_id])
        for endpoint in Endpoint.objects.filter(vanished_at=None)
    }
    return [_endpoint_row(about, totals, labels, limits.get(totals.endpoint_id)) for totals in sums]


def _endpoint_row(
    about: SummaryFacts, sums: EndpointTotals, labels: Mapping[str, str], limit: Limit | None
) -> EndpointTotalsRow:
    quota = limit.value if limit else 0
    condition, since, until = {"endpoint_id": sums.endpoint_id}, about.span.since, about.span.until
    return EndpointTotalsRow(
        label=labels.get(sums.endpoint_id, sums.endpoint_id),
        endpoint_id=sums.endpoint_id,
        connected=sums.connected,
        failed=sums.failed,
        failed_share=formats.format_share(sums.failed, sums.connected + sums.failed),
        duration=formats.format_hours(sums.seconds),
        traffic=units.format_size(sums.bytes),
        peak=sums.peak,
        quota=f"{quota:,}" if quota else "",
        quota_share=formats.format_share(sums.peak, quota) if quota else "",
        quota_origin=quota_origin(limit.source, limit.seen_at) if limit else "",
        url=search_url(since, until, **condition),
        failed_url=failed_url(since, until, **condition),
    )
