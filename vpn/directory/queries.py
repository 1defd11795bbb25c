"""Names from the directory. None of this asks AWS."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db.models.functions import Lower

from portal.text import with_note
from vpn.directory.models import Directory, DirectoryGroup, DirectoryUser
from vpn.directory.services import configured_account

# It is read once an hour. What is older than a few missed readings says nothing about who has left.
CURRENT: Final = timedelta(hours=6)


@dataclass(frozen=True)
class GroupNames:
    """Names of groups by their ids, from GROUP_NAMES and from the Identity Store; the former win."""

    by_id: Mapping[str, str]

    def label(self, group_id: str) -> str:
        """The name with the id behind it, or the id alone where no name is known."""
        name = self.by_id.get(group_id)
        return with_note(name, group_id) if name and name != group_id else group_id


def group_names() -> GroupNames:
    """Of groups that were deleted, too: rules may name them still."""
    stored = DirectoryGroup.objects.exclude(name="").values_list("group_id", "name")
    return GroupNames(dict(stored) | settings.GROUP_NAMES)


def current_directory(now: datetime) -> Directory | None:
    """The directory, if it was read lately and as a whole. None: nothing can be said about who or what is missing."""
    account = configured_account()
    if account is None:
        return None
    return Directory.objects.filter(
        identity_store_id=account.name, error_id="", seen_at__gt=now - CURRENT
    ).first()


def existing_group_ids(directory: Directory) -> set[str]:
    return set(directory.groups.filter(vanished_at=None).values_list("group_id", flat=True))


def known_usernames(directory: Directory, usernames: Iterable[str]) -> set[str]:
    """Those of ``usernames``, in lower case, that somebody in the directory has as user name or e-mail address."""
    wanted = {username.lower() for username in usernames}
    present = directory.users.filter(vanished_at=None)
    by_username = present.alias(lower=Lower("username")).filter(lower__in=wanted)
    by_email = present.alias(lower=Lower("email")).filter(lower__in=wanted)
    names = {name.lower() for name in by_username.values_list("username", flat=True)}
    return names | {email.lower() for email in by_email.values_list("email", flat=True)}


def names_by_username(usernames: Iterable[str]) -> dict[str, str]:
    """Display names by user name or e-mail address in lower case, for people whom the directory has or had."""
    wanted = {username.lower() for username in usernames}
    names: dict[str, str] = {}
    for field in ("email", "username"):
        rows = DirectoryUser.objects.alias(lower=Lower(field)).filter(lower__in=wanted).exclude(name="")
        names |= {value.lower(): name for value, name in rows.values_list(field, "name")}
    return names
