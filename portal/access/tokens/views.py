"""`/tokens/`: a person's API tokens, for people with a role that may have any."""

from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from portal.access.breakglass.sessions import is_breakglass
from portal.access.decorators import requires
from portal.access.permissions import Permission
from portal.access.requests import PortalRequest, request_origin
from portal.access.tokens import queries, services
from portal.access.tokens.forms import TokenForm
from portal.audit import targets
from portal.audit.looks import record_look
from portal.audit.tags import Tag


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.TOKEN_MANAGE)
def tokens(request: PortalRequest) -> HttpResponse:
    """A new token is in the answer to the POST and nowhere else: no redirect could carry it without keeping it."""
    # The session lasts an hour, and so must what was made in it.
    if is_breakglass(request):
        status = HTTPStatus.FORBIDDEN if request.method == "POST" else HTTPStatus.OK
        return render(request, "portal/access/tokens.html", _listed(request, None), status=status)
    form = TokenForm(request.POST or None, user=request.user)
    context: dict[str, Any] = {}
    if request.method == "POST" and form.is_valid():
        try:
            token, secret = services.create(
                actor=request.user,
                name=form.cleaned_data["name"],
                scopes=form.permissions,
                expires_at=form.expires_at,
                origin=request_origin(request),
            )
        except services.TooManyTokens:
            form.add_error(None, _("You have 20 tokens that work. Revoke one first."))
        else:
            context |= {"made": token, "secret": secret}
            form = TokenForm(user=request.user)
    status = HTTPStatus.BAD_REQUEST if form.errors else HTTPStatus.OK
    return render(request, "portal/access/tokens.html", context | _listed(request, form), status=status)


@require_POST
@requires(Permission.TOKEN_MANAGE)
def revoke(request: PortalRequest, pk: int) -> HttpResponse:
    token = queries.revocable(request.user, pk)
    if token is None:
        raise Http404
    services.revoke(token, actor=request.user, origin=request_origin(request))
    messages.success(request, _("“%(name)s” has been revoked.") % {"name": token.name})
    return redirect("tokens")


def _listed(request: PortalRequest, form: TokenForm | None) -> dict[str, Any]:
    listed = queries.listed_for(request.user)
    owners = {token.owner.username for token in listed} - {request.user.username}
    if owners:
        # When and from where a token was used last tells of its owner.
        record_look(request, Tag.TOKENS_VIEWED, target=targets.page("tokens"), people=owners)
    return {
        "form": form,
        "lines": [
            {"token": token, "usable": queries.is_usable(token), "absent": queries.is_absent(token.owner)}
            for token in listed
        ],
        "all_people": request.user.may(Permission.TOKEN_REVOKE_ANY),
        "sign_in_days": settings.API_TOKEN_SIGN_IN_DAYS,
    }
