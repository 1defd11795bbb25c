"""For monitoring: `/healthz` says that the process answers, `/readyz` what it can reach.

Only the database makes the portal not ready: without Redis, the identity provider's metadata or the newest connections
people who are signed in still get their profile.
"""

import time
from collections.abc import Callable
from http import HTTPStatus

import redis
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from portal.access.saml.models import IdentityProviderMetadata

SECONDS = 2
# Returns whether the part works, and a detail for people
Check = Callable[[], tuple[bool, str]]


@login_not_required
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")


def readyz(**more: Check) -> Callable[[HttpRequest], HttpResponse]:
    """A view: ``{"ready", "parts": {name: {"ok", "needed", "seconds", "detail"}}}``; 503 if a needed part is down.

    ``more``: the product's own parts, which never make the portal not ready.
    """

    @login_not_required
    @require_safe
    def view(request: HttpRequest) -> JsonResponse:
        parts = {
            "database": _part(_database, needed=True),
            "queue": _part(_queue, needed=False),
            "identity_provider_metadata": _part(_metadata, needed=False),
            **{name: _part(check, needed=False) for name, check in more.items()},
        }
        ready = all(part["ok"] for part in parts.values() if part["needed"])
        status = HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE
        return JsonResponse({"ready": ready, "parts": parts}, status=status)

    return view


def _part(check: Check, *, needed: bool) -> dict[str, object]:
    start = time.monotonic()
    try:
        ok, detail = check()
    except (DatabaseError, redis.RedisError, OSError) as error:
        # The kind of error is enough here: its text may name hosts and users.
        ok, detail = False, type(error).__name__
    return {"ok": ok, "needed": needed, "seconds": round(time.monotonic() - start, 3), "detail": detail}


def _database() -> tuple[bool, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return True, ""


def _queue() -> tuple[bool, str]:
    with redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=SECONDS, socket_connect_timeout=SECONDS
    ) as client:
        client.ping()
    return True, ""


def _metadata() -> tuple[bool, str]:
    stored = IdentityProviderMetadata.objects.filter(source=settings.SAML_IDP_METADATA).first()
    if stored is None or not stored.document:
        return False, "no good copy yet"
    return True, f"copy of {int((timezone.now() - stored.fetched_at).total_seconds())} s ago"
