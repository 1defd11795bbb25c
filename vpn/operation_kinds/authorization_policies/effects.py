"""What a policy does to people, as lines of a plan: whom it disconnects, and whom it would have refused."""

import difflib
import re
from collections.abc import Iterator
from typing import Any, Final

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from vpn.authorization_policy.queries import RefusedPerson, ShadowReport, find_policy, shadow_report
from vpn.authorization_policy.texts import mode_text, refusal_text
from vpn.endpoints.models import Endpoint
from vpn.operation_kinds.authorization_policies.fields import problems_at
from vpn.operation_plans.consequences import Topic, join_names
from vpn.operation_plans.plan import PlanCheck, PlannedChange

SHOWN_PEOPLE: Final = 10
# As vpn.person_operations.cedar marks the statements by which the portal refuses somebody
BLOCKS: Final = re.compile(r'^// genkan: begin "(.*)"$', re.MULTILINE)


def document_changes(before: str, after: str) -> Iterator[PlannedChange]:
    """The lines that differ, each group with the number of its first line."""
    old, new = before.splitlines(), after.splitlines()
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for kind, old_begin, old_end, new_begin, new_end in matcher.get_opcodes():
        if kind == "equal":
            continue
        line = (new_begin if new_end > new_begin else old_begin) + 1
        yield PlannedChange(
            f"PolicyDocument:{line}",
            "\n".join(old[old_begin:old_end]) if old_end > old_begin else None,
            "\n".join(new[new_begin:new_end]) if new_end > new_begin else None,
        )


def mode_change(before: dict[str, Any], *, shadow_mode: bool) -> list[PlannedChange]:
    was = before["shadow_mode"] if before["document"] else None
    if was == shadow_mode:
        return []
    names = {True: "enabled", False: "disabled"}
    return [
        PlannedChange(
            "ShadowMode",
            None if was is None else names[was],
            names[shadow_mode],
            "" if was is None else mode_text(shadow_mode=was),
            mode_text(shadow_mode=shadow_mode),
        )
    ]


def enforced_checks(endpoint: Endpoint, document: str) -> list[PlanCheck]:
    """Of a policy that is enforced from now on, or that changes while it is."""
    everybody = gettext(
        "AWS disconnects everybody who is connected to %(label)s, whether or not the policy permits them."
    )
    return [
        PlanCheck("out", everybody % {"label": endpoint.label}, Topic.CONNECTIONS, gravity=0),
        PlanCheck(
            "info",
            _(
                "From then on AWS asks it when somebody connects and every five minutes, and ends what it no longer "
                "permits."
            ),
            Topic.ACCESS,
        ),
        *problem_checks(endpoint, document, tone="out"),
    ]


def problem_checks(endpoint: Endpoint, document: str, *, tone: str) -> list[PlanCheck]:
    """What AWS takes, but what refuses people by mistake."""
    return [PlanCheck(tone, str(problem), Topic.ACCESS) for problem in problems_at(endpoint, document)]


def lost_blocks(before: str, after: str) -> list[PlanCheck]:
    """People whom the portal blocked by a statement that the new document lacks."""
    names = [name for name in BLOCKS.findall(before) if name not in BLOCKS.findall(after)]
    if not names:
        return []
    text = gettext("It no longer forbids whom the portal blocked by it: %(people)s.")
    return [PlanCheck("out", text % {"people": join_names(names)}, Topic.ACCESS)]


def shadow_checks(endpoint: Endpoint) -> list[PlanCheck]:
    """Whom the policy would have refused, by the log of its time in shadow mode."""
    policy = find_policy(endpoint)
    if policy is None or not endpoint.log_group:
        unlogged = _("The endpoint writes no connection log, so nobody knows whom it refuses.")
        return [PlanCheck("unknown", unlogged, Topic.ACCESS)]
    report = shadow_report(endpoint, policy, timezone.now())
    since = date_format(timezone.localtime(report.since), "SHORT_DATETIME_FORMAT")
    if not report.connections:
        text = gettext("Since %(since)s nobody has connected in shadow mode: nobody knows whom it refuses.")
        return [PlanCheck("unknown", text % {"since": since}, Topic.ACCESS)]
    return [
        _summary(report, since),
        *(PlanCheck("warn", _person(person), Topic.ACCESS) for person in report.people[:SHOWN_PEOPLE]),
        *_rest(report),
    ]


def _summary(report: ShadowReport, since: str) -> PlanCheck:
    values = {
        "since": since,
        "count": len(report.people),
        "people": report.evaluated_people,
        "connections": report.connections,
    }
    if not report.people and not report.nameless:
        text = gettext(
            "Since %(since)s it has permitted all %(connections)s connections of %(people)s people in shadow mode."
        )
        return PlanCheck("ok", text % values, Topic.ACCESS)
    text = ngettext(
        "Since %(since)s it would have refused %(count)s of the %(people)s people who connected in shadow mode.",
        "Since %(since)s it would have refused %(count)s of the %(people)s people who connected in shadow mode.",
        len(report.people),
    )
    return PlanCheck("out", text % values, Topic.ACCESS)


def _person(person: RefusedPerson) -> str:
    text = gettext("%(person)s: %(refused)s of %(connections)s connections")
    label = f"{person.name} ({person.username})" if person.name else person.username
    line = text % {"person": label, "refused": person.refused, "connections": person.connections}
    return gettext("%(line)s (%(why)s)") % {"line": line, "why": refusal_text(person)}


def _rest(report: ShadowReport) -> Iterator[PlanCheck]:
    more = len(report.people) - SHOWN_PEOPLE
    if more > 0:
        text = ngettext("and %(count)s more person", "and %(count)s more people", more) % {"count": more}
        yield PlanCheck("warn", text, Topic.ACCESS)
    if report.nameless:
        text = gettext("%(count)s refused connections have no name in the log.")
        yield PlanCheck("warn", text % {"count": report.nameless}, Topic.ACCESS)
