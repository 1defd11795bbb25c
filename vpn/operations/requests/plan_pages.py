"""What the confirmation page shows, computed from the draft."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from vpn.operation_plans.consequences import Tone, Topic
from vpn.operation_plans.plan import Plan, PlanCheck, PlannedPerson, Text
from vpn.operation_plans.texts import RECONNECTION_TEXTS, TOPIC_TITLES, SeparatedNumber
from vpn.operations.requests.drafts import Draft
from vpn.operations.requests.durations import format_duration


@dataclass(frozen=True)
class PlanCheckRow:
    """The checks under one heading."""

    title: str
    checks: list[PlanCheck]


@dataclass(frozen=True)
class Headline:
    """``mend_url`` and ``mend_label``: the page of what should be done first."""

    title: Text
    text: Text = ""
    mend_url: str = ""
    mend_label: str = ""


def plan_parts(draft: Draft) -> dict[str, Any]:
    """What _plan.html and _headlines.html take."""
    return {
        "draft": draft,
        "headlines": headlines(draft.plan) if draft.plan else [],
        "people": people_rows(draft.plan) if draft.plan else [],
        "checked": check_groups(draft),
    }


def button_label(draft: Draft) -> Text:
    """What pressing the button does, and to how many people."""
    if draft.plan is None:
        return ""
    count = len(draft.plan.people)
    if draft.needs_approval:
        return _("Ask for approval")
    if count:
        label = ngettext("Run and disconnect %(count)s person", "Run and disconnect %(count)s people", count)
        return label % {"count": count}
    return draft.kind.run_label(draft.plan)


def headlines(plan: Plan) -> list[Headline]:
    """The notice at the top of the page, the gravest first: whom it disconnects, and what somebody loses.

    It says the consequences themselves, so it can't say anything else than the list of what was checked.
    """
    count = len(plan.people)
    title = ngettext(
        "%(count)s connected person will be disconnected.",
        "%(count)s connected people will be disconnected.",
        count,
    )
    disconnected = Headline(title % {"count": SeparatedNumber(count)}, RECONNECTION_TEXTS[plan.reconnection])
    return [
        *([disconnected] if count else []),
        *(
            Headline(check.text, mend_url=check.mend_url, mend_label=str(check.mend_label))
            for check in plan.gravest
        ),
    ]


def people_rows(plan: Plan) -> list[dict[str, str]]:
    """One row for each person, by name."""
    rows = [_person_row(connections) for connections in plan.people.values()]
    return sorted(rows, key=lambda row: row["name"])


def _person_row(connections: Sequence[PlannedPerson]) -> dict[str, str]:
    first = connections[0]
    since = min((connection.since for connection in connections if connection.since), default=None)
    parts = (
        [_("connected for %(duration)s") % {"duration": format_duration(timezone.now() - since)}]
        if since
        else []
    )
    if len(connections) > 1:
        parts.append(_("%(count)s connections") % {"count": len(connections)})
    return {"name": first.name, "username": first.username, "since": " · ".join(parts)}


def check_groups(draft: Draft) -> list[PlanCheckRow]:
    """The checks by topic, in the order of Topic; those without a topic come last.

    Without those that the page says at the top.
    """
    checks = [check for check in draft.plan.checks if check.tone != Tone.OUT] if draft.plan else []
    if draft.asks_permission:
        checks.append(PlanCheck("info", _("AWS is asked for the permission before anything is changed.")))
    titles: list[tuple[Topic | None, Text]] = [*TOPIC_TITLES.items(), (None, _("Other"))]
    groups = [
        PlanCheckRow(str(title), [check for check in checks if check.topic == topic])
        for topic, title in titles
    ]
    return [group for group in groups if group.checks]
