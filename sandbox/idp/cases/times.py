"""Answers that are too late or too early."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from sandbox.bilingual import BilingualText
from sandbox.idp.cases.case import Case, CaseGroup, Verdict, changed_fields
from sandbox.idp.messages import LIFE, ResponseSpec


def _refused(identifier: str, ja: str, en: str, tell: Callable[[ResponseSpec], dict[str, Any]]) -> Case:
    return Case(identifier, CaseGroup.TIME, Verdict.REFUSE, BilingualText(ja, en), changed_fields(tell))


def _ended(spec: ResponseSpec, ago: timedelta) -> dict[str, Any]:
    """As an identity provider with the right time has made it that long before."""
    return {"now": spec.now - ago - LIFE}


CASES: Final = (
    _refused(
        "expired-3-minutes",
        "3分前に期限切れ",
        "Expired 3 minutes ago",
        lambda spec: _ended(spec, timedelta(minutes=3)),
    ),
    _refused(
        "expired-1-day",
        "1日前に期限切れ",
        "Expired a day ago",
        lambda spec: _ended(spec, timedelta(days=1)),
    ),
    _refused(
        "conditions-expired",
        "Conditionsだけが3分前に期限切れ",
        "Only the Conditions expired, 3 minutes ago",
        lambda spec: {
            **_ended(spec, timedelta(minutes=3)),
            "subject_not_on_or_after": spec.now + LIFE,
        },
    ),
    _refused(
        "subject-expired",
        "SubjectConfirmationだけが3分前に期限切れ",
        "Only the SubjectConfirmation expired, 3 minutes ago",
        lambda spec: {"subject_not_on_or_after": spec.now - timedelta(minutes=3)},
    ),
    _refused(
        "subject-without-end",
        "SubjectConfirmationに期限がない",
        "The SubjectConfirmation has no end",
        lambda _: {"subject_not_on_or_after": None},
    ),
    _refused(
        "not-yet-valid",
        "5分後から有効",
        "Valid from 5 minutes on",
        lambda spec: {"not_before": spec.now + timedelta(minutes=5)},
    ),
    _refused(
        "session-over",
        "IdPのセッションが3分前に終了",
        "The provider's session ended 3 minutes ago",
        lambda spec: {"session_not_on_or_after": spec.now - timedelta(minutes=3)},
    ),
)
