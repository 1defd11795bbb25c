"""What changed in the last 24 hours at the endpoint in question: beside the diagnosis, which it doesn't decide."""

from datetime import timedelta
from typing import Final

from django.utils.translation import gettext as _

from vpn.changes.queries import recent_outside_changes
from vpn.changes.texts import heading
from vpn.client_versions.releases import Platform, newest_release
from vpn.diagnosis.base.facts import PersonFacts
from vpn.diagnosis.base.layer import EvidenceLine
from vpn.directory.queries import group_names

WITHIN: Final = timedelta(hours=24)
# A release is told of for longer: people install it over days.
RELEASE_IS_NEWS: Final = timedelta(days=7)
MOST: Final = 10


def recent_changes(facts: PersonFacts) -> list[EvidenceLine]:
    """Newest first. Without names: who changed it is the administrators' business. Operations are in the story."""
    lines = [*_certificates(facts), *_releases(facts)]
    if facts.endpoint is not None:
        names = group_names()
        lines += [
            EvidenceLine(heading(change, names), seen_at=change.noticed_at)
            for change in recent_outside_changes([facts.endpoint], within=WITHIN)
        ]
    return sorted(lines, key=lambda line: line.seen_at or facts.now, reverse=True)[:MOST]


def _certificates(facts: PersonFacts) -> list[EvidenceLine]:
    return [
        EvidenceLine(_("Certificate changed: %(name)s") % {"name": row}, seen_at=row.changed_at)
        for row in facts.certificates
        if row.changed_at is not None and row.changed_at > facts.now - WITHIN
    ]


def _releases(facts: PersonFacts) -> list[EvidenceLine]:
    """By date only: AWS tells no time."""
    since = (facts.now - RELEASE_IS_NEWS).date()
    newest = [newest_release(platform) for platform in Platform]
    text = _("New version of AWS VPN Client for %(system)s: %(version)s")
    return [
        EvidenceLine(text % {"system": release.platform.label, "version": release.version})
        for release in newest
        if release.released > since
    ]
