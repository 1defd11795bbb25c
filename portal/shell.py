"""What every page shows around its content: navigation, language, theme, help and version.

What depends on few things, such as the navigation on what a person may do, is put together once for each of them.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, URLResolver, get_resolver, reverse
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from portal.access.permissions import Permission
from portal.preferences import THEME_COOKIE, Theme

Pages = tuple[tuple[str, Promise, Permission], ...]

# In this order: URL name, label, what one must be allowed to do. What is used daily stands in the header
NAVIGATION: Pages = (
    ("home", _("Home"), Permission.HOME_READ),
    ("profiles", _("Profiles"), Permission.PROFILE_READ),
    ("egress", _("Connection check"), Permission.EGRESS_READ),
    ("guides", _("Setup guide"), Permission.HOME_READ),
    ("connections", _("Connection log"), Permission.CONNECTION_READ),
    ("endpoints", _("Endpoints"), Permission.ENDPOINT_READ),
    ("operations", _("Operations"), Permission.OPERATION_READ),
)
# What is needed now and then stands in the person's menu
MENU: Pages = (
    ("my_connections", _("My connections"), Permission.CONNECTION_READ_OWN),
    ("audit", _("Audit record"), Permission.AUDIT_READ),
    ("notifications", _("Notifications"), Permission.NOTIFICATION_MANAGE),
    ("tokens", _("API tokens"), Permission.TOKEN_MANAGE),
)
# Each in its own words, whatever the page's language is
LANGUAGE_NAMES = {"ja": "日本語", "en": "English"}
# Roles x pages x languages, and some to spare
MANY: Final = 1024


@dataclass(frozen=True)
class NavItem:
    url: str
    label: str
    current: bool


@dataclass(frozen=True)
class Language:
    code: str
    name: str
    current: bool


@dataclass(frozen=True)
class ThemeChoice:
    value: str
    label: str
    current: bool


class Shell:
    """Computed when a template asks: a fragment asks for nothing."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        self.helpdesk_contact: str = settings.HELPDESK_CONTACT
        self.version: str = settings.VERSION
        self.sandbox: bool = settings.SANDBOX
        self.site_url: str = settings.SITE_URL

    @property
    def navigation(self) -> SafeString:
        return _drawn("navigation", get_language(), self.nav)

    @property
    def menu_links(self) -> SafeString:
        return _drawn("menu_links", get_language(), self.menu)

    @property
    def theme_choice(self) -> SafeString:
        return _drawn("theme_choice", get_language(), self.themes)

    @property
    def language_choice(self) -> SafeString:
        return _drawn("language_choice", get_language(), self.languages)

    @property
    def nav(self) -> tuple[NavItem, ...]:
        return self._allowed(NAVIGATION)

    @property
    def menu(self) -> tuple[NavItem, ...]:
        return self._allowed(MENU)

    def _allowed(self, pages: Pages) -> tuple[NavItem, ...]:
        user = getattr(self._request, "user", None)
        if user is None or not user.is_authenticated:
            return ()
        return _items(pages, user.permissions, self._current, get_language(), get_resolver())

    @cached_property
    def _current(self) -> str:
        """The page that this one is, or belongs to: a person's own connections don't belong to everybody's."""
        path = self._request.path
        urls = _urls(get_resolver()).values()
        above = [url for url in urls if path == url or (url != "/" and path.startswith(url))]
        return max(above, key=len, default="")

    @cached_property
    def theme(self) -> Theme:
        chosen = self._request.COOKIES.get(THEME_COOKIE)
        return Theme(chosen) if chosen in Theme.values else Theme.SYSTEM

    @property
    def themes(self) -> tuple[ThemeChoice, ...]:
        return _themes(self.theme, get_language())

    @property
    def languages(self) -> tuple[Language, ...]:
        return _languages(get_language())

    @cached_property
    def here(self) -> str:
        """Where a change of language or theme returns to; the answer to a POST has no address of its own."""
        return self._request.get_full_path() if self._request.method in {"GET", "HEAD"} else "/"

    @cached_property
    def reference(self) -> str:
        """What a person tells the helpdesk, so that the log of this request is found."""
        return getattr(self._request, "reference", "")


def shell(request: HttpRequest) -> dict[str, Shell]:
    """The context processor."""
    return {"shell": Shell(request)}


@lru_cache(maxsize=MANY)
def _drawn(component: str, language: str | None, items: tuple[Any, ...]) -> SafeString:
    """A component that shows ``items`` and nothing else; ``language`` is the active one."""
    return render_to_string(f"portal/components/{component}.html", {"items": items})


@lru_cache(maxsize=MANY)
def _items(
    pages: Pages, allowed: frozenset[Permission], current: str, language: str | None, resolver: URLResolver
) -> tuple[NavItem, ...]:
    """Those of ``pages`` that exist and that somebody who is allowed to do this may open."""
    urls = _urls(resolver)
    found = [(name, label) for name, label, permission in pages if permission in allowed and name in urls]
    return tuple(NavItem(urls[name], str(label), current=urls[name] == current) for name, label in found)


@lru_cache(maxsize=MANY)
def _themes(chosen: Theme, language: str | None) -> tuple[ThemeChoice, ...]:
    return tuple(ThemeChoice(theme.value, str(theme.label), theme == chosen) for theme in Theme)


@lru_cache(maxsize=MANY)
def _languages(active: str | None) -> tuple[Language, ...]:
    return tuple(Language(code, LANGUAGE_NAMES[code], code == active) for code, _name in settings.LANGUAGES)


@lru_cache(maxsize=MANY)
def _urls(resolver: URLResolver) -> dict[str, str]:
    names = [name for name, _label, _permission in (*NAVIGATION, *MENU)]
    return {name: url for name in names if (url := _url_of(name))}


def _url_of(name: str) -> str:
    """Empty for a page that this installation lacks."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
