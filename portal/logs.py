"""Structured logs: one JSON object a line on stderr (readable text with DEBUG), each with its request's id.

The same id is on every error page as the reference number, in the X-Request-ID header and in the audit record.
"""

import logging
import re
import secrets
from collections.abc import Callable
from typing import Any, Final

import structlog
from django.http import HttpRequest, HttpResponse

# No 0/O, 1/I/L: a reference number is read out on the phone.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
# The token of a break-glass link, also where the link is the value of a parameter. Caddy's log leaves it out too.
BREAKGLASS_TOKEN: Final = re.compile(r"(accounts(?:/|%2F)+breakglass(?:/|%2F)+)[\w~.%-]+", re.IGNORECASE)
# What every line has, whoever writes it
SHARED_PROCESSORS: Final[list[Any]] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]
LOGGERS: Final[dict[str, Any]] = {
    # Without Django's own handlers, which write each line again with DEBUG, as it is.
    "django": {"level": "INFO"},
    "django.server": {"handlers": ["stderr"], "propagate": False, "level": "INFO"},
    # Where credentials were found is of no interest every minute.
    "botocore": {"level": "WARNING"},
}


def new_reference() -> str:
    """Ten characters from an alphabet without look-alikes, such as ``K7QW-2MRTA9``: about 49 bits."""
    number, letters = secrets.randbelow(len(ALPHABET) ** 10), ""
    for _ in range(10):
        number, digit = divmod(number, len(ALPHABET))
        letters += ALPHABET[digit]
    return f"{letters[:4]}-{letters[4:]}"


class RequestIdMiddleware:
    """Gives each request a fresh id. One that a client sends is ignored: it could be anything."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.reference = new_reference()  # type: ignore[attr-defined]
        # A thread handles one request after another: what the last one bound is still there.
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(reference=request.reference)  # type: ignore[attr-defined]
        response = self.get_response(request)
        response["X-Request-ID"] = request.reference  # type: ignore[attr-defined]
        return response


def without_tokens(text: str) -> str:
    """``text`` without the tokens of break-glass links: Django logs the path of whatever it answers with 4xx or 5xx."""
    return BREAKGLASS_TOKEN.sub(r"\1…", text)


class TokenFilter(logging.Filter):
    """The same for a logger that doesn't write through structlog, such as gunicorn's."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = without_tokens(record.getMessage()), ()
        return True


def _drop_request(_logger: object, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    """Django adds the request to some lines. Its text has the query: names that were searched for, SAML messages."""
    event.pop("request", None)
    return event


def _drop_tokens(_logger: object, _method: str, line: str) -> str:
    return without_tokens(line)


def logging_config(*, debug: bool) -> dict[str, Any]:
    """``logging``'s dictConfig; structlog writes through it, so that Django's and Celery's lines look the same."""
    structlog.configure(
        processors=[*SHARED_PROCESSORS, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"structured": _formatter(debug=debug)},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structured"}},
        "root": {"handlers": ["stderr"], "level": "INFO"},
        "loggers": LOGGERS,
    }


def _formatter(*, debug: bool) -> dict[str, Any]:
    """A line of text where people watch a terminal, else a line of JSON."""
    rendering: list[Any] = (
        [structlog.dev.ConsoleRenderer(colors=False)]
        if debug
        else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
    )
    return {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": [*SHARED_PROCESSORS, structlog.stdlib.ExtraAdder(), _drop_request],
        # Last, so that it sees tracebacks too: an exception's text may hold the path of a break-glass link.
        "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendering, _drop_tokens],
    }
