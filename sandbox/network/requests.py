"""A browser's request for one of the sandbox's own pages, as far as those need it."""

from dataclasses import dataclass
from email.message import Message
from http.cookies import CookieError, SimpleCookie
from typing import Final
from urllib.parse import parse_qs, urlsplit

# The portal's cookies, so that both sides of the demo have the same language and theme.
LANGUAGE_COOKIE: Final = "django_language"
THEME_COOKIE: Final = "theme"


@dataclass(frozen=True)
class PageRequest:
    """``same_site`` is false where another site's page sent the form. Language and theme are the portal's.

    ``device_type`` is what AWS's log would call the computer that this browser runs on.
    """

    method: str
    path: str
    language: str
    theme: str
    form: dict[str, str]
    same_site: bool
    device_type: str


def read_page_request(method: str, target: str, headers: Message, form: bytes) -> PageRequest:
    cookies = _cookies(headers.get("Cookie", ""))
    theme = cookies.get(THEME_COOKIE, "")
    return PageRequest(
        method=method,
        path=urlsplit(target).path,
        language=_language(cookies.get(LANGUAGE_COOKIE, ""), headers.get("Accept-Language", "")),
        theme=theme if theme in {"light", "dark"} else "",
        form={name: values[-1] for name, values in parse_qs(form.decode("utf-8", "replace")).items()},
        same_site=_is_same_site(headers),
        device_type=_device_type(headers.get("User-Agent", "")),
    )


def _device_type(user_agent: str) -> str:
    signs = {"Windows": "win", "Macintosh": "mac", "Android": "win", "Linux": "linux"}
    # A phone has no AWS VPN Client: its owner's computer is Windows, as most are.
    return next((device for sign, device in signs.items() if sign in user_agent), "win")


def _cookies(text: str) -> dict[str, str]:
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(text).items()}
    except CookieError:
        return {}


def _language(chosen: str, accepted: str) -> str:
    """The first of ours that is named; Japanese if none is."""
    for word in (chosen, *accepted.split(",")):
        tag = word.partition(";")[0].strip().lower().partition("-")[0]
        if tag in {"ja", "en"}:
            return tag
    return "ja"


def _is_same_site(headers: Message) -> bool:
    """Browsers send Origin with every form; the host is checked against a page that renamed itself to us."""
    host = headers.get("Host", "")
    return host.partition(":")[0] == "localhost" and headers.get("Origin", "") == f"http://{host}"
