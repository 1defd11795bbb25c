"""Who saw which error page: people read its reference number to the helpdesk, and most errors have no audit event."""

from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus
from typing import Final

import structlog
from django.db import Error
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from portal.rates import is_over
from vpn.helpdesk.models import FailedRequest

KEPT: Final = timedelta(days=30)
# A person sees a few; a script that tries every path would fill the table.
MOST_A_MINUTE: Final = 20
# The database may be what failed.
UNAVAILABLE: Final = HTTPStatus.SERVICE_UNAVAILABLE

logger = structlog.get_logger(__name__)


class FailedRequestMiddleware:
    """Stands after those that know who is signed in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if response.status_code >= HTTPStatus.BAD_REQUEST and response.status_code != UNAVAILABLE:
            _note(request, response.status_code)
        return response


def _note(request: HttpRequest, status: int) -> None:
    try:
        user = request.user
        if not user.is_authenticated or is_over("failed-request", user.username, per_minute=MOST_A_MINUTE):
            return
        FailedRequest.objects.create(
            reference=getattr(request, "reference", ""),
            username=user.username,
            status=status,
            path=request.path[:200].replace("\0", ""),
            at=timezone.now(),
        )
    except Error:
        # The error page must come all the same; the log has its number, too.
        logger.warning("failed_request_not_kept", exc_info=True)


def delete_old_failed_requests() -> int:
    return FailedRequest.objects.filter(at__lt=timezone.now() - KEPT).delete()[0]
