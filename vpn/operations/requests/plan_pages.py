"""What the page that confirms a plan shows, made from the draft."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from vpn.operations.plan.consequences import Topic
from vpn.operations.plan.plan import Plan, PlanCheck, PlannedPerson, Text
from vpn.operations.plan.texts import TOPIC_TITLES
from vpn.operations.requests.pages import duration
from vpn.operations.requests.services import Draft


@dataclass(frozen=True)
class PlanCheckRow:
    """What was checked about one question."""

    title: str
    checks: list[PlanCheck]


def button_label(draft: Draft) -> Text:
    """It says what pressing it does, and to how many."""
    if draft.plan is None:
        return ""
    count = len(draft.plan.people)
    if draft.needs_approval:
        return _("Ask for approval")
    if count:
        label = ngettext("Run and disconnect %(count)s person", "Run and disconnect %(count)s people", count)
        return label % {"count": count}
    return draft.kind.run_label(draft.plan)


def disconnect_notice(draft: Draft) -> dict[str, Any]:
    """What is said first."""
    count = len(draft.plan.people) if draft.plan else 0
    if draft.plan is None or not count:
        return {}
    title = ngettext(
        "%(count)s connected person will be disconnected.",
        "%(count)s connected people will be disconnected.",
        count,
    )
    back = _("They connect again by themselves after some seconds.")
    gone = _("They can't connect again until this is undone.")
    text = draft.plan.afterwards or (back if draft.plan.reconnects else gone)
    return {"title": title % {"count": count}, "text": text}


def people_lines(plan: Plan) -> list[dict[str, str]]:
    """One a person, by name."""
    lines = [_person_line(connections) for connections in plan.people.values()]
    return sorted(lines, key=lambda line: line["name"])


def _person_line(connections: Sequence[PlannedPerson]) -> dict[str, str]:
    first = connections[0]
    since = min((one.since for one in connections if one.since), default=None)
    parts = (
        [_("connected for %(duration)s") % {"duration": duration(timezone.now() - since)}] if since else []
    )
    if len(connections) > 1:
        parts.append(_("%(count)s connections") % {"count": len(connections)})
    return {"name": first.name, "username": first.username, "since": " · ".join(parts)}


def checked(draft: Draft) -> list[PlanCheckRow]:
    """By question, in the order of Topic; what answers none of them comes last."""
    checks = list(draft.plan.checks) if draft.plan else []
    if draft.asks_permission:
        checks.append(PlanCheck("info", _("AWS is asked for the permission before anything is changed.")))
    titles: list[tuple[Topic | None, Text]] = [*TOPIC_TITLES.items(), (None, _("Further"))]
    found = [
        PlanCheckRow(str(title), [one for one in checks if one.topic == topic]) for topic, title in titles
    ]
    return [one for one in found if one.checks]
