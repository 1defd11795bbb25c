"""The profiles that a person may use, each with the copy that this person has."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db.models import Min, Window
from django.utils.translation import gettext as _

from portal.access.models import User
from vpn.aws.snapshots import AuthorizationRule
from vpn.endpoints import queries as endpoint_queries
from vpn.endpoints.models import Endpoint
from vpn.endpoints.trouble import EndpointTrouble, find_trouble, is_standby
from vpn.moments import format_day, format_moment
from vpn.profiles.configuration import needs_device_posture
from vpn.profiles.filename import profile_filenames
from vpn.profiles.models import ProfileDownload

CERTIFICATE = "certificate-authentication"
WHOLE_INTERNET = frozenset({"0.0.0.0/0", "::/0"})


class ProfileCopy(StrEnum):
    """NOT_READY: AWS hasn't given us the profile, so nobody has a copy."""

    NOT_READY = "not-ready"
    NONE = "none"
    NEWEST = "newest"
    OUTDATED = "outdated"


@dataclass(frozen=True)
class Profile:
    """One endpoint's profile for one person.

    ``why`` says in sentences what the person may reach by it; ``download`` is this person's newest, if any.
    ``suggested``: the one to begin with, of several or alone.
    """

    endpoint: Endpoint
    filename: str
    why: list[str]
    download: ProfileDownload | None
    suggested: bool

    @property
    def ready(self) -> bool:
        """Whether AWS has ever given us this endpoint's client configuration."""
        return bool(self.endpoint.configuration)

    @property
    def outdated(self) -> bool:
        """Whether AWS's configuration is another than the one this person downloaded last."""
        if self.download is None:
            return False
        return self.download.configuration_hash != self.endpoint.configuration_hash

    @property
    def copy(self) -> ProfileCopy:
        """The copy that this person has, as far as downloads tell."""
        if not self.ready:
            return ProfileCopy.NOT_READY
        if self.outdated:
            return ProfileCopy.OUTDATED
        return ProfileCopy.NEWEST if self.download else ProfileCopy.NONE

    @property
    def copy_text(self) -> str:
        """``copy`` as a sentence."""
        copy, changed_at = self.copy, self.endpoint.configuration_changed_at
        if copy is ProfileCopy.NOT_READY:
            return _("AWS hasn't given us this profile yet. Try again in a few minutes.")
        if copy is ProfileCopy.OUTDATED and changed_at:
            text = _(
                "Its settings changed on %(day)s. Download it again and import it in AWS VPN Client: "
                "the old file may no longer connect."
            )
            return text % {"day": format_day(changed_at)}
        if self.download:
            return _("Downloaded %(day)s.") % {"day": format_moment(self.download.downloaded_at)}
        return _("You haven't downloaded it yet.")

    @property
    def trouble(self) -> EndpointTrouble | None:
        """Why the newest file doesn't help either."""
        return find_trouble(self.endpoint)

    @property
    def is_next(self) -> bool:
        """Whether downloading it is what this person should do now."""
        return self.outdated or (self.suggested and self.copy is ProfileCopy.NONE)

    @property
    def purpose(self) -> str:
        """When to use it, for people who don't know what a tunnel is."""
        if self.endpoint.split_tunnel:
            return _(
                "For internal systems. Only some destinations go through the VPN; everything else goes straight to the "
                "internet."
            )
        # Not where AWS's network has never shown us one: behind a transit gateway, say.
        if self.endpoint.egress_known_at is None:
            return _("All traffic goes through the VPN.")
        return _(
            "For services that allow only the fixed IP address. All traffic leaves from the fixed IP address."
        )

    @property
    def needs_device_posture(self) -> bool:
        return needs_device_posture(self.endpoint)

    @property
    def is_stale(self) -> bool:
        return endpoint_queries.is_stale(self.endpoint)

    @property
    def needs_certificate(self) -> bool:
        """Whether the person must add a client certificate and key, which never come from AWS."""
        return CERTIFICATE in self.endpoint.authentication


@dataclass(frozen=True)
class PersonDownloads:
    """Of one person: the newest of each endpoint's profile, by the endpoint's key, and when the very first was made."""

    newest_by_endpoint: dict[int, ProfileDownload]
    first_at: datetime | None

    @property
    def newest(self) -> ProfileDownload | None:
        """Whichever endpoint it is of."""
        downloads = self.newest_by_endpoint.values()
        return max(downloads, key=lambda download: download.downloaded_at, default=None)


def downloads_by(user: User) -> PersonDownloads:
    # PostgreSQL computes the window before it picks the newest of each endpoint.
    downloads = ProfileDownload.objects.filter(user=user).annotate(first_at=Window(Min("downloaded_at")))
    newest = list(downloads.order_by("endpoint_id", "-downloaded_at").distinct("endpoint_id"))
    return PersonDownloads(
        {download.endpoint_id: download for download in newest},
        min((download.first_at for download in newest), default=None),
    )


def profiles_for(user: User, endpoints: Iterable[Endpoint], downloads: PersonDownloads) -> list[Profile]:
    """Every endpoint whose authorization rules let this person in; those that lead to the fixed IP address first."""
    candidates = endpoint_queries.endpoints_for(user, endpoints)
    # A standby has no profile yet, and alarms people who have another; alone, it says that something is under way.
    in_use = [candidate for candidate in candidates if not is_standby(candidate.endpoint)]
    allowed = sorted(
        in_use or candidates,
        key=lambda candidate: (candidate.endpoint.split_tunnel, candidate.endpoint.label),
    )
    suggested = next(
        (
            candidate.endpoint
            for candidate in allowed
            if candidate.endpoint.configuration and not find_trouble(candidate.endpoint)
        ),
        None,
    )
    filenames = profile_filenames(candidate.endpoint for candidate in allowed)
    return [
        Profile(
            endpoint=candidate.endpoint,
            filename=filenames[candidate.endpoint.endpoint_id],
            why=[_rule_text(rule) for rule in candidate.rules],
            download=downloads.newest_by_endpoint.get(candidate.endpoint.pk),
            suggested=candidate.endpoint == suggested,
        )
        for candidate in allowed
    ]


def lost_endpoints(
    endpoints: Iterable[Endpoint], downloads: PersonDownloads, profiles: Iterable[Profile]
) -> list[Endpoint]:
    """Those that this person has the profile of, and can't use any more."""
    usable = {profile.endpoint.pk for profile in profiles}
    return [
        endpoint
        for endpoint in endpoints
        if endpoint.pk in downloads.newest_by_endpoint and endpoint.pk not in usable
    ]


def list_profiles(user: User) -> list[Profile]:
    return profiles_for(user, endpoint_queries.all_endpoints(), downloads_by(user))


def get_profile(user: User, *, endpoint_id: str) -> Profile | None:
    """None if there is no such endpoint, or none that this person may use: nobody can tell the difference."""
    profiles = list_profiles(user)
    return next((profile for profile in profiles if profile.endpoint.endpoint_id == endpoint_id), None)


def lost_endpoint(user: User, *, endpoint_id: str) -> Endpoint | None:
    """The endpoint of an old link, if this person ever downloaded its profile: nobody else may know that it exists."""
    downloads = ProfileDownload.objects.filter(user=user, endpoint__endpoint_id=endpoint_id)
    newest = downloads.select_related("endpoint").order_by("-downloaded_at").first()
    return newest.endpoint if newest else None


def _rule_text(rule: AuthorizationRule) -> str:
    # Without AWS's description: administrators write it for themselves, and in one language.
    if rule.destination_cidr in WHOLE_INTERNET:
        text = _("You can reach the whole internet (%(destination)s).")
    elif rule.access_all:
        text = _("You can reach %(destination)s, as everyone can.")
    else:
        text = _("You can reach %(destination)s.")
    return text % {"destination": rule.destination_cidr}
