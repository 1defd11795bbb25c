"""The profile: whether the person has one that AWS still accepts.

Source: Client VPN administrator guide, "Client configuration export": the file names one endpoint, its port and
protocol, and carries the certificates against which the endpoint is checked.
"""

from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from vpn.connection_log.models import CONNECTED
from vpn.connection_log.policy_evaluation import parse_devices
from vpn.connection_log.reasons import POLICY_DENY
from vpn.diagnosis.base.facts import PersonFacts
from vpn.diagnosis.base.layer import (
    Cause,
    CauseText,
    EvidenceLine,
    LayerId,
    LayerResult,
    fails,
    holds,
    unknown,
)
from vpn.diagnosis.base.progress import Reached
from vpn.endpoints.models import Endpoint
from vpn.moments import format_day, format_moment
from vpn.profiles.configuration import needs_device_posture
from vpn.profiles.queries import Profile, ProfileCopy

GONE: Final = CauseText(
    sentence=gettext_lazy("The person has the profile of %(label)s, which was closed down"),
    tell=(
        gettext_lazy("The connection %(label)s no longer exists."),
        gettext_lazy(
            "Please download %(instead)s from the portal's profiles page, import it, and connect with it."
        ),
    ),
    agent=gettext_lazy("Send the link to the profiles page."),
)
GONE_ALONE: Final = CauseText(
    sentence=gettext_lazy("The person has the profile of %(label)s, which was closed down"),
    tell=(
        gettext_lazy(
            "The connection %(label)s no longer exists, and there is none yet that your account may use."
        ),
        gettext_lazy("I will pass it on to the administrators."),
    ),
    administrator=gettext_lazy("Add the person to a group that another endpoint lets in."),
)
NOT_ALLOWED: Final = CauseText(
    sentence=gettext_lazy("The person tries %(label)s, which the groups don't allow"),
    tell=(
        gettext_lazy("Your account isn't allowed to use %(label)s."),
        gettext_lazy("Please choose %(instead)s in AWS VPN Client and connect with it."),
    ),
    administrator=gettext_lazy("If the person needs it: add the person to a group that its rules name."),
)
OUTDATED: Final = CauseText(
    sentence=gettext_lazy("The person's profile for %(label)s is out of date"),
    tell=(
        gettext_lazy("The settings of %(label)s have changed since you downloaded your profile."),
        gettext_lazy(
            "Please download it again from the portal's profiles page, import it, and connect with it."
        ),
    ),
    agent=gettext_lazy("Send the link to the profiles page."),
)
NEVER_TAKEN: Final = CauseText(
    sentence=gettext_lazy("The person has no profile yet"),
    tell=(
        gettext_lazy("You still need the connection profile."),
        gettext_lazy("Please open the portal, download %(label)s, and follow the three steps of the guide."),
    ),
    agent=gettext_lazy("Send the link to the guide."),
)


def check(facts: PersonFacts) -> LayerResult:
    endpoint = facts.endpoint
    if endpoint is None:
        return unknown(LayerId.PROFILE, EvidenceLine(_("Which endpoint the person uses isn't known.")))
    if facts.progress.reached >= Reached.TUNNEL and endpoint.vanished_at is None:
        return holds(
            LayerId.PROFILE, EvidenceLine(_("The person connected with it"), seen_at=facts.progress.at)
        )
    if endpoint.vanished_at is not None:
        return _gone(facts, endpoint)
    profile = facts.profile
    if profile is None:
        return _without_access(facts, endpoint)
    if facts.unlogged is not None and facts.unlogged.endpoint_id == endpoint.endpoint_id:
        line = EvidenceLine(_("The endpoint answered it"), seen_at=facts.unlogged.at)
        return holds(LayerId.PROFILE, line)
    if _lacks_posture(facts, endpoint) and profile.download:
        at = format_moment(profile.download.downloaded_at)
        line = EvidenceLine(_("Downloaded %(at)s, before the check of devices was in it") % {"at": at})
        return fails(LayerId.PROFILE, Cause("profile-outdated", OUTDATED, {"label": endpoint.label}), line)
    if facts.progress.reached >= Reached.SIGN_IN:
        # The endpoint answered, so the file's address, port and certificates are right.
        return holds(LayerId.PROFILE, EvidenceLine(_("The endpoint answered it"), seen_at=facts.progress.at))
    return _by_downloads(facts, profile)


def _lacks_posture(facts: PersonFacts, endpoint: Endpoint) -> bool:
    """Refused by the policy with a file from before ``aws-auth-device-posture``: no device token came at all."""
    attempt, profile = facts.progress.attempt, facts.profile
    return (
        attempt is not None
        and attempt.failure_reason == POLICY_DENY
        and not list(parse_devices(attempt.policy_devices))
        and needs_device_posture(endpoint)
        and profile is not None
        and profile.copy is ProfileCopy.OUTDATED
    )


def _gone(facts: PersonFacts, endpoint: Endpoint) -> LayerResult:
    instead = next((profile.endpoint.label for profile in facts.profiles if profile.suggested), "")
    cause = Cause(
        "endpoint-gone", GONE if instead else GONE_ALONE, {"label": endpoint.label, "instead": instead}
    )
    at = format_day(endpoint.vanished_at) if endpoint.vanished_at else "?"
    lines = [EvidenceLine(_("Gone from AWS since %(day)s") % {"day": at})]
    download = facts.downloads.newest_by_endpoint.get(endpoint.pk)
    if download:
        lines.append(EvidenceLine(_("Its profile was downloaded"), seen_at=download.downloaded_at))
    return fails(LayerId.PROFILE, cause, *lines)


def _without_access(facts: PersonFacts, endpoint: Endpoint) -> LayerResult:
    if facts.user is None:
        line = EvidenceLine(_("Downloads aren't known of somebody who never signed in to this portal."))
        return unknown(LayerId.PROFILE, line, ask=_("Which profile is chosen in AWS VPN Client?"))
    instead = next((profile.endpoint.label for profile in facts.profiles if profile.suggested), "")
    if not instead or facts.progress.attempt is None:
        return unknown(
            LayerId.PROFILE, EvidenceLine(_("The groups don't allow %(label)s.") % {"label": endpoint.label})
        )
    cause = Cause("profile-not-allowed", NOT_ALLOWED, {"label": endpoint.label, "instead": instead})
    text = _("No rule of %(label)s is for a group of the person.") % {"label": endpoint.label}
    return fails(LayerId.PROFILE, cause, EvidenceLine(text, seen_at=endpoint.seen_at))


def _by_downloads(facts: PersonFacts, profile: Profile) -> LayerResult:
    values = {"label": profile.endpoint.label}
    changed_at = profile.endpoint.configuration_changed_at
    used = next((row for row in facts.attempts if row.status in CONNECTED), None)
    if used and changed_at and used.at > changed_at and used.endpoint_id == profile.endpoint.endpoint_id:
        return holds(LayerId.PROFILE, EvidenceLine(_("The person connected with it"), seen_at=used.at))
    if profile.copy is ProfileCopy.OUTDATED and profile.download:
        text = _("Downloaded %(at)s, changed %(changed)s") % {
            "at": format_moment(profile.download.downloaded_at),
            "changed": format_moment(changed_at) if changed_at else "?",
        }
        return fails(LayerId.PROFILE, Cause("profile-outdated", OUTDATED, values), EvidenceLine(text))
    if profile.copy is ProfileCopy.NEWEST and profile.download:
        return holds(
            LayerId.PROFILE,
            EvidenceLine(_("Has the newest version"), seen_at=profile.download.downloaded_at),
        )
    if profile.copy is ProfileCopy.NOT_READY:
        return unknown(LayerId.PROFILE, EvidenceLine(_("AWS hasn't given the portal this profile yet.")))
    # Somebody may have been handed the file: who has connected before has one.
    if facts.attempts:
        return unknown(
            LayerId.PROFILE,
            EvidenceLine(_("Never downloaded here, though used: from where the file came isn't known.")),
            ask=_("Which profile is chosen in AWS VPN Client, and where is it from?"),
        )
    line = EvidenceLine(_("Nothing downloaded, and no connection in 30 days"))
    return fails(LayerId.PROFILE, Cause("no-profile", NEVER_TAKEN, values), line)
