"""Why the portal didn't take a request or a decision, in words."""

from django.utils.translation import gettext as _

from vpn.operations.failure_texts import FAILURE_TEXTS
from vpn.operations.people_limit import too_many_people_text
from vpn.operations.requests.services import NameNotTyped, OwnOperation, PlanStale, TooLate, TooManyPeople
from vpn.operations.transitions import EndpointBusy, OtherVersion, TransitionRefused, WrongState


def words_of(refused: TransitionRefused) -> str:
    if isinstance(refused, EndpointBusy):
        return _busy(refused)
    if isinstance(refused, PlanStale):
        return _("The settings have changed since you confirmed. Check everything again.")
    if isinstance(refused, NameNotTyped):
        return _("The name of the endpoint was not typed.")
    if isinstance(refused, TooManyPeople):
        return too_many_people_text(refused.count)
    if isinstance(refused, OtherVersion):
        return str(FAILURE_TEXTS["operation-kind-unknown"])
    if isinstance(refused, OwnOperation):
        return _("Somebody else must decide on what you asked for.")
    if isinstance(refused, TooLate):
        return _("Nobody decided on it in time. Ask for it anew.")
    if isinstance(refused, WrongState):
        return _("The operation has gone on meanwhile. This page shows how it is now.")
    return _("This can't be done now.")


def _busy(busy: EndpointBusy) -> str:
    if busy.other is None:
        return _("Another operation on this endpoint has just ended. Try again.")
    return _(
        "%(name)s is running an operation on this endpoint (#%(number)s). Try again when it finishes."
    ) % {
        "name": busy.other.requested_by_name,
        "number": busy.other.number,
    }
