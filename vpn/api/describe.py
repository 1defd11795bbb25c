"""A view of the API and its description in one place: who may, what it takes, what it answers.

From the description come the checks before the view, the encoding after it, and its part of openapi.json.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, Final, Literal, ParamSpec, TypeVar

import msgspec
from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from portal.access.permissions import Permission
from portal.access.tokens.guard import ApiRequest, for_token
from portal.access.tokens.problems import ApiError

Method = Literal["GET", "POST"]
SAFE: Final = frozenset({"GET", "HEAD"})

P = ParamSpec("P")
Body = TypeVar("Body", bound=msgspec.Struct)


@dataclass(frozen=True)
class Described:
    """``answer``: what the view returns; None: a stream of ``media_type``. ``permission`` None: any token.

    ``query``: the form that reads the URL's parameters. ``body``: what a POST sends. ``paged``: takes a cursor.
    ``problems``: those that this view adds to the ones that all have.
    """

    summary: str
    permission: Permission | None
    answer: type[msgspec.Struct] | None = None
    media_type: str = "application/json"
    method: Method = "GET"
    query: type[forms.Form] | None = None
    body: type[msgspec.Struct] | None = None
    paged: bool = False
    problems: tuple[str, ...] = ()
    description: str = ""


def answers(
    described: Described,
) -> Callable[
    [Callable[Concatenate[ApiRequest, P], msgspec.Struct]],
    Callable[Concatenate[HttpRequest, P], HttpResponseBase],
]:
    """The view returns what ``described.answer`` says, or raises Refused."""

    def decorate(
        view: Callable[Concatenate[ApiRequest, P], msgspec.Struct],
    ) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
        @streams(described)
        @wraps(view)
        def answered(request: ApiRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            return in_json(view(request, *args, **kwargs))

        return answered

    return decorate


def streams(
    described: Described,
) -> Callable[
    [Callable[Concatenate[ApiRequest, P], HttpResponseBase]],
    Callable[Concatenate[HttpRequest, P], HttpResponseBase],
]:
    """The view makes its response itself, or raises Refused."""

    def decorate(
        view: Callable[Concatenate[ApiRequest, P], HttpResponseBase],
    ) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
        @for_token(described.permission)
        @wraps(view)
        def checked(request: ApiRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            # A stream that nobody reads would still be begun.
            allowed = SAFE if described.method == "GET" and described.answer else {described.method}
            if request.method not in allowed:
                raise ApiError("method-not-allowed", headers={"Allow": ", ".join(sorted(allowed))})
            return view(request, *args, **kwargs)

        checked.described = described  # type: ignore[attr-defined]
        return checked

    return decorate


def by_method(
    reads: Callable[[HttpRequest], HttpResponseBase], writes: Callable[[HttpRequest], HttpResponseBase]
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Two described views at one URL: one to read, one that a POST reaches. Each asks for its own permission."""

    @wraps(reads)
    def either(request: HttpRequest) -> HttpResponseBase:
        return writes(request) if request.method == "POST" else reads(request)

    either.also = writes  # type: ignore[attr-defined]
    return either


def descriptions(view: Callable[..., Any]) -> list[Described]:
    """Of a view, and of the other one at its URL."""
    found = (described(one) for one in (view, getattr(view, "also", None)) if one is not None)
    return [about for about in found if about is not None]


def in_json(value: msgspec.Struct) -> HttpResponse:
    return HttpResponse(msgspec.json.encode(value) + b"\n", content_type="application/json")


def described(view: Callable[..., Any]) -> Described | None:
    return getattr(view, "described", None)


def sent(request: HttpRequest, kind: type[Body]) -> Body:
    """The body of a POST. Raises Refused with where it is wrong."""
    try:
        return msgspec.json.decode(request.body, type=kind)
    # msgspec says in its own words what is no JSON, and in Python's what is no UTF-8.
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ApiError("body-invalid", detail=str(error)) from error


def understood(form: forms.Form) -> forms.Form:
    """The same form, valid. Raises Refused with what is wrong, by parameter."""
    if form.is_valid():
        return form
    errors = {name: [str(words) for words in found] for name, found in form.errors.items()}
    raise ApiError("query-invalid", errors=errors)
