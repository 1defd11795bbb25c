"""One person who was connected from two networks at the same time."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from vpn.connection_log.overlaps import overlapping_networks
from vpn.connection_log.search.links import person_url
from vpn.findings.models import Finding
from vpn.findings.rule import DetectedFinding, FindingRule, FindingText, finding_key, format_time, read_time

DAY = timedelta(days=1)


def detect(now: datetime) -> list[DetectedFinding]:
    return [
        DetectedFinding(
            finding_key(overlap.person, *overlap.networks),
            overlap.username,
            {
                "addresses": list(overlap.addresses),
                "connections": list(overlap.connection_ids),
                "since": overlap.since.isoformat(),
                "until": overlap.until.isoformat(),
                "times": overlap.times,
            },
        )
        for overlap in overlapping_networks(now)
    ]


def describe(finding: Finding, _names: Mapping[str, str]) -> FindingText:
    since, until = read_time(finding.evidence["since"]), read_time(finding.evidence["until"])
    first, second = finding.evidence["addresses"]
    text = _("From %(one)s and from %(other)s at the same time, last from %(since)s to %(until)s.") % {
        "one": first,
        "other": second,
        "since": format_time(since),
        "until": _format_end(since, until),
    }
    return FindingText(text, person_url(finding.subject, since - DAY, until + DAY))


def _format_end(since: datetime, until: datetime) -> str:
    """The day is said again only if it is another one."""
    same_day = timezone.localdate(since) == timezone.localdate(until)
    return date_format(timezone.localtime(until), "TIME_FORMAT") if same_day else format_time(until)


RULE = FindingRule(
    kind="two-places",
    label=gettext_lazy("One person from two places at once"),
    tone="warn",
    why=gettext_lazy(
        "The account is connected from two distant places at the same time. Somebody else may be using it."
    ),
    advice=gettext_lazy(
        "Ask the person which of the two connections is theirs. If one isn't, end the account's sessions,"
        " renew its password and second factor, and disconnect it."
    ),
    basis=gettext_lazy(
        "Connections that overlap by 5 minutes or more, from source IPs in different /16 networks (IPv6: /32),"
        " neither of which is an office network. A telephone on a mobile network beside a computer at home looks"
        " the same. Addresses are not looked up anywhere."
    ),
    detect=detect,
    describe=describe,
    kept_open=timedelta(days=30),
)
