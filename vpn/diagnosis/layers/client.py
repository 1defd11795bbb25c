"""AWS VPN Client: whether it and the system under it are ones that work, and can do what the endpoint asks of them.

Sources: AWS Client VPN User Guide: release notes (vpn/client_versions/releases.json), system requirements,
"Troubleshooting", and "Client route enforcement" (only one person may be logged in). Only a client connect handler is
told versions (administrator guide, "Connection authorization").
"""

from datetime import timedelta
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from vpn.client_versions.releases import Platform, read_platform, read_version
from vpn.client_versions.upgrades import ClientStatus
from vpn.connect_attempts.queries import KnownClient
from vpn.connect_attempts.texts import client_summary, system_text
from vpn.connection_log.models import CONNECTED
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
from vpn.diagnosis.base.symptoms import Symptom
from vpn.profiles.configuration import refused_by_client

# The handler is asked before the connection log has its line.
SAME_ATTEMPT: Final = timedelta(minutes=5)
# System requirements of the user guide. Windows 11 calls itself 10.0 with a build from 22000 on; where no build is
# told, 10.0 may be either.
OLDEST_MACOS: Final = (14,)
OLDEST_WINDOWS: Final = 10
OLDEST_WINDOWS_BUILD: Final = 22_000
# Since 6.0 a profile with such a directive can't be imported (release notes).
REFUSES_SINCE: Final = (6, 0)

UPGRADE: Final = CauseText(
    sentence=gettext_lazy("AWS VPN Client %(version)s must be upgraded to %(newest)s"),
    tell=(
        gettext_lazy("Your AWS VPN Client is version %(version)s, which has known problems here."),
        gettext_lazy(
            "Please install version %(newest)s or newer with the link in the setup guide, then connect again."
        ),
    ),
    agent=gettext_lazy("Send the link to the guide."),
)
SYSTEM: Final = CauseText(
    sentence=gettext_lazy("AWS VPN Client doesn't support %(system)s any more"),
    tell=(
        gettext_lazy("AWS VPN Client doesn't work on your version of %(system)s any more."),
        gettext_lazy("Please update the operating system, or use another computer until then."),
    ),
    agent=gettext_lazy("Arrange the update of the computer."),
)
REFUSED_PROFILE: Final = CauseText(
    sentence=gettext_lazy("AWS VPN Client 6 refuses the profile: it has %(directives)s"),
    tell=(
        gettext_lazy("The profile has a setting that your AWS VPN Client doesn't accept."),
        gettext_lazy("I will pass it on to the administrators; please don't edit the file yourself."),
    ),
    administrator=gettext_lazy(
        "Take the directive out of what is handed out; AWS's own export doesn't have it."
    ),
)
CANT_IMPORT: Final = CauseText(
    sentence=gettext_lazy("AWS VPN Client can't import the person's file"),
    tell=(
        gettext_lazy(
            "Please download the profile again from the portal's profiles page, and import that file unchanged."
        ),
        gettext_lazy("If you have added settings to the file yourself, leave them out."),
    ),
    agent=gettext_lazy("Send the link to the profiles page."),
)
INCOMPLETE: Final = CauseText(
    sentence=gettext_lazy("AWS VPN Client uses an incomplete profile"),
    tell=(
        gettext_lazy("The profile in your AWS VPN Client is incomplete, so it can't open the sign-in."),
        gettext_lazy(
            "Please download it again from the portal's profiles page, import it, and connect with it."
        ),
    ),
    agent=gettext_lazy("Send the link to the profiles page."),
)
PROFILES_GONE: Final = CauseText(
    sentence=gettext_lazy("The update to version 6 has left the profiles behind"),
    tell=(
        gettext_lazy("AWS VPN Client 6 doesn't take over the profiles of older versions."),
        gettext_lazy("Please download the profile from the portal's profiles page and import it once more."),
    ),
    agent=gettext_lazy("Send the link to the profiles page."),
)
BROKEN: Final = CauseText(
    sentence=gettext_lazy("AWS VPN Client isn't completely installed"),
    tell=(
        gettext_lazy("A part of AWS VPN Client is missing on your computer."),
        gettext_lazy("Please install it again with the link in the setup guide, and allow what it asks for."),
    ),
    agent=gettext_lazy("Send the link to the guide."),
)
SEVERAL_USERS: Final = CauseText(
    sentence=gettext_lazy("Several people are logged in to the person's computer"),
    tell=(
        gettext_lazy("AWS VPN Client doesn't work while somebody else is logged in to the same computer."),
        gettext_lazy("Please have everybody else sign out of it, not just lock it, then connect again."),
    ),
    agent=gettext_lazy("Restarting the computer signs everybody out."),
)
BY_SYMPTOM: Final = (
    (Symptom.SEVERAL_USERS, "several-users", SEVERAL_USERS),
    (Symptom.PROFILES_GONE, "profiles-gone", PROFILES_GONE),
    (Symptom.PASSWORD_BOX, "profile-incomplete", INCOMPLETE),
    (Symptom.CERT_AND_KEY, "profile-incomplete", INCOMPLETE),
    (Symptom.NO_TAP, "client-broken", BROKEN),
    (Symptom.HELPER_TOOL, "client-broken", BROKEN),
    (Symptom.IMPORT_FAILS, "import-fails", CANT_IMPORT),
)


def check(facts: PersonFacts) -> LayerResult:
    known = [EvidenceLine(client_summary(client), seen_at=client.attempt.at) for client in facts.clients]
    if facts.is_connected:
        return holds(LayerId.CLIENT, EvidenceLine(_("It connected"), seen_at=facts.progress.at), *known)
    client = facts.clients[0] if facts.clients else None
    if client is not None and _is_cause(client, facts):
        return fails(LayerId.CLIENT, Cause("client-upgrade", UPGRADE, _versions(client)), *known)
    if refused := _refused_profile(facts, client):
        return refused
    for symptom, cause_id, text in BY_SYMPTOM:
        if facts.told.has(symptom):
            return fails(LayerId.CLIENT, Cause(cause_id, text), told_line(facts, symptom), *known)
    if facts.progress.reached >= Reached.TUNNEL:
        return holds(LayerId.CLIENT, EvidenceLine(_("It connected"), seen_at=facts.progress.at), *known)
    if client is not None and _is_old_system(client) and not _has_connected_with(client, facts):
        cause = Cause("system-unsupported", SYSTEM, {"system": system_text(client.attempt)})
        return fails(LayerId.CLIENT, cause, *known)
    if facts.neighbours:
        return _with_neighbours(facts, known)
    if client is None or client.status is ClientStatus.UNKNOWN:
        return unknown(
            LayerId.CLIENT,
            EvidenceLine(_("The version isn't known: only a client connect handler is told it.")),
            ask=_("Which version does AWS VPN Client show under Help > About?"),
        )
    return holds(LayerId.CLIENT, *known)


def told_line(facts: PersonFacts, symptom: Symptom) -> EvidenceLine:
    text = _("The person says: %(symptom)s") % {"symptom": symptom.label}
    return EvidenceLine(text, seen_at=facts.told.at)


def _is_cause(client: KnownClient, facts: PersonFacts) -> bool:
    """A bad release that connected, or signed in, isn't what stops it; one that can't do what is asked of it may be."""
    if client.upgrade is None or _has_connected_with(client, facts):
        return False
    return bool(client.upgrade.minimum) or facts.progress.reached < Reached.ADMISSION


def _has_connected_with(client: KnownClient, facts: PersonFacts) -> bool:
    since = client.attempt.at - SAME_ATTEMPT
    return any(attempt.status in CONNECTED and attempt.at >= since for attempt in facts.attempts)


def _is_old_system(client: KnownClient) -> bool:
    """False as well where no version of the system was told."""
    version = read_version(client.attempt.platform_version)
    platform = read_platform(client.attempt.platform)
    if version is None:
        return False
    if platform is Platform.WINDOWS:
        # read_version leaves zeros at the end out.
        build = version[2] if len(version) > 2 else OLDEST_WINDOWS_BUILD
        return version[0] < OLDEST_WINDOWS or (version[0] == OLDEST_WINDOWS and build < OLDEST_WINDOWS_BUILD)
    return platform is Platform.MACOS and version < OLDEST_MACOS


def _refused_profile(facts: PersonFacts, client: KnownClient | None) -> LayerResult | None:
    """Nothing but a client of version 6 that never got through with this file, or that the person calls about."""
    directives = refused_by_client(facts.endpoint) if facts.endpoint else []
    version = read_version(client.attempt.client_version) if client else None
    is_new = version is not None and version >= REFUSES_SINCE
    if not directives or not (facts.told.has(Symptom.IMPORT_FAILS) or is_new):
        return None
    if facts.progress.reached > Reached.NOTHING and not facts.told.has(Symptom.IMPORT_FAILS):
        return None
    values = {"directives": ", ".join(directives)}
    line = EvidenceLine(_("In AWS's export of the configuration: %(directives)s") % values)
    return fails(LayerId.CLIENT, Cause("profile-refused", REFUSED_PROFILE, values), line)


def _with_neighbours(facts: PersonFacts, known: list[EvidenceLine]) -> LayerResult:
    """The log names no computer: they may share one, or only the network."""
    text = _("Others with the same kind of computer came from the same address in 12 hours: %(count)s")
    return unknown(
        LayerId.CLIENT,
        EvidenceLine(text % {"count": facts.neighbours}),
        *known,
        ask=_("Is somebody else logged in to the same computer as well?"),
    )


def _versions(client: KnownClient) -> dict[str, object]:
    upgrade = client.upgrade
    newest = (upgrade.newest or upgrade.minimum) if upgrade else ""
    return {"version": client.attempt.client_version, "newest": newest}
