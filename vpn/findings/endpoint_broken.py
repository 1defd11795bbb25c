"""An endpoint that people can't use, and that no operation of the portal's has closed."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from vpn.connection_log.search.links import search_url
from vpn.endpoints.queries import all_endpoints
from vpn.endpoints.trouble import GONE_IS_NEWS, EndpointTrouble, TroubleKind, find_trouble
from vpn.findings.models import Finding
from vpn.findings.rule import DetectedFinding, FindingRule, FindingText, finding_key, format_time, read_time
from vpn.notices.plans import find_closing

KIND: Final = "endpoint-broken"


def detect(now: datetime) -> list[DetectedFinding]:
    troubles = [trouble for trouble in map(find_trouble, all_endpoints()) if trouble]
    return [
        DetectedFinding(
            trouble_key(trouble),
            trouble.endpoint.label,
            {
                "endpoint_id": trouble.endpoint.endpoint_id,
                "trouble": trouble.kind.value,
                "since": trouble.since.isoformat() if trouble.since else "",
            },
        )
        for trouble in troubles
        if not _is_over(trouble, now) and find_closing(trouble) is None
    ]


def trouble_key(trouble: EndpointTrouble) -> str:
    """Of another kind it is another finding: who was told of a missing address wasn't told that nobody gets in."""
    return finding_key(trouble.endpoint.endpoint_id, trouble.kind.value)


def describe(finding: Finding, _names: Mapping[str, str]) -> FindingText:
    evidence = finding.evidence
    since = read_time(evidence["since"]) if evidence["since"] else finding.first_seen_at
    texts = {
        TroubleKind.GONE: _("AWS hasn't listed this endpoint since %(since)s."),
        TroubleKind.CLOSED: _("Nobody has been able to connect to this endpoint since %(since)s."),
        TroubleKind.NO_EGRESS: _("This endpoint has led to no fixed IP address since %(since)s."),
    }
    text = texts[TroubleKind(evidence["trouble"])] % {"since": format_time(since)}
    day_before = since - timedelta(days=1)
    url = search_url(day_before, max(finding.last_seen_at, since), endpoint_id=evidence["endpoint_id"])
    return FindingText(text, url)


def _is_over(trouble: EndpointTrouble, now: datetime) -> bool:
    return (
        trouble.kind is TroubleKind.GONE and trouble.since is not None and trouble.since < now - GONE_IS_NEWS
    )


RULE = FindingRule(
    kind=KIND,
    label=gettext_lazy("An endpoint can't be used"),
    tone="out",
    why=gettext_lazy("People who use it can't work. Their pages say so, and that you know about it."),
    advice=gettext_lazy(
        "Open the endpoint's page: it says what AWS has of its subnets, its way out and its state. If it is meant to be"
        " so, acknowledge this."
    ),
    basis=gettext_lazy("The endpoint's last snapshot, and that no operation of the portal's has closed it."),
    detect=detect,
    describe=describe,
)
