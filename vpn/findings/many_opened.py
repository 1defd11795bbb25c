"""Agents of the helpdesk who open, or search for, more people than callers explain."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.access.names import account_key
from portal.audit.models import AuditEvent
from portal.audit.tags import Tag
from vpn.findings.models import Finding
from vpn.findings.rule import DetectedFinding, FindingRule, FindingText, finding_key

WITHIN: Final = timedelta(hours=24)
# A busy day has some forty calls; the limit of 30 people an hour alone would allow hundreds.
MANY: Final = 60
OPENINGS: Final = (Tag.HELPDESK_PERSON_OPENED, Tag.SUPPORT_CODE_OPENED)


def detect(now: datetime) -> list[DetectedFinding]:
    since = now - WITHIN
    opened: dict[str, set[str]] = defaultdict(set)
    events = AuditEvent.objects.filter(tag__in=OPENINGS, at__gt=since)
    for actor, person in events.values_list("actor", "target_id"):
        opened[actor].add(account_key(person))
    searched = set(
        AuditEvent.objects.filter(tag=Tag.HELPDESK_MANY_NAMES, at__gt=since).values_list("actor", flat=True)
    )
    agents = {actor for actor, people in opened.items() if len(people) >= MANY} | searched
    return [
        DetectedFinding(
            # Of each day one: who does it again tomorrow is another matter.
            finding_key(agent, now.date()),
            agent,
            {
                "people": len(opened.get(agent, ())),
                "searched": agent in searched,
                "day": now.date().isoformat(),
            },
        )
        for agent in sorted(agents)
    ]


def describe(finding: Finding, _names: Mapping[str, str]) -> FindingText:
    evidence = finding.evidence
    text = _("Opened %(people)s people within 24 hours.") % {"people": evidence["people"]}
    if evidence["searched"]:
        text = _("Opened %(people)s people within 24 hours, and had very many names shown.") % {
            "people": evidence["people"]
        }
    query = urlencode(
        {"actor": finding.subject, "since": evidence["day"], "tag": Tag.HELPDESK_PERSON_OPENED.value}
    )
    return FindingText(text, f"{reverse('audit')}?{query}")


RULE = FindingRule(
    kind="many-opened",
    label=gettext_lazy("Helpdesk opens many people"),
    tone="warn",
    why=gettext_lazy(
        "Whoever opens a person sees where and when they connect: only a call is a reason for it."
    ),
    advice=gettext_lazy("Compare the reasons in the audit record with the tickets, and ask the agent."),
    basis=gettext_lazy(
        "60 different people opened within 24 hours, or so many names searched for that the portal stopped it."
    ),
    detect=detect,
    describe=describe,
    kept_open=timedelta(days=30),
)
