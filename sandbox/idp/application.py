"""The WSGI application: which path leads where, and what every answer carries."""

import io
from collections.abc import Callable, Iterable
from typing import Any, Final

from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import Map, Rule
from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from sandbox.idp import pages
from sandbox.idp.authn_request import LARGEST, RefusedRequest
from sandbox.idp.control_pages import ControlPages
from sandbox.idp.provider import IdentityProvider
from sandbox.idp.sso_pages import SsoPages

LARGEST_FORM: Final = 4 * LARGEST


class Application:
    def __init__(self, provider: IdentityProvider) -> None:
        sso, control = SsoPages(provider), ControlPages(provider)
        self._urls = Map(
            [
                _rule("/", "GET", lambda _: redirect("/keys")),
                _rule("/metadata", "GET", control.metadata),
                _rule("/sso", "GET", sso.sso),
                _rule("/sso", "POST", sso.sso),
                _rule("/sso/answer", "POST", sso.answer),
                _rule("/slo", "GET", sso.slo),
                _rule("/keys", "GET", control.manage),
                _rule("/keys", "POST", control.press),
                _rule("/control", "GET", control.state),
                _rule("/control/rollover/<any(publish, sign, drop):step>", "POST", control.step),
                _rule("/control/down", "PUT", control.set_down),
                _rule("/static/<name>", "GET", lambda _, name: pages.static(name)),
            ],
            merge_slashes=False,
        )

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        request = Request(environ)
        request.max_content_length = request.max_form_memory_size = LARGEST_FORM
        response = self._answer(request)
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers["X-Content-Type-Options"] = "nosniff"
        # Not "no-referrer", which would have browsers send "Origin: null" to the portal.
        response.headers["Referrer-Policy"] = "strict-origin"
        return response(environ, start_response)

    def _answer(self, request: Request) -> Response:
        try:
            view, values = self._urls.bind_to_environ(request.environ).match()
            response: Response = view(request, **values)
            return response
        except RefusedRequest as refused:
            return pages.refusal(request, refused.reason, refused.detail)
        except MethodNotAllowed:
            return pages.refusal(request, "wrong_method", status=405)
        except HTTPException as error:
            reason = "not_found" if error.code == 404 else "too_large"
            return pages.refusal(_without_body(request), reason, status=error.code or 400)


def _without_body(request: Request) -> Request:
    """The same, for a page that must not read what was too large to read."""
    return Request({**request.environ, "CONTENT_LENGTH": "0", "wsgi.input": io.BytesIO()})


def _rule(path: str, method: str, view: Callable[..., Any]) -> Rule:
    return Rule(path, methods=[method], endpoint=view)
