"""One sentence for each finding, from its evidence, and the way to the rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from ipaddress import ip_network
from typing import Any, Final

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from vpn.connection_log import reasons
from vpn.connection_log.search.forms import DEVICES
from vpn.connection_log.search.links import failed_url, person_url, search_url
from vpn.connection_log.summary.ranges import midnight
from vpn.findings.models import Finding, FindingKind

A_DAY: Final = timedelta(days=1)


@dataclass(frozen=True)
class FindingText:
    """``url`` leads to the connections that it is about."""

    text: str
    url: str


def said(finding: Finding, names: Mapping[str, str]) -> FindingText:
    """``names``: what the portal calls people, by their lower-case user name."""
    kind, evidence = FindingKind(finding.kind), finding.evidence
    match kind:
        case FindingKind.TWO_PLACES:
            return _two_places(finding.subject, evidence)
        case FindingKind.SHARED_DEVICE:
            return _shared_device(finding.subject, evidence, names)
        case FindingKind.FAILURES_RISING:
            return _failures_rising(evidence)
        case FindingKind.NO_ACCESS:
            return _no_access(finding.subject, evidence)
        case FindingKind.NEVER_SIGNED_IN:
            return _never_signed_in(finding.subject, evidence)
        case FindingKind.NOT_SEEN:
            return _not_seen(finding.subject, evidence)
        case FindingKind.LOGGING_OFF:
            return _logging_off(finding, evidence)
        case FindingKind.LOG_BEHIND:
            return _log_behind(finding, evidence)
        case FindingKind.UNREADABLE_RISING:
            return _unreadable(evidence)


def people_of(finding: Finding) -> list[str]:
    """User names in it, for their names to be looked up."""
    if finding.kind == FindingKind.SHARED_DEVICE:
        return [str(person) for person in finding.evidence["people"]]
    return [finding.subject]


def _two_places(person: str, evidence: Mapping[str, Any]) -> FindingText:
    since, until = _moment(evidence["since"]), _moment(evidence["until"])
    one, other = evidence["addresses"]
    text = _("From %(one)s and from %(other)s at the same time, last from %(since)s to %(until)s.") % {
        "one": one,
        "other": other,
        "since": _time(since),
        "until": _until(since, until),
    }
    return FindingText(text, person_url(person, since - A_DAY, until + A_DAY))


def _shared_device(address: str, evidence: Mapping[str, Any], names: Mapping[str, str]) -> FindingText:
    since, until = _moment(evidence["since"]), _moment(evidence["until"])
    device = evidence["device_type"]
    text = _("%(people)s connected one after another from this address with %(device)s.") % {
        "people": _(", ").join(names.get(one, one) for one in evidence["people"]),
        "device": DEVICES.get(device, device),
    }
    url = search_url(since, until + timedelta(seconds=1), device_ip=ip_network(address), device_type=device)
    return FindingText(text, url)


def _failures_rising(evidence: Mapping[str, Any]) -> FindingText:
    text = _(
        "%(failures)s failed attempts in 24 hours; usual at this time of the week: %(usual)s. Most often: %(reason)s"
    ) % {
        "failures": f"{evidence['failures']:,}",
        "usual": f"{evidence['usual']:,}",
        "reason": reasons.what(evidence["reason"]) or _("No reason given"),
    }
    since, until = _moment(evidence["since"]), _moment(evidence["until"])
    return FindingText(text, failed_url(since, until, endpoint_id=evidence["endpoint_id"]))


def _no_access(person: str, evidence: Mapping[str, Any]) -> FindingText:
    first, last = date.fromisoformat(evidence["first_day"]), date.fromisoformat(evidence["last_day"])
    values = {
        "endpoint": evidence["endpoint"],
        "day": date_format(last, "DATE_FORMAT"),
        "groups_of": _time(_moment(evidence["groups_of"])),
    }
    match evidence["why"]:
        case "deactivated":
            text = _("Deactivated in the portal, and connected to %(endpoint)s, last on %(day)s.") % values
        case "no-role":
            text = (
                _(
                    "In no group of the portal since %(groups_of)s, and connected to %(endpoint)s, last on %(day)s."
                )
                % values
            )
        case _other:
            text = (
                _(
                    "No group of the sign-in at %(groups_of)s is let in by %(endpoint)s, and yet connected to it, last"
                    " on %(day)s."
                )
                % values
            )
    return FindingText(
        text, person_url(person, midnight(first), midnight(last + A_DAY), endpoint_id=evidence["endpoint_id"])
    )


def _never_signed_in(person: str, evidence: Mapping[str, Any]) -> FindingText:
    first, last = date.fromisoformat(evidence["first_day"]), date.fromisoformat(evidence["last_day"])
    text = _("%(connections)s connections to %(endpoints)s in the last 7 days, last on %(day)s.") % {
        "connections": f"{evidence['connections']:,}",
        "endpoints": _(", ").join(evidence["endpoints"]),
        "day": date_format(last, "DATE_FORMAT"),
    }
    return FindingText(text, person_url(person, midnight(first), midnight(last + A_DAY)))


def _not_seen(person: str, evidence: Mapping[str, Any]) -> FindingText:
    now = timezone.now()
    if not evidence["last"]:
        known = _moment(evidence["known_since"])
        text = _("Never connected, and known to the portal since %(day)s.") % {"day": _day(known)}
        return FindingText(text, person_url(person, known, now))
    last = _moment(evidence["last"])
    text = _("Last connected on %(day)s.") % {"day": _day(last)}
    return FindingText(text, person_url(person, last - A_DAY, now))


def _logging_off(finding: Finding, evidence: Mapping[str, Any]) -> FindingText:
    since = finding.first_seen_at
    text = _("Connections to this endpoint have not been logged since %(since)s or before.") % {
        "since": _time(since)
    }
    url = search_url(since - 7 * A_DAY, timezone.now(), endpoint_id=evidence["endpoint_id"])
    return FindingText(text, url)


def _log_behind(finding: Finding, evidence: Mapping[str, Any]) -> FindingText:
    if not evidence["read_at"]:
        return FindingText(_("This log group has never been read."), "")
    read_at = _moment(evidence["read_at"])
    text = _("Last read at %(time)s.") % {"time": _time(read_at)}
    return FindingText(text, search_url(read_at - A_DAY, max(finding.last_seen_at, read_at)))


def _unreadable(evidence: Mapping[str, Any]) -> FindingText:
    """What can't be read is no connection: the finding's own page shows the lines."""
    text = _(
        "%(lines)s lines in 24 hours could not be read; usual in a day: %(usual)s. Most often: %(problems)s"
    ) % {
        "lines": f"{evidence['lines']:,}",
        "usual": f"{evidence['usual']:,}",
        "problems": _(", ").join(evidence["problems"]),
    }
    return FindingText(text, "")


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _time(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "DATETIME_FORMAT")


def _until(since: datetime, until: datetime) -> str:
    """The day only if it is another one."""
    same = timezone.localdate(since) == timezone.localdate(until)
    return date_format(timezone.localtime(until), "TIME_FORMAT") if same else _time(until)


def _day(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "DATE_FORMAT")
