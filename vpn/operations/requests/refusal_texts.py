"""Texts for OperationRefused: why a request or a decision was refused."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.text import join_sentences
from vpn.operations.failure_texts import FAILURE_TEXTS
from vpn.operations.models import Operation
from vpn.operations.people_limit import too_many_people_text
from vpn.operations.refusals import (
    EndpointBusy,
    NameNotTyped,
    OperationRefused,
    OtherVersion,
    OwnOperation,
    PartnersNotTold,
    PlanStale,
    TooLate,
    TooManyPeople,
    WrongState,
)
from vpn.partners.obstacles import obstacle_text

REFUSAL_TEXTS: Final[dict[type[OperationRefused], Promise]] = {
    PlanStale: gettext_lazy("The settings have changed since you confirmed. Check everything again."),
    NameNotTyped: gettext_lazy("The name of the endpoint was not typed."),
    OtherVersion: FAILURE_TEXTS["operation-kind-unknown"],
    OwnOperation: gettext_lazy("You can't decide on what you asked for. Ask another administrator."),
    TooLate: gettext_lazy("Nobody decided on it in time. Ask for it anew."),
    WrongState: gettext_lazy("The operation has gone on meanwhile. This page shows how it is now."),
}


def refusal_text(refused: OperationRefused) -> str:
    """In the current language."""
    if isinstance(refused, EndpointBusy):
        return _busy_text(refused.other)
    if isinstance(refused, PlanStale) and refused.other is not None:
        return _unread_text(refused.other)
    if isinstance(refused, PartnersNotTold):
        return join_sentences(*map(obstacle_text, refused.obstacles))
    if isinstance(refused, TooManyPeople):
        return too_many_people_text(refused.count)
    return str(REFUSAL_TEXTS.get(type(refused)) or _("This can't be done now."))


def approval_refusal_text(stale: PlanStale, *, may_decide: bool) -> str:
    """For who would approve what has become another operation since, and for who asked for it."""
    if stale.other is not None:
        return _unread_text(stale.other)
    if not may_decide:
        return _(
            "The settings have changed since it was asked for, so it can't be approved. Cancel it, and ask for it anew."
        )
    return _(
        "The settings have changed since it was asked for, so it can't be approved. Reject it, and have it asked for "
        "anew."
    )


def _unread_text(other: Operation) -> str:
    return _(
        "%(name)s has changed this endpoint just now (#%(number)s), and the portal is reading it from AWS. Look at the "
        "plan again in a moment: it then shows what AWS has."
    ) % {"name": other.requested_by_name, "number": other.number}


def _busy_text(other: Operation | None) -> str:
    if other is None:
        return _("Another operation on this endpoint has just ended. Try again.")
    return _(
        "%(name)s is running an operation on this endpoint (#%(number)s). Try again when it finishes."
    ) % {"name": other.requested_by_name, "number": other.number}
