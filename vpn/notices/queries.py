"""All that one person is told, on every page of an employee."""

from collections.abc import Collection, Iterable
from typing import Final

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.text import join_sentences, join_words
from vpn.endpoints.models import Endpoint
from vpn.endpoints.trouble import EndpointTrouble, TroubleKind, find_trouble, solves
from vpn.health_events.queries import issues_for
from vpn.moments import format_recent_moment
from vpn.notices.notice import Notice
from vpn.notices.plans import PlannedWork, planned_work
from vpn.notices.troubles import PersonTrouble

# A reason is written for the record, by hand.
REASON_LENGTH: Final = 200


def planned_notices(allowed: Collection[Endpoint]) -> list[Notice]:
    """``allowed``: the endpoints that this person may use. Others are of no interest, and might reveal their names."""
    by_key = {endpoint.pk: endpoint for endpoint in allowed}
    return [
        _planned_notice(work, by_key[work.endpoint], allowed)
        for work in planned_work()
        # What is broken anyway needs no announcement.
        if work.endpoint in by_key and not find_trouble(by_key[work.endpoint])
    ]


def trouble_notices(troubles: Iterable[PersonTrouble]) -> list[Notice]:
    return [trouble.notice for trouble in troubles]


def health_notices(allowed: Collection[Endpoint]) -> list[Notice]:
    """Trouble that AWS reports itself: people may feel it, though everything here looks as it should."""
    return [
        Notice(
            "warn",
            _("AWS reports trouble with %(service)s in %(region)s (since %(since)s).")
            % {
                "service": event.service,
                "region": event.region,
                "since": format_recent_moment(event.started_at or event.updated_at),
            },
            _("If your connection fails or is slow, this may be why. You don't need to report it."),
            reverse("health_events"),
            _("What AWS writes"),
        )
        for event in issues_for(allowed, timezone.now())
    ]


def outdated_notice(endpoint: Endpoint) -> Notice:
    return Notice(
        "warn",
        _("Your profile is out of date."),
        _("Download %(label)s again and import it in AWS VPN Client: the old file may no longer connect.")
        % {"label": endpoint.label},
        reverse("profiles"),
        _("To the profiles"),
    )


def planned_title(work: PlannedWork, label: str) -> str:
    """From when to when the endpoint called ``label`` is closed, or when there is work at it."""
    values = {"label": label, "at": format_recent_moment(work.at)}
    if work.until:
        values["until"] = format_recent_moment(work.until)
        return _("%(label)s can't be used from %(at)s until %(until)s.") % values
    if work.closes:
        return _("%(label)s can't be used from %(at)s on.") % values
    return _("%(label)s: work is planned for %(at)s.") % values


def planned_effect(work: PlannedWork) -> str:
    """What it means for those who are connected then."""
    if work.reconnects and not work.closes:
        return _("You may be disconnected then, and connect again after some seconds.")
    return _("Whoever is connected then is disconnected.")


def _planned_notice(work: PlannedWork, endpoint: Endpoint, allowed: Collection[Endpoint]) -> Notice:
    return Notice(
        "warn" if work.closes and not work.until else "info",
        planned_title(work, endpoint.label),
        _planned_text(work, endpoint, allowed),
    )


def _planned_text(work: PlannedWork, closed: Endpoint, allowed: Collection[Endpoint]) -> str:
    sentences = [planned_effect(work)]
    others = [endpoint.label for endpoint in allowed if _replaces(endpoint, closed)]
    if others and not (work.reconnects and not work.closes):
        sentences.append(_("Connect to %(labels)s instead.") % {"labels": join_words(others)})
    if work.reason:
        sentences.append(_("Reason: %(reason)s") % {"reason": work.reason[:REASON_LENGTH]})
    return join_sentences(*sentences)


def _replaces(candidate: Endpoint, closed: Endpoint) -> bool:
    return solves(candidate, EndpointTrouble(closed, TroubleKind.CLOSED, None))
