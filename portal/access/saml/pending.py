"""Between the identity provider's POST and our own GET: a verified assertion, for two minutes.

The POST comes from another site, so the browser sends no SameSite cookie with it, and it can't be compared with the
request that this browser made. It is verified, kept, and picked up by the GET that the browser is sent to.
Nothing that is not signed by the identity provider is ever kept.
"""

import re
from dataclasses import asdict
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.crypto import get_random_string

from portal.access.saml.assertion import VerifiedAssertion

# Each answer has a cookie and an address of its own: the tabs of a restored browser finish at the same time.
PREFIX: Final = "saml-response-"
PARAMETER: Final = "response"
SECONDS: Final = 120
_NAME = re.compile(r"[a-zA-Z0-9]{12}")


def keep(verified: VerifiedAssertion, *, finish_url: str, next_url: str) -> HttpResponseRedirect:
    """A redirect to ``finish_url``, with a cookie by which pop() finds the assertion there.

    ``next_url``: where the person wanted to go, as far as RelayState says, for the page of a failure.
    """
    store = SessionStore()
    fields = asdict(verified)
    fields["valid_until"] = verified.valid_until.isoformat()
    fields["session_until"] = verified.session_until.isoformat() if verified.session_until else None
    store["verified"] = fields
    store.set_expiry(SECONDS)
    store.create()
    name = get_random_string(12)
    query = {PARAMETER: name} | ({"next": next_url} if next_url else {})
    response = redirect(f"{finish_url}?{urlencode(query)}")
    response.set_cookie(
        PREFIX + name,
        store.session_key or "",
        max_age=SECONDS,
        path=finish_url,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )
    return response


def has_key(request: HttpRequest) -> bool:
    """Whether this browser sent a key for this address, known or not."""
    return bool(_key(request))


def pop(request: HttpRequest) -> VerifiedAssertion | None:
    """The assertion that was kept for this browser. It is deleted, so a second call returns None."""
    store = SessionStore(_key(request))
    fields = store.get("verified")
    if not fields:
        return None
    # Before anybody is signed in: a second request with the same key gets nothing.
    store.delete()
    fields["valid_until"] = datetime.fromisoformat(fields["valid_until"])
    if fields["session_until"]:
        fields["session_until"] = datetime.fromisoformat(fields["session_until"])
    return VerifiedAssertion(**fields)


def _key(request: HttpRequest) -> str:
    name = request.GET.get(PARAMETER, "")
    return request.COOKIES.get(PREFIX + name, "") if _NAME.fullmatch(name) else ""
