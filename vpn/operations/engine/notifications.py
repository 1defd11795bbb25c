"""Notifications about operations, to the configured webhook and e-mail addresses.

They are written in the caller's transaction and delivered after it (vpn/notifications).
"""

from collections.abc import Callable
from typing import Final

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import lazy
from django.utils.translation import gettext as _

from portal.text import with_note
from vpn.notifications.services import notify
from vpn.operation_plans.plan import Text
from vpn.operations.engine.headings import full_heading, operation_heading, status_heading
from vpn.operations.failure_texts import failure_text
from vpn.operations.models import Operation
from vpn.operations.states import OperationStatus

NOT_APPROVED: Final = "operation-not-approved"
NOTIFIED: Final = {OperationStatus.SUCCEEDED, OperationStatus.FAILED, OperationStatus.AWAITING_APPROVAL}


def notify_status(operation: Operation) -> None:
    """Once for each of: succeeded, failed, awaits approval, or was not approved in time. Otherwise nothing.

    What a person cancelled or rejected is not news to anybody but them.
    """
    status = OperationStatus(operation.status)
    if status not in NOTIFIED and operation.error_id != NOT_APPROVED:
        return
    notify(
        subject=_in_reader_language(lambda: status_heading(str(status.label), full_heading(operation))),
        text=_in_reader_language(lambda: _status_text(operation)),
        url=operation.get_absolute_url(),
        key=f"operation:{operation.pk}:{status.value}",
    )


def _status_text(operation: Operation) -> str:
    lines = [
        _("Requested by: %(name)s") % {"name": operation.requested_by_name},
        _("Reason: %(reason)s") % {"reason": operation.reason},
    ]
    if operation.error_id:
        lines.append(with_note(str(failure_text(operation.error_id)), operation.error_code))
    return "\n".join(lines)


def notify_planned(operation: Operation) -> None:
    """Once, that an operation will begin at ``not_before``. vpn/home/notices.py shows it to employees."""
    notify(
        subject=_in_reader_language(lambda: _planned_subject(operation)),
        text=_in_reader_language(
            lambda: (
                _("%(who)s has planned it. Reason: %(reason)s")
                % {"who": operation.requested_by_name, "reason": operation.reason}
            )
        ),
        url=operation.get_absolute_url(),
        key=f"operation:{operation.pk}:planned",
    )


def _planned_subject(operation: Operation) -> str:
    at = date_format(timezone.localtime(operation.not_before), "DATETIME_FORMAT")
    text = _("Planned for %(at)s: %(heading)s") % {"at": at, "heading": operation_heading(operation)}
    return with_note(text, operation.endpoint.label if operation.endpoint else "")


def _in_reader_language(text: Callable[[], str]) -> Text:
    """Text that tell() evaluates in the language of the message, not in that of whoever caused it."""
    return lazy(text, str)()
