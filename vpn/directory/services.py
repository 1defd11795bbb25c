"""Reading the directory, and storing it as a whole. A reading that failed changes nothing but what is said of it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.utils import timezone

from vpn.aws import identity_store, snapshots
from vpn.aws.accounts import Account
from vpn.aws.errors import AwsError
from vpn.aws.session import identity_store_client
from vpn.directory.models import Directory, DirectoryGroup, DirectoryUser
from vpn.endpoints.recording import clear_failure, is_due, record_failure

EVERY: Final = timedelta(hours=1)
FIELDS: Final = frozenset({"id", "region", "role_arn", "external_id"})


def configured_account() -> Account | None:
    """Where IAM Identity Center is: its account's role and Region. None: IDENTITY_STORE isn't set, or switched off.

    Raises ImproperlyConfigured.
    """
    entry: Mapping[str, Any] = settings.IDENTITY_STORE
    if not entry or "directory" not in settings.VPN_SOURCES:
        return None
    if (
        not entry.get("id")
        or set(entry) - FIELDS
        or not all(isinstance(text, str) for text in entry.values())
    ):
        raise ImproperlyConfigured(
            'IDENTITY_STORE must look like {"id": "d-…", "region": "…", "role_arn": "…", "external_id": "…"}.'
        )
    return Account(
        name=entry["id"],
        region=entry.get("region") or settings.AWS_REGION,
        role_arn=entry.get("role_arn", ""),
        external_id=entry.get("external_id", ""),
    )


def read_directory() -> None:
    """Read all groups and people, once an hour. Never raises AwsError: it is recorded at the directory."""
    account = configured_account()
    if account is None:
        return
    now = timezone.now()
    directory, _created = Directory.objects.get_or_create(identity_store_id=account.name)
    if not is_due(directory, now, every=EVERY):
        return
    try:
        with identity_store_client(account) as client:
            groups = identity_store.groups(client, identity_store_id=account.name)
            users = identity_store.users(client, identity_store_id=account.name)
    except AwsError as error:
        record_failure(directory, error, now)
        return
    directory.seen_at = now
    clear_failure(directory, now)
    with transaction.atomic():
        directory.save()
        _store_groups(directory, groups)
        _store_users(directory, users)


def _store_groups(directory: Directory, groups: list[snapshots.IdentityStoreGroup]) -> None:
    # By id: a group that AWS lists twice, over two pages of its answer, is one row.
    rows = {
        group.group_id: DirectoryGroup(
            directory=directory, group_id=group.group_id, name=group.name[:1024], vanished_at=None
        )
        for group in groups
    }
    DirectoryGroup.objects.bulk_create(
        rows.values(),
        update_conflicts=True,
        unique_fields=["directory", "group_id"],
        update_fields=["name", "vanished_at"],
    )
    gone = DirectoryGroup.objects.filter(directory=directory, vanished_at=None)
    gone.exclude(group_id__in=rows).update(vanished_at=directory.seen_at)


def _store_users(directory: Directory, users: list[snapshots.IdentityStoreUser]) -> None:
    rows = {
        user.user_id: DirectoryUser(
            directory=directory,
            user_id=user.user_id,
            username=user.username[:128],
            email=user.email[:1024],
            name=user.name[:1024],
            vanished_at=None,
        )
        for user in users
    }
    DirectoryUser.objects.bulk_create(
        rows.values(),
        update_conflicts=True,
        unique_fields=["directory", "user_id"],
        update_fields=["username", "email", "name", "vanished_at"],
    )
    gone = DirectoryUser.objects.filter(directory=directory, vanished_at=None)
    gone.exclude(user_id__in=rows).update(vanished_at=directory.seen_at)
