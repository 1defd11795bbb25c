"""Telling those who are to hear of it what became of an operation; in the transaction that writes it."""

from collections.abc import Callable
from typing import Final

from django.utils.functional import lazy
from django.utils.translation import gettext as _

from vpn.notifications.services import notify
from vpn.operations.engine.headings import full_heading_of
from vpn.operations.failure_texts import failure_text
from vpn.operations.models import Operation
from vpn.operations.plan.plan import Text
from vpn.operations.states import OperationStatus

UNDECIDED: Final = "operation-not-approved"
TOLD: Final = {OperationStatus.SUCCEEDED, OperationStatus.FAILED, OperationStatus.AWAITING_APPROVAL}


def tell_of(operation: Operation) -> None:
    """That it has finished or failed, waits for a second administrator, or has waited in vain; each once."""
    status = OperationStatus(operation.status)
    if status not in TOLD and operation.error_id != UNDECIDED:
        return
    notify(
        subject=_later(lambda: f"{status.label}: {full_heading_of(operation)}"),
        text=_later(lambda: _text(operation)),
        url=operation.get_absolute_url(),
        key=f"operation:{operation.pk}:{status.value}",
    )


def _text(operation: Operation) -> str:
    lines = [
        _("Requested by: %(name)s") % {"name": operation.requested_by_name},
        _("Reason: %(reason)s") % {"reason": operation.reason},
    ]
    if operation.error_id:
        code = f" ({operation.error_code})" if operation.error_code else ""
        lines.append(f"{failure_text(operation.error_id)}{code}")
    return "\n".join(lines)


def _later(words: Callable[[], str]) -> Text:
    """In the language of whoever reads it, not of whoever caused it."""
    return lazy(words, str)()
