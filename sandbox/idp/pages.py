"""Pages from templates, in the reader's language, under a strict content security policy."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from werkzeug.wrappers import Request, Response

from sandbox.idp.texts import REFUSALS, TEXTS

LANGUAGES: Final = ("ja", "en")
HERE: Final = Path(__file__).parent
STATIC_TYPES: Final = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
TEMPLATES: Final = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def request_language(request: Request) -> str:
    """The language just chosen, the one chosen before, or the browser's: ``ja`` or ``en``."""
    for wanted in (request.values.get("lang"), request.cookies.get("lang")):
        if wanted in LANGUAGES:
            return str(wanted)
    accepted = (tag.partition("-")[0].lower() for tag in request.accept_languages.values())
    return next((language for language in accepted if language in LANGUAGES), "ja")


def page(
    request: Request,
    template: str,
    *,
    status: int = 200,
    form_origin: str = "",
    kept: Iterable[tuple[str, str]] = (),
    **context: Any,
) -> Response:
    """``kept`` are the fields that asking for the page in the other language must repeat.

    ``form_origin`` is where besides here its forms may be sent.
    """
    language = request_language(request)
    text = TEMPLATES.get_template(template).render(
        language=language,
        method=request.method.lower(),
        path=request.path,
        kept=kept,
        say=lambda key: TEXTS[key].in_language(language),
        words=lambda words: words.in_language(language),
        **context,
    )
    response = Response(text, status=status, mimetype="text/html")
    if request.values.get("lang") in LANGUAGES:
        response.set_cookie("lang", language, max_age=30 * 86400, httponly=True, samesite="Lax")
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; base-uri 'none'; "
        f"frame-ancestors 'none'; form-action 'self' {form_origin}".rstrip()
    )
    response.headers["Vary"] = "Accept-Language, Cookie"
    return response


def refusal(request: Request, reason: str, detail: str = "", status: int = 400) -> Response:
    return page(request, "refused.html", status=status, reason=REFUSALS[reason], detail=detail)


def static(name: str) -> Response:
    """A file of ours; the route lets no slash into its name."""
    file = HERE / "static" / name
    if file.suffix not in STATIC_TYPES or not file.is_file():
        return Response("", status=404)
    return Response(file.read_bytes(), mimetype=STATIC_TYPES[file.suffix])
