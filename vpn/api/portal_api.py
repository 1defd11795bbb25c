"""The NinjaAPI of the portal: how responses are written and errors answered. Errors are problems (RFC 9457)."""

from collections.abc import Callable
from typing import Any, NoReturn

from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.parser import Parser
from ninja.renderers import BaseRenderer
from pydantic_core import from_json, to_json

from portal.access.tokens.problems import ApiError, problem_response
from vpn.api.openapi import OpenAPIDocument


class RFC3339Renderer(BaseRenderer):
    """Compact JSON. Ninja's own renderer cuts times to milliseconds and writes other letters than ASCII as escapes."""

    media_type = "application/json"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> bytes:
        return to_json(data) + b"\n"


class StrictParser(Parser):
    """JSON in UTF-8. `json` would let single surrogates pass, which PostgreSQL then refuses."""

    def parse_body(self, request: HttpRequest) -> Any:
        return from_json(request.body, allow_inf_nan=False)


class PortalAPI(NinjaAPI):
    """Ninja's documents and their URLs are off: `views.py` serves both, one for tokens and one for sessions."""

    def __init__(self) -> None:
        super().__init__(openapi_url=None, docs_url=None, renderer=RFC3339Renderer(), parser=StrictParser())

    def set_default_exception_handlers(self) -> None:
        handlers: dict[type[Exception], Callable[..., HttpResponse]] = {
            ApiError: problem_response,
            ValidationError: _invalid_body,
            HttpError: _unreadable_body,
            Http404: _not_found,
            # Also with DEBUG, where ninja would show the traceback as text: portal/errors.py answers, in JSON too.
            Exception: _reraise,
        }
        for error, handler in handlers.items():
            self.add_exception_handler(error, handler)

    def get_content_type(self) -> str:
        """JSON has no charset parameter (RFC 8259)."""
        return "application/json"

    def get_openapi_operation_id(self, operation: Any) -> str:
        return str(operation.url_name).removeprefix("api_")

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: Any = None
    ) -> OpenAPIDocument:
        return OpenAPIDocument(self, path_prefix or "")


def _invalid_body(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Only bodies are read by schemas; ``loc`` is "body", the argument's name, then the way to the value."""
    details = [
        f"{wrong['msg']} - at `{'.'.join(['$', *map(str, wrong['loc'][2:])])}`" for wrong in error.errors
    ]
    return _body_problem(request, "; ".join(details))


def _unreadable_body(request: HttpRequest, error: HttpError) -> HttpResponse:
    """Ninja raises HttpError only for a body that its parser refuses; the parser's error is the cause."""
    return _body_problem(request, str(error.__cause__ or error))


def _body_problem(request: HttpRequest, detail: str) -> HttpResponse:
    return problem_response(request, ApiError("body-invalid", detail=detail))


def _not_found(request: HttpRequest, error: Http404) -> HttpResponse:
    return problem_response(request, ApiError("not-found"))


def _reraise(request: HttpRequest, error: Exception) -> NoReturn:
    raise error
