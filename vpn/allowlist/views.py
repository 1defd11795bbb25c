"""`/allowlist.*` for machines, `/allowlist/` for people."""

import json
from http import HTTPStatus
from typing import Any, Final

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.http import http_date
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from portal.access.decorators import requires
from portal.access.permissions import Permission
from portal.access.requests import PortalRequest
from portal.access.tokens.problems import ApiError, problem_response
from vpn.allowlist.feed import PublicationFeed
from vpn.allowlist.formats import FORMATS
from vpn.allowlist.pages import address_rows, format_links, history_rows, missing_rows
from vpn.allowlist.queries import AllowList, MissingReason, allow_list, is_known, recent_events
from vpn.allowlist.reading import require_reader
from vpn.allowlist.texts import MISSING_TEXTS

# As often as a machine needs to ask again while nothing is known
RETRY_SECONDS: Final = 60
# Of the history: the feed has more
SHOWN_EVENTS: Final = 20


@login_not_required
@require_safe
def document(request: HttpRequest, form: str) -> HttpResponse:
    """The list in one of FORMATS; with ``?endpoint=`` that of one endpoint. 503 while there is nothing to permit."""
    try:
        require_reader(request)
    except ApiError as error:
        return problem_response(request, error)
    endpoint_id = request.GET.get("endpoint", "")
    if endpoint_id and not is_known(endpoint_id):
        return problem_response(request, ApiError("not-found"))
    published = allow_list(endpoint_id)
    return _without_caching(_document(request, form, published))


def _document(request: HttpRequest, form: str, published: AllowList) -> HttpResponse:
    if published.unknown_reason is not None:
        return _unknown(form, published.unknown_reason)
    # Weak: a proxy may compress the bytes, and ``seen_at`` in them changes without the content.
    etag = f'W/"{published.validator}"'
    changed = int(published.changed_at.timestamp()) if published.changed_at else None
    response = HttpResponse(FORMATS[form].write(published), content_type=FORMATS[form].media_type)
    response["Genkan-Sync-Token"] = published.sync_token
    if published.missing:
        response["Genkan-Missing"] = ", ".join(missing.endpoint_id for missing in published.missing)
    response["ETag"] = etag
    if changed is not None:
        response["Last-Modified"] = http_date(changed)
    return get_conditional_response(request, etag=etag, last_modified=changed, response=response) or response


def _unknown(form: str, reason: MissingReason) -> HttpResponse:
    """Never an empty list: a machine would apply it as "permit nobody"."""
    if form == "json":
        content: Any = {"reason": reason.value, "detail": str(MISSING_TEXTS[reason])}
        text, media_type = json.dumps(content, ensure_ascii=False) + "\n", "application/json"
    else:
        text, media_type = f"unknown: {reason.value}\n", "text/plain; charset=utf-8"
    response = HttpResponse(text, content_type=media_type, status=HTTPStatus.SERVICE_UNAVAILABLE)
    response["Retry-After"] = str(RETRY_SECONDS)
    return response


def _without_caching(response: HttpResponse) -> HttpResponse:
    # "no-cache" lets a reader keep the list, and makes it ask with the ETag each time.
    response["Cache-Control"] = "no-cache"
    patch_vary_headers(response, ["Authorization"])
    return response


@require_safe
@requires(Permission.EGRESS_READ)
def page(request: PortalRequest) -> HttpResponse:
    """What to permit, since when, and what changes next."""
    published = allow_list()
    context = {
        "rows": address_rows(published),
        "missing": missing_rows(published),
        "published": published,
        "valid": "\n".join(map(str, published.valid_addresses)),
        "may_manage": request.user.may(Permission.PARTNER_MANAGE),
        "formats": format_links(),
        "events": history_rows(recent_events(SHOWN_EVENTS)),
    }
    return render(request, "vpn/allowlist/page.html", context)


@login_not_required
@require_safe
def atom(request: HttpRequest) -> HttpResponse:
    try:
        require_reader(request)
    except ApiError as error:
        return problem_response(request, error)
    newest = recent_events(1)
    response = PublicationFeed()(request)
    # The entries' words are in the reader's language.
    response["ETag"] = f'W/"{newest[0].pk if newest else 0}-{get_language()}"'
    conditional = get_conditional_response(request, etag=response["ETag"], response=response) or response
    return _without_caching(conditional)
