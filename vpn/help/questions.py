"""At most three questions from what one sees to the cure: a problem of the guides, by its anchor."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Answer:
    """``leads_to``: the next question's id, or else the anchor of a problem."""

    text: Promise
    leads_to: str


@dataclass(frozen=True)
class Question:
    text: Promise
    answers: Sequence[Answer]


START: Final = "start"
QUESTIONS: Final[Mapping[str, Question]] = {
    START: Question(
        _("What happens?"),
        (
            Answer(_("The app can't be installed or doesn't start"), "app"),
            Answer(_("I press Connect, and nothing or an error comes"), "connect"),
            Answer(_("I sign in in the browser, and then it fails"), "sign-in"),
            Answer(_("It is connected, but something doesn't work"), "connected"),
        ),
    ),
    "app": Question(
        _("Which of these is it?"),
        (
            Answer(_("I am not an administrator of my computer"), "no-admin"),
            Answer(_("Since an update my profiles are gone"), "profiles-gone"),
            Answer(_("It says that a helper or an adapter is missing"), "adapter"),
        ),
    ),
    "adapter": Question(
        _("What does it say?"),
        (
            Answer(_("Something with “Helper Tool” (macOS)"), "helper-tool"),
            Answer(_("Something with “TAP-Windows” (Windows)"), "no-tap"),
        ),
    ),
    "connect": Question(
        _("What do you see after Connect?"),
        (
            Answer(_("No browser opens, or an empty one"), "no-browser"),
            Answer(_("A box for a user name and a password"), "password-box"),
            Answer(_("It says “Reconnecting” for minutes"), "network"),
            Answer(_("An error about TLS or the network"), "tls"),
            Answer(_("An error about ports"), "no-ports"),
        ),
    ),
    "network": Question(
        _("Do other web pages open?"),
        (
            Answer(_("Yes, all pages work"), "tls"),
            Answer(_("No, or I use another VPN too"), "reconnecting"),
        ),
    ),
    "sign-in": Question(
        _("What do you see at the end of the sign-in?"),
        (
            Answer(_("“The credentials received were incorrect”"), "credentials"),
            Answer(_("Something with “maximum size”"), "too-many-groups"),
            Answer(_("The browser says it is done, but the app goes on waiting"), "no-browser"),
        ),
    ),
    "connected": Question(
        _("What doesn't work?"),
        (
            Answer(_("A site says that I come from the wrong address"), "address"),
            Answer(_("One site or network can't be reached"), "unreachable"),
            Answer(_("Names inside the company aren't found"), "dns"),
            Answer(_("The printer nearby can't be reached"), "local-network"),
            Answer(_("The connection ends by itself"), "session-end"),
        ),
    ),
    "address": Question(
        _("What does the connection check say?"),
        (
            Answer(_("That this traffic isn't using the VPN"), "split"),
            Answer(_("That IPv6 traffic isn't on the VPN"), "ipv6"),
            Answer(_("That I'm not connected, though I am"), "not-through"),
        ),
    ),
}
