"""Names from the directory. None of this asks AWS."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db.models import QuerySet
from django.db.models.functions import Lower

from portal.access.names import ByUsername
from portal.text import with_note
from vpn.directory.models import Directory, DirectoryGroup, DirectoryUser
from vpn.directory.services import configured_account

# It is read once an hour. What is older than a few missed readings says nothing about who has left.
CURRENT: Final = timedelta(hours=6)
# Which of the two the NameID is, the identity provider decides. The user name of one wins over the address of another.
FIELDS: Final = ("email", "username")


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
    """Those of ``usernames`` that somebody in the directory has as user name or e-mail address."""
    return _usernames_of(directory.users.filter(vanished_at=None), usernames)


def is_in_a_directory(username: str) -> bool:
    """Whether somebody in any directory has it as user name or e-mail address."""
    return bool(_usernames_of(DirectoryUser.objects.filter(vanished_at=None), [username]))


def left_usernames(directory: Directory, usernames: Iterable[str]) -> set[str]:
    """Those of ``usernames`` that somebody had who isn't in the directory any more."""
    return _usernames_of(directory.users.exclude(vanished_at=None), usernames)


def _usernames_of(people: QuerySet[DirectoryUser], usernames: Iterable[str]) -> set[str]:
    wanted = set(usernames)
    known = ByUsername((name, None) for field in FIELDS for name, _name in _named(people, field, wanted))
    return {username for username in wanted if username in known}


def names_by_username(usernames: Iterable[str]) -> ByUsername[str]:
    """Display names by user name or e-mail address, for people whom the directory has or had."""
    wanted = set(usernames)
    people = DirectoryUser.objects.exclude(name="")
    return ByUsername(row for field in FIELDS for row in _named(people, field, wanted))


def directory_address(username: str) -> str:
    """The e-mail address of whom the directory has by this user name or address; empty where it has nobody."""
    people = DirectoryUser.objects.filter(vanished_at=None)
    # The user name of one wins over the address of another: the last that comes is kept.
    return ByUsername(
        row for field in FIELDS for row in _named(people, field, [username], value="email")
    ).get(username, "")


def _named(
    people: QuerySet[DirectoryUser], field: str, usernames: Iterable[str], *, value: str = "name"
) -> QuerySet[DirectoryUser, tuple[str, str]]:
    """What ``field`` has of these names in any case, and the display name (or another field) of each."""
    lower = {username.lower() for username in usernames}
    return people.alias(lower=Lower(field)).filter(lower__in=lower).values_list(field, value)
