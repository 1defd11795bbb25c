"""Redirects to the sign-in page unless a view is marked ``@login_not_required``."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.contrib.auth import middleware
from django.http import HttpRequest, HttpResponse, HttpResponseBase


class LoginRequiredMiddleware(middleware.LoginRequiredMiddleware):
    """Django's own, but it asks the view first: a page for everybody answers while the database is down."""

    def process_view(
        self,
        request: HttpRequest,
        view_func: Callable[..., HttpResponseBase],
        view_args: tuple[Any, ...],
        view_kwargs: dict[str, Any],
    ) -> HttpResponseBase | None:
        if not getattr(view_func, "login_required", True):
            return None
        if not request.user.is_authenticated and "HX-Request" in request.headers:
            # The session ended under an open page. The page says so (adaptive-refresh.js): the sign-in page must not
            # come into a part of it, nor in the place of what somebody is reading.
            return HttpResponse(status=HTTPStatus.UNAUTHORIZED)
        return super().process_view(request, view_func, view_args, view_kwargs)
