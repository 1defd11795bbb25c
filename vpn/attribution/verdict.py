"""The answer in one sentence. Nobody is said to have been there, or not, at a time that the stored log doesn't know."""

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from vpn.attribution.pages import Timeline
from vpn.attribution.queries import AttributionKind, AttributionResult
from vpn.connection_log.coverage.queries import GapReason, LogCoverage


def heading(result: AttributionResult, timeline: Timeline) -> str:
    if timeline.people:
        return _who_was_there(result, timeline)
    if not result.coverage.complete:
        return unknown_text(result.coverage)
    if not result.recorded:
        # Another endpoint may have had the address then, and its people.
        return _("Not known: nobody noted whose address it was at that time")
    if result.kind is AttributionKind.PERSON:
        return _("Not connected then")
    if result.kind is AttributionKind.EVERYBODY:
        return _("No connection at this time is on record")
    return _("Nobody is on record as using it at this time")


def unknown_text(coverage: LogCoverage) -> str:
    """Why there is no answer."""
    if any(gap.reason is GapReason.FUTURE for gap in coverage.gaps):
        return _("This time is still to come.")
    if coverage.only_recent:
        return _("Not known yet: the log of the last minutes may still be on its way")
    if not coverage.nothing:
        return _("Not known: a part of the log of this time is missing")
    if coverage.stored_from is None:
        return _("The log of this time is not stored")
    since = date_format(timezone.localtime(coverage.stored_from), "SHORT_DATE_FORMAT")
    return _("The log of this time is not stored (stored since %(since)s)") % {"since": since}


def _who_was_there(result: AttributionResult, timeline: Timeline) -> str:
    people = {"people": timeline.people}
    if result.more:
        return ngettext("%(people)s person and more", "%(people)s people and more", timeline.people) % people
    if result.kind is AttributionKind.PERSON and timeline.people == 1:
        return _("%(who)s was connected") % {"who": timeline.first}
    if result.kind is AttributionKind.EVERYBODY:
        return (
            ngettext("%(people)s person was connected", "%(people)s people were connected", timeline.people)
            % people
        )
    return ngettext("%(people)s person", "%(people)s people", timeline.people) % people
