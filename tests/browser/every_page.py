"""All pages, found as a person finds them: from link to link; and the error pages, which no link leads to."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Final
from urllib.parse import urljoin, urlsplit

from django.contrib.auth.models import AnonymousUser
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.urls import Resolver404, resolve
from django.utils import translation
from playwright.sync_api import BrowserContext

from tests.browser.running_demo import PROJECT

HREF: Final = re.compile(r'<a [^>]*href="([^"#]+)')
SIGNED_OUT: Final = (
    "/accounts/login/",
    "/guides/windows/",
    "/guides/macos/",
    "/guides/ubuntu/",
    "/accounts/signed-out/",
    "/accounts/saml/sso/acs/finish/",
    "/accounts/breakglass/x/",
)
# Swagger UI: its markup and its size are not ours. tests/browser/test_api_docs.py opens it.
NOT_OURS: Final = frozenset({"api_docs"})
ERRORS: Final = ("400", "403", "403_csrf", "404", "429", "500", "503")


def linked_pages(context: BrowserContext, start: str = "/") -> list[str]:
    """One path for each URL name that links lead to, in the order in which they are found."""
    pages: dict[str, str] = {}
    waiting = [start]
    while waiting:
        path = waiting.pop(0)
        name = _url_name(path)
        if not name or name in pages or name in NOT_OURS:
            continue
        answer = context.request.get(path)
        if answer.status >= 300 or not answer.headers.get("content-type", "").startswith("text/html"):
            continue
        pages[name] = path
        waiting += _links(answer.text(), path)
    return list(pages.values())


def _links(html: str, path: str) -> Iterator[str]:
    for href in HREF.findall(html):
        parts = urlsplit(urljoin(path, unescape(href)))
        # Filters and pages of a list are the same page again.
        if not parts.netloc and not parts.scheme and not parts.query:
            yield parts.path


def _url_name(path: str) -> str:
    """Empty for what is no page: a download, a machine's answer, somebody else's."""
    try:
        return resolve(path).view_name if "download" not in path else ""
    except Resolver404:
        return ""


def error_page(name: str, *, language: str) -> str:
    """As Django renders it for somebody who is not signed in."""
    request = RequestFactory().get("/somewhere/")
    request.user = AnonymousUser()
    with translation.override(language):
        return render_to_string(f"{name}.html", {"reference": "K7QW-2MRTA9"}, request=request)


def proxys_page() -> str:
    return Path(PROJECT / "infra" / "caddy" / "503.html").read_text(encoding="utf-8")
