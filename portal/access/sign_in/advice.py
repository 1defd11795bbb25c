"""What somebody can do whose sign-in was refused. Never the reason itself: they may have forged the message."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# Texts for a kind of refusal, in the order in which to try them; the number for the helpdesk comes last
Advice = tuple[Promise, ...]

TURNED_AWAY: Final[Advice] = (
    _("Your company's sign-in page didn't let you in. Try again, and complete every step there."),
    _("Check that you aren't signed in there with another account, such as a private one."),
)
TOO_LATE: Final[Advice] = (
    _(
        "This sign-in was no longer valid. That happens if the sign-in page stays open for a long time, or if you"
        " open it again by the Back button or a bookmark."
    ),
    _("Start again with the button below."),
)
STARTED_ELSEWHERE: Final[Advice] = (
    _("You can't sign in from a tile of your company's app list. Sign in with the button below."),
    _("Bookmark the address of Genkan instead of the sign-in page."),
)
COOKIES: Final[Advice] = (
    _("Allow cookies for this site in your browser: it didn't send the one that this sign-in began with."),
    _("Start again with the button below, in the same browser, and don't use the Back button."),
)
SWITCHED_OFF: Final[Advice] = (_("Your sign-in worked, but your account has been switched off in Genkan."),)
NOT_READY: Final[Advice] = (
    _("Genkan can't reach your company's sign-in right now. There is nothing wrong with your account."),
    _("Try again in a few minutes."),
)
OLD_LINK: Final[Advice] = (
    _("An emergency link works once, and for ten minutes. Ask for a new one."),
    _("If your company's sign-in works again, use the button below."),
)
TRY_AGAIN: Final[Advice] = (_("Try again with the button below."),)


ADVICE: Final[dict[str, Advice]] = {
    "status": TURNED_AWAY,
    "expired": TOO_LATE,
    "in_response_to": TOO_LATE,
    "replay": TOO_LATE,
    "nothing_to_finish": TOO_LATE,
    "unsolicited": STARTED_ELSEWHERE,
    "deactivated": SWITCHED_OFF,
    "no_metadata": NOT_READY,
    "breakglass": OLD_LINK,
}


def advice_for(reason: str, *, without_cookies: bool) -> Advice:
    """``without_cookies``: the browser sent none, although it should have had some at this step."""
    advice = ADVICE.get(reason, TRY_AGAIN)
    if without_cookies and advice is TOO_LATE:
        advice = COOKIES
    return advice
