"""The profiles that a person may use, each with what this person has of it."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from django.db import connection
from django.utils.translation import gettext as _

from portal.access.models import User
from vpn.aws.snapshots import AuthorizationRule
from vpn.endpoints import queries as endpoints
from vpn.endpoints.models import Endpoint
from vpn.moments import day_words, moment_words
from vpn.profiles.filename import profile_filename

CERTIFICATE = "certificate-authentication"


class ProfileCopy(StrEnum):
    """NOT_READY: AWS hasn't given us the profile, so nobody has a copy."""

    NOT_READY = "not-ready"
    NONE = "none"
    NEWEST = "newest"
    OUTDATED = "outdated"


@dataclass(frozen=True)
class Profile:
    """One endpoint's profile for one person; ``why`` says in words which rules let the person use it."""

    endpoint: Endpoint
    filename: str
    why: list[str]
    downloaded_at: datetime | None
    downloaded_hash: str

    @property
    def ready(self) -> bool:
        """Whether AWS has ever given us this endpoint's client configuration."""
        return bool(self.endpoint.configuration)

    @property
    def outdated(self) -> bool:
        """Whether AWS's configuration is another than the one this person took last."""
        return bool(self.downloaded_hash) and self.downloaded_hash != self.endpoint.configuration_hash

    @property
    def copy(self) -> ProfileCopy:
        """What this person has of it."""
        if not self.ready:
            return ProfileCopy.NOT_READY
        if self.outdated:
            return ProfileCopy.OUTDATED
        return ProfileCopy.NEWEST if self.downloaded_at else ProfileCopy.NONE

    @property
    def copy_words(self) -> str:
        """The same as a sentence."""
        copy, changed_at = self.copy, self.endpoint.configuration_changed_at
        if copy is ProfileCopy.NOT_READY:
            return _("AWS hasn't given us this profile yet. Try again in a few minutes.")
        if copy is ProfileCopy.OUTDATED and changed_at:
            words = _(
                "Its settings changed on %(day)s. Download it again and import it in AWS VPN Client: "
                "the old file may no longer connect."
            )
            return words % {"day": day_words(changed_at)}
        if self.downloaded_at:
            return _("Downloaded %(day)s.") % {"day": moment_words(self.downloaded_at)}
        return _("You haven't downloaded it yet.")

    @property
    def is_stale(self) -> bool:
        return endpoints.is_stale(self.endpoint)

    @property
    def needs_certificate(self) -> bool:
        """Whether the person must add a client certificate and key, which never come from AWS."""
        return CERTIFICATE in self.endpoint.authentication


@dataclass(frozen=True)
class DownloadedProfile:
    """What a person has of one endpoint's profile; ``endpoint_id`` is the endpoint's key."""

    endpoint_id: int
    configuration_hash: str
    downloaded_at: datetime


@dataclass(frozen=True)
class PersonDownloads:
    """Of one person: the newest of each endpoint's profile, by the endpoint's key, and when the very first was."""

    newest_of: dict[int, DownloadedProfile]
    first_at: datetime | None

    @property
    def newest(self) -> DownloadedProfile | None:
        """Whichever endpoint it is of."""
        return max(self.newest_of.values(), key=lambda one: one.downloaded_at, default=None)


# One row for the person whose key is %(user)s, for downloads_from()
DOWNLOADS: Final = """(
    SELECT array_agg(endpoint_id) AS downloaded, array_agg(configuration_hash) AS downloaded_hashes,
        array_agg(downloaded_at) AS downloaded_at, min(first_at) AS first_download
    FROM (
        SELECT DISTINCT ON (endpoint_id) endpoint_id, configuration_hash, downloaded_at,
            min(downloaded_at) OVER () AS first_at
        FROM vpn_profiledownload WHERE user_id = %(user)s ORDER BY endpoint_id, downloaded_at DESC
    ) AS newest
)"""
READ: Final = (
    f"SELECT {endpoints.VERSIONS}, downloaded, downloaded_hashes, downloaded_at, first_download"  # noqa: S608
    f" FROM {DOWNLOADS} AS downloads"
)


def downloads_from(
    endpoint_ids: list[int] | None,
    hashes: list[str] | None,
    at: list[datetime] | None,
    first_at: datetime | None,
) -> PersonDownloads:
    """The columns of DOWNLOADS; all None for who has taken nothing."""
    rows = map(DownloadedProfile, endpoint_ids or (), hashes or (), at or ())
    return PersonDownloads({row.endpoint_id: row for row in rows}, first_at)


def seen_and_taken(user: User) -> tuple[list[Endpoint], PersonDownloads]:
    """Every endpoint that was ever seen, and what this person has taken."""
    with connection.cursor() as cursor:
        cursor.execute(READ, {"user": user.pk})
        versions, *taken = cursor.fetchone()
    return endpoints.ever_seen_endpoints(versions=versions), downloads_from(*taken)


def profiles_of(user: User, *, seen: list[Endpoint], downloads: PersonDownloads) -> list[Profile]:
    """Every endpoint whose authorization rules let this person in; those that lead to the fixed IP address first."""
    allowed = sorted(
        endpoints.endpoints_for(user, among=seen),
        key=lambda one: (one.endpoint.split_tunnel, one.endpoint.label),
    )
    newest = downloads.newest_of
    names = Counter(
        profile_filename(one.endpoint.label, endpoint_id=one.endpoint.endpoint_id) for one in allowed
    )
    return [
        Profile(
            endpoint=one.endpoint,
            filename=_filename(one.endpoint, names),
            why=[_in_words(rule) for rule in one.rules],
            downloaded_at=newest[one.endpoint.pk].downloaded_at if one.endpoint.pk in newest else None,
            downloaded_hash=newest[one.endpoint.pk].configuration_hash if one.endpoint.pk in newest else "",
        )
        for one in allowed
    ]


def profile_of(user: User, *, endpoint_id: str) -> Profile | None:
    """None if there is no such endpoint, or none that this person may use: nobody can tell the difference."""
    seen, downloads = seen_and_taken(user)
    mine = profiles_of(user, seen=seen, downloads=downloads)
    return next((profile for profile in mine if profile.endpoint.endpoint_id == endpoint_id), None)


def _in_words(rule: AuthorizationRule) -> str:
    everyone, group = _("Everyone may reach %(destination)s"), _("Your group may reach %(destination)s")
    words = everyone if rule.access_all else group
    sentence = words % {"destination": rule.destination_cidr}
    return f"{sentence} ({rule.description})" if rule.description else sentence


def _filename(endpoint: Endpoint, names: Counter[str]) -> str:
    """Two endpoints of one label (say, in two regions) get file names of their own."""
    filename = profile_filename(endpoint.label, endpoint_id=endpoint.endpoint_id)
    return (
        filename
        if names[filename] == 1
        else f"{filename.removesuffix('.ovpn')}-{endpoint.endpoint_id[-6:]}.ovpn"
    )
