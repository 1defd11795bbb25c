"""Language and theme: kept in cookies, so that they hold before sign-in too."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import BadRequest
from django.db.models import TextChoices
from django.http import HttpRequest, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from portal.access.languages import remember_language
from portal.access.models import User

THEME_COOKIE = "theme"
YEAR_SECONDS = 365 * 86400


class Theme(TextChoices):
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")
    SYSTEM = "system", _("Match system")


@login_not_required
@require_POST
def language(request: HttpRequest) -> HttpResponseRedirect:
    code = request.POST.get("lang", "")
    if code not in dict(settings.LANGUAGES):
        raise BadRequest(f"There is no language {code!r}.")
    if isinstance(request.user, User):
        remember_language(request.user, code)
    response = _back(request)
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        code,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite="Lax",
    )
    return response


@login_not_required
@require_POST
def theme(request: HttpRequest) -> HttpResponseRedirect:
    chosen = request.POST.get("theme", "")
    if chosen not in Theme.values:
        raise BadRequest(f"There is no theme {chosen!r}.")
    response = _back(request)
    response.set_cookie(
        THEME_COOKIE, chosen, max_age=YEAR_SECONDS, secure=settings.HTTPS, httponly=True, samesite="Lax"
    )
    return response


def _back(request: HttpRequest) -> HttpResponseRedirect:
    """To the page that the choice was made on; never to another host."""
    target = request.POST.get("next", "")
    # Without allowed hosts only a path of this site is safe.
    safe = url_has_allowed_host_and_scheme(target, allowed_hosts=None)
    return HttpResponseRedirect(target if safe else "/")
