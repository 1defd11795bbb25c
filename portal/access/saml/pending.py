"""Between the identity provider's POST and our own GET: a verified assertion, for two minutes.

The POST comes from another site, so the browser sends no SameSite cookie with it, and it can't be compared with the
request that this browser made. It is verified, kept, and picked up by the GET that the browser is sent to.
Nothing that is not signed by the identity provider is ever kept.
"""

from dataclasses import asdict
from datetime import datetime

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest, HttpResponse

from portal.access.saml.assertion import VerifiedAssertion

COOKIE = "saml-response"
SECONDS = 120


def save(response: HttpResponse, verified: VerifiedAssertion, *, path: str) -> None:
    """Store the assertion, and set a cookie with its key that the browser sends to ``path`` only."""
    store = SessionStore()
    fields = asdict(verified)
    fields["valid_until"] = verified.valid_until.isoformat()
    fields["session_until"] = verified.session_until.isoformat() if verified.session_until else None
    store["verified"] = fields
    store.set_expiry(SECONDS)
    store.create()
    response.set_cookie(
        COOKIE,
        store.session_key or "",
        max_age=SECONDS,
        path=path,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )


def has_key(request: HttpRequest) -> bool:
    """Whether this browser sent a key, known or not."""
    return COOKIE in request.COOKIES


def pop(request: HttpRequest) -> VerifiedAssertion | None:
    """The assertion that was kept for this browser. It is deleted, so a second call returns None."""
    store = SessionStore(request.COOKIES.get(COOKIE))
    fields = store.get("verified")
    if not fields:
        return None
    # Before anybody is signed in: a second request with the same key gets nothing.
    store.delete()
    fields["valid_until"] = datetime.fromisoformat(fields["valid_until"])
    if fields["session_until"]:
        fields["session_until"] = datetime.fromisoformat(fields["session_until"])
    return VerifiedAssertion(**fields)
