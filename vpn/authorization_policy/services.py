"""Reading policies, and storing them. A policy that couldn't be read keeps its last good values and says why."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from django.utils import timezone

from vpn.authorization_policy.models import EndpointPolicy
from vpn.aws import client_vpn_changes
from vpn.aws.accounts import Account
from vpn.aws.answers import AuthorizationPolicy
from vpn.aws.errors import AwsError, says_there_is_none
from vpn.aws.session import ec2_client
from vpn.endpoints.models import ChangedPart, Endpoint, EndpointChange
from vpn.endpoints.recording import clear_failure, record_failure

if TYPE_CHECKING:
    from vpn.aws.session import EC2Client

# A policy changes seldom, and decides who gets in: it is read less often than a snapshot, and more than a certificate.
EVERY: Final = timedelta(minutes=5)
AFTER_FAILURE: Final = timedelta(minutes=10)


def read_policies(account: Account) -> None:
    """Read what is due of the account's endpoints. Never raises AwsError: it is recorded at each."""
    now = timezone.now()
    due = [
        endpoint
        for endpoint in Endpoint.objects.filter(account__name=account.name, vanished_at=None).select_related(
            "policy"
        )
        if _is_due(endpoint, now)
    ]
    if not due:
        return
    try:
        with ec2_client(account) as client:
            for endpoint in due:
                _read_policy(client, endpoint, now)
    except AwsError as error:
        # The role can't be assumed, so that none of them was asked for.
        for endpoint in due:
            record_failure(_row(endpoint), error, now)


def _read_policy(client: "EC2Client", endpoint: Endpoint, now: datetime) -> None:
    try:
        store_policy(endpoint, get_policy(client, endpoint.endpoint_id), now)
    except AwsError as error:
        record_failure(_row(endpoint), error, now)


def get_policy(client: "EC2Client", endpoint_id: str) -> AuthorizationPolicy:
    """Empty where there is none. Raises AwsError for every refusal that doesn't say so: that is no answer.

    What AWS answers where there is none isn't documented. A client of others reads an answer without document and
    status so, and a code that ends in NotFound.
    """
    try:
        return client_vpn_changes.get_authorization_policy(client, endpoint_id=endpoint_id)
    except AwsError as error:
        if says_there_is_none(error):
            return AuthorizationPolicy()
        raise


def store_policy(endpoint: Endpoint, policy: AuthorizationPolicy, now: datetime) -> None:
    row = _row(endpoint)
    before, after = _shown(row), _shown(policy)
    if row.seen_at is not None and before != after:
        EndpointChange.objects.create(
            endpoint=endpoint,
            part=ChangedPart.POLICY,
            before=before,
            after=after,
            unchanged_at=row.seen_at,
            noticed_at=now,
        )
    # The first reading says nothing of since when: then the report goes back as far as it can.
    if row.seen_at is not None and (row.document, row.shadow_mode) != (policy.document, policy.shadow_mode):
        row.changed_at = now
    row.document, row.description = policy.document, policy.description
    row.shadow_mode, row.status = policy.shadow_mode, policy.status
    row.seen_at = now
    clear_failure(row, now)
    row.save()


def _shown(policy: AuthorizationPolicy | EndpointPolicy) -> dict[str, Any] | None:
    """What the history of changes has of a policy; None: there is none. AWS's own states are no change."""
    if not policy.document:
        return None
    return {
        "document": policy.document,
        "description": policy.description,
        "shadow_mode": policy.shadow_mode,
    }


def _row(endpoint: Endpoint) -> EndpointPolicy:
    row, _created = EndpointPolicy.objects.get_or_create(endpoint=endpoint)
    return row


def _is_due(endpoint: Endpoint, now: datetime) -> bool:
    policy = getattr(endpoint, "policy", None)
    if policy is None or policy.attempted_at is None:
        return True
    return bool(now >= policy.attempted_at + (AFTER_FAILURE if policy.error_id else EVERY))
