"""What the card says and the one thing to do: a known outage first, then a failure of just now, then the verdict."""

from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from portal.text import join_sentences
from vpn.connection_log.models import Connection
from vpn.connection_log.reasons import REASONS
from vpn.connection_log.search.rows import connection_state
from vpn.egress.path import NOT_CONNECTED
from vpn.egress.person import PersonContext
from vpn.egress.texts import VERDICT_TEXTS, body, heading
from vpn.egress.user_agent import MOBILE
from vpn.egress.verdict import EgressResult, RefinedVerdict
from vpn.endpoints.presence import PersonPresence
from vpn.moments import format_recent_moment
from vpn.notices.troubles import PersonTrouble, is_without_way

# Their anchors are the same in the guide of every system (vpn/guides/text).
CONNECT, PROBLEMS, IPV6, SPLIT = "connect", "problems", "ipv6", "split"
ASK_HELPDESK: Final = frozenset({EgressResult.DRIFT, EgressResult.FORMER, EgressResult.UNKNOWN})
MAY_BE_BROKEN: Final = NOT_CONNECTED | {EgressResult.DRIFT, EgressResult.FORMER}


@dataclass(frozen=True)
class CardAction:
    """A link, or what a button copies. ``check``: egress.js looks again in place."""

    label: str
    url: str = ""
    copy_text: str = ""
    check: bool = False


@dataclass(frozen=True)
class Explanation:
    """``primary`` None: there is nothing to do. ``trouble``: what it says is broken; ``failure``: what just failed.

    ``by_itself``: what the page then does without being asked, which it does with JavaScript only.
    """

    tone: str
    heading: str
    body: str
    primary: CardAction | None
    trouble: PersonTrouble | None = None
    failure: Connection | None = None
    by_itself: str = ""


@dataclass(frozen=True)
class FailureCause:
    """Why the newest attempt failed, in words for the person. ``cure`` None: they can only tell the helpdesk."""

    text: str
    cure: CardAction | None


def check_again() -> CardAction:
    return CardAction(_("Check again"), url=reverse("egress"), check=True)


def fix_problem() -> CardAction:
    return CardAction(_("How to fix this"), url=_guide(PROBLEMS))


def to_profiles() -> CardAction:
    return CardAction(_("To the profiles"), url=reverse("profiles"))


def copy_diagnosis(diagnosis: str) -> CardAction:
    return CardAction(_("Copy diagnosis"), copy_text=diagnosis)


def explain(
    refined: RefinedVerdict,
    person: PersonContext,
    *,
    presence: PersonPresence,
    system: str,
    diagnosis: str,
    cause: FailureCause | None = None,
) -> Explanation:
    """``system``: what the browser runs on. ``diagnosis``: what the helpdesk is sent. ``cause``: of a fresh failure."""
    trouble = _trouble(refined.result, person, presence)
    if trouble:
        return _explain_trouble(trouble)
    if refined.result in NOT_CONNECTED and system in MOBILE:
        return _explain_mobile(refined, system)
    if refined.result in NOT_CONNECTED and person.fresh_failure:
        return _explain_failure(person.fresh_failure, cause, diagnosis)
    tone = VERDICT_TEXTS[refined.result].tone
    outside = refined.result is EgressResult.OUTSIDE
    return Explanation(
        tone,
        heading(refined),
        body(refined),
        _primary(refined.result, person, diagnosis),
        by_itself=_("Once you are connected, this page changes by itself.") if outside else "",
    )


def _trouble(result: EgressResult, person: PersonContext, presence: PersonPresence) -> PersonTrouble | None:
    """The outage that is the answer to "why doesn't it work?", if there is one."""
    if result not in MAY_BE_BROKEN:
        return None
    if presence.active:
        connected = (known for known in person.troubles if known.endpoint.endpoint_id == presence.endpoint_id)
        return next(connected, None)
    mine = [endpoint for endpoint in person.allowed if endpoint in person.used] or person.allowed
    if is_without_way(person.troubles, mine):
        return person.troubles[0]
    return None


def _explain_trouble(trouble: PersonTrouble) -> Explanation:
    profiles = to_profiles() if trouble.instead else None
    return Explanation(
        "info" if trouble.planned else "warn",
        trouble.title,
        trouble.text,
        profiles,
        trouble=trouble,
        by_itself=_("This page changes by itself when it works again."),
    )


def _explain_mobile(refined: RefinedVerdict, system: str) -> Explanation:
    text = _(
        "The VPN doesn't work on %(system)s. Open this page on a computer with Windows, macOS or Ubuntu: %(url)s"
    )
    return Explanation(
        VERDICT_TEXTS[refined.result].tone,
        heading(refined),
        text % {"system": system, "url": settings.SITE_URL},
        CardAction(_("Copy the address of this page"), copy_text=settings.SITE_URL),
    )


def _explain_failure(failure: Connection, cause: FailureCause | None, diagnosis: str) -> Explanation:
    title = _("The attempt to connect at %(time)s failed") % {"time": format_recent_moment(failure.at)}
    if cause is not None:
        action = cause.cure or copy_diagnosis(diagnosis)
        return Explanation("out", title, cause.text, action, failure=failure)
    return Explanation("out", title, _reason_text(failure), fix_problem(), failure=failure)


def _reason_text(failure: Connection) -> str:
    """What AWS wrote, where nothing more is known."""
    reason = connection_state(failure).reason
    known = failure.failure_reason is None or failure.failure_reason in REASONS
    cause = reason if known else _("AWS refused the connection (%(reason)s)") % {"reason": reason}
    advice = connection_state(failure).advice
    return join_sentences(_("%(reason)s.") % {"reason": cause}, advice)


def _primary(result: EgressResult, person: PersonContext, diagnosis: str) -> CardAction | None:
    """One right thing to do for each verdict. Green has none: the address to copy stands beside it."""
    if result in ASK_HELPDESK:
        return copy_diagnosis(diagnosis)
    match result:
        case EgressResult.VPN_V6:
            return CardAction(_("How to fix this"), url=_guide(IPV6))
        case EgressResult.SPLIT:
            return CardAction(_("How to fix this"), url=_guide(SPLIT))
        case EgressResult.OFFICE:
            return CardAction(_("Set up for working remotely"), url=reverse("guides"))
        case EgressResult.OUTSIDE:
            # Who has no profile yet begins at the beginning.
            return CardAction(
                _("Show how to connect"),
                url=_guide(CONNECT) if person.downloads.newest else reverse("guides"),
            )
        case EgressResult.OUTSIDE_UNKNOWN:
            return check_again()
    return None


def _guide(anchor: str) -> str:
    return f"{reverse('guides')}#{anchor}"
