"""The pages of the copy: the same facts as `/status/`, in both languages, without the name of anybody."""

from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils import timezone
from django.utils.translation import override

from portal.contact import helpdesk_contact
from vpn.assurance.queries import OLD, history, overall_state
from vpn.aws.buckets import BucketObject
from vpn.status.announced import announced
from vpn.status.pages import headline, last_evaluation, status_rows

# Of the stylesheets that a page of the portal has, in the same order
STYLES: Final = ("tokens.css", "base.css", "components.css")
STATIC: Final = settings.BASE_DIR / "portal" / "static" / "portal"
SCRIPT: Final = settings.BASE_DIR / "vpn" / "static" / "vpn" / "status-copy.js"
# Half of what lies between two copies: the browser and CloudFront ask anew with each of the page's refreshes.
PAGE_CACHE: Final = "public, max-age=30"
FILE_CACHE: Final = "public, max-age=300"
# From then on a reader is told that the portal itself may be down.
OLD_MINUTES: Final = 5
OTHER_LANGUAGE: Final = {"ja": ("en", "English"), "en": ("ja", "日本語")}


def status_copy(now: datetime) -> list[BucketObject]:
    """What the pages need comes first, so that no page ever asks for what isn't there yet."""
    styles = b"\n".join((STATIC / name).read_bytes() for name in STYLES)
    html = {language: status_html(now, language).encode() for language in OTHER_LANGUAGE}
    return [
        BucketObject("status.css", styles, "text/css; charset=utf-8", FILE_CACHE),
        BucketObject("icons.svg", (STATIC / "icons.svg").read_bytes(), "image/svg+xml", FILE_CACHE),
        BucketObject("status.js", SCRIPT.read_bytes(), "text/javascript; charset=utf-8", FILE_CACHE),
        *(_page(f"{language}.html", body) for language, body in html.items()),
        _page("index.html", html[settings.LANGUAGE_CODE]),
    ]


def status_html(now: datetime, language: str) -> str:
    """``now`` is what the page says it is of."""
    with override(language):
        html = render_to_string("vpn/status_copy/page.html", _context(now, language))
    # The components draw with the portal's file, which nobody can load while the portal is down.
    return html.replace(static("portal/icons.svg"), "icons.svg")


def _context(now: datetime, language: str) -> dict[str, Any]:
    states = overall_state(now)
    evaluated_at = last_evaluation(states)
    other, other_name = OTHER_LANGUAGE[language]
    return {
        "language": language,
        "other": other,
        "other_name": other_name,
        "at": timezone.localtime(now),
        "zone": timezone.localtime(now).tzname(),
        "old_minutes": OLD_MINUTES,
        "headline": headline(states),
        "rows": status_rows(states, history(now=now)),
        "evaluated_at": evaluated_at,
        "is_old": evaluated_at is None or evaluated_at < now - OLD,
        "announced": announced(),
        "helpdesk": helpdesk_contact(language),
        "site_url": settings.SITE_URL,
    }


def _page(key: str, body: bytes) -> BucketObject:
    return BucketObject(key, body, "text/html; charset=utf-8", PAGE_CACHE)
