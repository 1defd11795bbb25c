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
from portal.access.tokens.problems import Refused

Method = Literal["GET", "POST"]
SAFE: Final = frozenset({"GET", "HEAD"})

P = ParamSpec("P")
Body = TypeVar("Body", bound=msgspec.Struct)


@dataclass(frozen=True)
class Described:
    """``query``: the form that reads the URL's parameters. ``body``: what a POST sends. ``paged``: takes a cursor.

    ``permission`` None: any token. ``problems``: those that this view adds to the ones that all have.
    """

    summary: str
    answer: type[msgspec.Struct]
    permission: Permission | None
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
        @for_token(described.permission)
        @wraps(view)
        def answered(request: ApiRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            allowed = SAFE if described.method == "GET" else frozenset({described.method})
            if request.method not in allowed:
                raise Refused("method-not-allowed", headers={"Allow": ", ".join(sorted(allowed))})
            return in_json(view(request, *args, **kwargs))

        answered.described = described  # type: ignore[attr-defined]
        return answered

    return decorate


def in_json(value: msgspec.Struct) -> HttpResponse:
    return HttpResponse(msgspec.json.encode(value) + b"\n", content_type="application/json")


def described(view: Callable[..., Any]) -> Described | None:
    return getattr(view, "described", None)


def sent(request: HttpRequest, kind: type[Body]) -> Body:
    """The body of a POST. Raises Refused with where it is wrong."""
    try:
        return msgspec.json.decode(request.body, type=kind)
    except msgspec.DecodeError as error:
        raise Refused("body-invalid", detail=str(error)) from error


def understood(form: forms.Form) -> forms.Form:
    """The same form, valid. Raises Refused with what is wrong, by parameter."""
    if form.is_valid():
        return form
    errors = {name: [str(words) for words in found] for name, found in form.errors.items()}
    raise Refused("query-invalid", errors=errors)
