"""What every page shows around its content: navigation, language, theme, help and version."""

from dataclasses import dataclass
from functools import cached_property

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from portal.access.permissions import Permission
from portal.contact import HelpdeskContact, helpdesk_contact
from portal.preferences import THEME_COOKIE, Theme

Pages = tuple[tuple[str, Promise, Permission], ...]

# In this order: URL name, label, what one must be allowed to do. What is used daily stands in the header
NAVIGATION: Pages = (
    ("home", _("Home"), Permission.HOME_READ),
    ("profiles", _("Profiles"), Permission.PROFILE_READ),
    ("egress", _("Connection check"), Permission.EGRESS_READ),
    ("guides", _("Setup guide"), Permission.HOME_READ),
    ("status", pgettext_lazy("navigation", "Status"), Permission.HOME_READ),
    ("connections", _("Connection log"), Permission.CONNECTION_READ),
    ("endpoints", _("Endpoints"), Permission.ENDPOINT_READ),
    ("helpdesk", _("Helpdesk"), Permission.HELPDESK_USE),
    ("operations", _("Operations"), Permission.OPERATION_READ),
    ("audit", _("Audit record"), Permission.AUDIT_READ),
)
# What is needed now and then stands in the person's menu
MENU: Pages = (
    ("my_connections", _("My connections"), Permission.CONNECTION_READ_OWN),
    ("incidents", _("Incidents"), Permission.INCIDENT_WRITE),
    ("notifications", _("Notifications"), Permission.NOTIFICATION_MANAGE),
    ("tokens", _("API tokens"), Permission.TOKEN_MANAGE),
)
# Each in its own words, whatever the page's language is
LANGUAGE_NAMES = {"ja": "日本語", "en": "English"}


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
        self.helpdesk: HelpdeskContact = helpdesk_contact()
        self.version: str = settings.VERSION
        self.sandbox: bool = settings.SANDBOX
        self.site_url: str = settings.SITE_URL

    @property
    def nav(self) -> list[NavItem]:
        return self._allowed(NAVIGATION)

    @property
    def menu(self) -> list[NavItem]:
        return self._allowed(MENU)

    def _allowed(self, pages: Pages) -> list[NavItem]:
        """Those that this installation has and that the person may open."""
        user = getattr(self._request, "user", None)
        if user is None or not user.is_authenticated:
            return []
        return [
            NavItem(self._urls[name], str(label), current=self._urls[name] == self._current)
            for name, label, permission in pages
            if user.may(permission) and name in self._urls
        ]

    @cached_property
    def _urls(self) -> dict[str, str]:
        names = [name for name, _label, _permission in (*NAVIGATION, *MENU)]
        return {name: url for name in names if (url := _url(name))}

    @cached_property
    def _current(self) -> str:
        """The page that this one is, or belongs to: a person's own connections don't belong to everybody's."""
        path = self._request.path
        above = [url for url in self._urls.values() if path == url or (url != "/" and path.startswith(url))]
        # The most specific page: /connections/mine/ is below /connections/ too.
        return max(above, key=len, default="")

    @cached_property
    def theme(self) -> Theme:
        chosen = self._request.COOKIES.get(THEME_COOKIE)
        return Theme(chosen) if chosen in Theme.values else Theme.SYSTEM

    @property
    def themes(self) -> list[ThemeChoice]:
        return [ThemeChoice(theme.value, str(theme.label), theme == self.theme) for theme in Theme]

    @property
    def languages(self) -> list[Language]:
        active = get_language()
        return [Language(code, LANGUAGE_NAMES[code], code == active) for code, _name in settings.LANGUAGES]

    @property
    def time_zone(self) -> str:
        """The abbreviation, which is longer for the one that everybody here lives in but not everybody can read."""
        name = timezone.localtime().tzname() or ""
        return str(_("Japan time (JST)")) if name == "JST" else name

    @cached_property
    def here(self) -> str:
        """Where a change of language or theme returns to; the answer to a POST has no address of its own."""
        return self._request.get_full_path() if self._request.method in {"GET", "HEAD"} else "/"

    @property
    def address(self) -> str:
        """Of this page, as one tells it to somebody else."""
        return f"{settings.SITE_URL}{self._request.get_full_path()}"

    @cached_property
    def reference(self) -> str:
        """What a person tells the helpdesk, so that the log of this request is found."""
        return getattr(self._request, "reference", "")


def shell(request: HttpRequest) -> dict[str, Shell]:
    """The context processor."""
    return {"shell": Shell(request)}


def _url(name: str) -> str:
    """Empty for a page that this installation lacks."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
