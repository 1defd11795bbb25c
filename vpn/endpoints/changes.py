"""Storing what differs between two snapshots. Who made a change is found out later: see vpn/changes."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from vpn.endpoints.differences import ComparedState, compared_state, find_differences
from vpn.endpoints.models import AwsAccount, ChangedPart, ChangeOrigin, Endpoint, EndpointChange


def record_changes(endpoint: Endpoint, before: ComparedState | None, now: datetime) -> None:
    """Store what the snapshot of ``now`` has changed. ``before`` None: it is the first snapshot."""
    after = compared_state(endpoint)
    if before is None or after is None:
        return
    EndpointChange.objects.bulk_create(
        EndpointChange(
            endpoint=endpoint,
            part=difference.part,
            subject=difference.subject[:400],
            before=difference.before,
            after=difference.after,
            unchanged_at=before.seen_at,
            noticed_at=now,
            origin=ChangeOrigin.AWS if difference.by_aws else ChangeOrigin.UNDECIDED,
        )
        for difference in find_differences(before, after)
    )


def record_new(endpoint: Endpoint, account: AwsAccount, vanished_at: datetime | None, now: datetime) -> None:
    """AWS lists an endpoint that it didn't list at the last look. ``vanished_at``: since when it had not."""
    # The first look at an account finds what has long been there. An account that left VPN_ACCOUNTS and came back was
    # looked at by nobody meanwhile: it is not AWS that listed its endpoints no more.
    if account.seen_at is None or (vanished_at is not None and vanished_at > account.seen_at):
        return
    EndpointChange.objects.create(
        endpoint=endpoint,
        part=ChangedPart.ENDPOINT,
        subject=endpoint.endpoint_id,
        after=_named(endpoint),
        unchanged_at=account.seen_at,
        noticed_at=now,
    )


def record_vanished(endpoints: Iterable[Endpoint], now: datetime) -> None:
    """AWS lists these endpoints no more, or they have lost the tag by which the portal knows its own."""
    EndpointChange.objects.bulk_create(
        EndpointChange(
            endpoint=endpoint,
            part=ChangedPart.ENDPOINT,
            subject=endpoint.endpoint_id,
            before=_named(endpoint),
            unchanged_at=endpoint.attempted_at,
            noticed_at=now,
        )
        for endpoint in endpoints
    )


def _named(endpoint: Endpoint) -> dict[str, Any]:
    return {"label": endpoint.label, "description": endpoint.description, "vpc_id": endpoint.vpc_id}
