"""Which AuthnRequests this browser has sent and may still get an answer to: one signed cookie for each.

They are not in the session. Twelve tabs that a browser restores at once would each write it without the others'
requests, and signing in ends it, while the answers to the other tabs are still to come.
"""

import hashlib
from typing import Final

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

# A __Host- cookie can't be planted by another host of the company's domain: that would sign somebody in as another.
PREFIX: Final = "__Host-saml-request-" if settings.HTTPS else "saml-request-"
# How long an unfinished sign-in is kept
SECONDS: Final = 900
# Characters of all these cookies together. Servers take headers of some 8,000, and each page's request has them.
MOST_CHARACTERS: Final = 4000
LONGEST_NEXT: Final = 1000


def remember(request: HttpRequest, response: HttpResponse, request_id: str, *, next_url: str) -> None:
    """``next_url``: where the person wanted to go, or empty."""
    next_url = next_url if len(next_url) <= LONGEST_NEXT else ""
    # The salt ties the value to the request; it needn't hold the id.
    value = signing.dumps(next_url, salt=_salt(request_id))
    _make_room(request, response, len(PREFIX) + len(value))
    response.set_cookie(
        _name(request_id), value, max_age=SECONDS, secure=settings.HTTPS, httponly=True, samesite="Lax"
    )


def find(request: HttpRequest, request_id: str) -> str | None:
    """Where the person wanted to go, may be empty; None: this browser didn't send it, or too long ago."""
    try:
        next_url = signing.loads(
            request.COOKIES.get(_name(request_id), ""), salt=_salt(request_id), max_age=SECONDS
        )
    except signing.BadSignature:
        return None
    return str(next_url)


def forget(response: HttpResponse, request_id: str) -> None:
    response.delete_cookie(_name(request_id), samesite="Lax")
    response.cookies[_name(request_id)]["secure"] = settings.HTTPS


def has_any(request: HttpRequest) -> bool:
    """Whether the browser sent any of these cookies, so that it doesn't block them."""
    return any(name.startswith(PREFIX) for name in request.COOKIES)


def _make_room(request: HttpRequest, response: HttpResponse, needed: int) -> None:
    """Delete cookies of tabs that nobody has returned to, if there are too many: browsers send the oldest first."""
    sent = [(name, value) for name, value in request.COOKIES.items() if name.startswith(PREFIX)]
    total = needed + sum(len(name) + len(value) for name, value in sent)
    for name, value in sent:
        if total <= MOST_CHARACTERS:
            break
        response.delete_cookie(name, samesite="Lax")
        response.cookies[name]["secure"] = settings.HTTPS
        total -= len(name) + len(value)


def _name(request_id: str) -> str:
    return PREFIX + hashlib.sha256(request_id.encode()).hexdigest()[:12]


def _salt(request_id: str) -> str:
    return f"saml-request {request_id}"
