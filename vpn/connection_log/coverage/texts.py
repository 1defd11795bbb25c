"""What is stored, and what isn't and why, in words: the same sentences on every page and in every answer of the API."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from portal.text import join_sentences
from vpn.connection_log.coverage.queries import GapReason, LogCoverage, LogGap
from vpn.connection_log.read_errors import log_error_text

# Each endpoint may have gaps of its own; the first ones tell what to expect of the rest.
SHOWN: Final = 4


def stored_text(coverage: LogCoverage) -> str:
    """From when to when the log is stored, whatever was asked."""
    if coverage.stored_from is None or coverage.stored_until is None:
        return _("No connection log is stored.")
    return _("The log is stored from %(since)s to %(until)s.") % {
        "since": _moment(coverage.stored_from),
        "until": _moment(coverage.stored_until),
    }


def gap_texts(gaps: Iterable[LogGap]) -> list[str]:
    """A sentence for each gap, without repeating any, and how many more there are."""
    texts = list(dict.fromkeys(gap_text(gap) for gap in gaps))
    if len(texts) <= SHOWN:
        return texts
    more = _("%(count)s more parts of the range are missing.") % {"count": len(texts) - SHOWN}
    return [*texts[:SHOWN], more]


def gap_text(gap: LogGap) -> str:
    """Why nothing is known of this part of the range."""
    values = {
        "who": _(", ").join(gap.labels),
        "group": gap.source.log_group if gap.source else "",
        "since": _moment(gap.since),
        "until": _moment(gap.until),
        "stored_from": _moment(gap.stored_from or gap.until),
        "read_until": _moment(gap.source.read_until if gap.source and gap.source.read_until else gap.since),
    }
    match gap.reason:
        case GapReason.BEFORE:
            return _("%(who)s: nothing is stored from before %(stored_from)s.") % values
        case GapReason.NOT_LOGGED:
            return _("%(who)s wrote no connection log from %(since)s to %(until)s.") % values
        case GapReason.NEVER_READ if gap.labels:
            return _("%(who)s: the connection log has never been read.") % values
        case GapReason.NEVER_READ:
            return _("No endpoint is known yet, and no connection log has been read.")
        case GapReason.READ_FAILED:
            return join_sentences(_failure(gap, values), log_error_text(gap.source) if gap.source else "")
        case GapReason.BEHIND:
            return _("%(who)s: %(group)s has only been read until %(read_until)s.") % values
        case GapReason.RECENT:
            return _("Connections of the last minutes may not be in the log yet.")
        case GapReason.LOST:
            return (
                _(
                    "%(who)s: %(group)s was missing at AWS from %(since)s to %(until)s. What was logged then is"
                    " lost."
                )
                % values
            )
        case GapReason.FUTURE:
            return _("This time is still to come.")


def may_be_in_cloudwatch(coverage: LogCoverage) -> bool:
    """Whether CloudWatch Logs may have what the portal lacks: then the way there is offered."""
    unread = {GapReason.BEFORE, GapReason.NEVER_READ, GapReason.READ_FAILED, GapReason.BEHIND}
    return any(gap.reason in unread for gap in coverage.gaps)


def _failure(gap: LogGap, values: dict[str, str]) -> str:
    if gap.source is None or gap.source.read_until is None:
        return _("%(who)s: %(group)s can't be read.") % values
    return _("%(who)s: %(group)s hasn't been readable since %(read_until)s.") % values


def _moment(at: datetime) -> str:
    return date_format(timezone.localtime(at), "SHORT_DATETIME_FORMAT")
