"""Why a log group could not be read, in words."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from vpn.connection_log.models import LogSource, LogSourceKind
from vpn.endpoints.reasons import ERRORS

LOG_ERRORS: Final[dict[str, Promise]] = ERRORS | {
    "aws-not-found": _("The log group does not exist. Make it again, or name another one at the endpoint."),
    "aws-access-denied": _("AWS refused: the portal's role lacks logs:FilterLogEvents on this log group."),
}


HANDLER_ERRORS: Final[dict[str, Promise]] = LOG_ERRORS | {
    "aws-not-found": _("The function's log group does not exist: it has never run, or logs elsewhere."),
}


def log_error_text(source: LogSource) -> str:
    """Why reading failed the last time, in words; empty if it didn't."""
    if source.kind == LogSourceKind.CONNECT_HANDLER and source.error_id in HANDLER_ERRORS:
        return str(HANDLER_ERRORS[source.error_id])
    return str(LOG_ERRORS.get(source.error_id, ERRORS["aws-failed"])) if source.error_id else ""
