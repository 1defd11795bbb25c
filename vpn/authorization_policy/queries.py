"""What is known of policies. None of this asks AWS."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from django.conf import settings
from django.db.models import Count, Max, Q, QuerySet

from vpn.authorization_policy.models import EndpointPolicy
from vpn.connection_log.models import Connection
from vpn.connection_log.policy_evaluation import REFUSED, SHADOW_MODE, parse_devices
from vpn.connection_log.search.people import display_names
from vpn.endpoints.models import Endpoint

# Policies are read every five minutes; after a few missed readings nobody can say what is there now.
OLD: Final = timedelta(minutes=30)
# Whoever connects once a month is seen, and the log is read over few partitions.
REPORTED: Final = timedelta(days=30)


class PolicyState(StrEnum):
    """UNKNOWN: never read, or not lately; then nothing is said of it."""

    UNKNOWN = "unknown"
    NONE = "none"
    SHADOW = "shadow"
    ENFORCED = "enforced"
    CHANGING = "changing"
    FAILED = "failed"


def find_policy(endpoint: Endpoint) -> EndpointPolicy | None:
    return EndpointPolicy.objects.filter(endpoint=endpoint).first()


def policy_state(policy: EndpointPolicy | None, now: datetime) -> PolicyState:
    if "policies" not in settings.VPN_SOURCES or policy is None or policy.error_id:
        return PolicyState.UNKNOWN
    if policy.seen_at is None or policy.seen_at < now - OLD:
        return PolicyState.UNKNOWN
    if not policy.document and not policy.status:
        return PolicyState.NONE
    if policy.status == "failed":
        return PolicyState.FAILED
    if policy.status in {"creating", "updating", "deleting"}:
        return PolicyState.CHANGING
    return PolicyState.SHADOW if policy.shadow_mode else PolicyState.ENFORCED


def trust_providers(endpoint: Endpoint) -> list[str]:
    """The types of the endpoint's device trust providers."""
    options = endpoint.settings.get("DevicePostureOptions") or {}
    return [provider.get("TrustProviderType", "") for provider in options.get("TrustProviders") or ()]


@dataclass(frozen=True)
class RefusedPerson:
    """Somebody whom the policy would have refused, had it been enforced.

    ``denied``: connections that no statement permitted, or one forbade. ``failed``: those where it could not be
    evaluated. ``token_reasons``: AWS's words, of device tokens that failed.
    """

    username: str
    name: str
    connections: int
    denied: int
    failed: int
    token_reasons: tuple[str, ...]
    last_at: datetime

    @property
    def refused(self) -> int:
        return self.denied + self.failed


@dataclass(frozen=True)
class ShadowReport:
    """What the log says of shadow mode since ``since``. ``people``: those with the most refusals first.

    ``nameless``: refused connections of which the log has no user.
    """

    since: datetime
    connections: int
    evaluated_people: int
    people: list[RefusedPerson]
    nameless: int


def shadow_report(endpoint: Endpoint, policy: EndpointPolicy, now: datetime) -> ShadowReport:
    """Of the policy as it is: what the log says from before it was changed is of another one."""
    since = max(filter(None, (policy.changed_at, now - REPORTED)))
    refused = Q(policy_result__in=REFUSED)
    evaluated = Connection.objects.filter(
        endpoint_id=endpoint.endpoint_id,
        at__gte=since,
        policy_shadow_mode=SHADOW_MODE,
        policy_result__isnull=False,
    )
    rows = (
        evaluated.values("user", "user__username")
        .annotate(
            connections=Count("connection_id"),
            denied=Count("connection_id", filter=Q(policy_result="deny")),
            failed=Count("connection_id", filter=Q(policy_result="error")),
            last_at=Max("at", filter=refused),
        )
        .order_by()
    )
    by_user = list(rows)
    reasons = _token_reasons(evaluated.filter(refused).exclude(policy_devices=None))
    known = [row for row in by_user if row["user"] is not None and row["denied"] + row["failed"]]
    names = display_names([row["user__username"] for row in known])
    people = [
        RefusedPerson(
            username=row["user__username"],
            name=names.get(row["user__username"], ""),
            connections=row["connections"],
            denied=row["denied"],
            failed=row["failed"],
            token_reasons=tuple(sorted(reasons.get(row["user"], ()))),
            last_at=row["last_at"],
        )
        for row in known
    ]
    return ShadowReport(
        since=since,
        connections=sum(row["connections"] for row in by_user),
        evaluated_people=sum(row["user"] is not None for row in by_user),
        people=sorted(people, key=lambda person: (-person.refused, person.username)),
        nameless=sum(row["denied"] + row["failed"] for row in by_user if row["user"] is None),
    )


def _token_reasons(refused: QuerySet[Connection]) -> dict[int, set[str]]:
    """By user: why their devices' tokens failed. The texts are few, so they are told apart by the database."""
    reasons: dict[int, set[str]] = {}
    for user, devices in refused.values_list("user", "policy_devices").distinct():
        for _provider, _status, reason in parse_devices(devices):
            if reason and user is not None:
                reasons.setdefault(user, set()).add(reason)
    return reasons
