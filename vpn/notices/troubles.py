"""What is broken now for one person, in words, and what helps."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.text import join_sentences, join_words
from vpn.endpoints.models import Endpoint
from vpn.endpoints.trouble import (
    GONE_IS_NEWS,
    EndpointTrouble,
    TroubleKind,
    find_trouble,
    is_standby,
    solves,
)
from vpn.moments import format_recent_moment
from vpn.notices.notice import Notice
from vpn.notices.plans import find_closing, find_resumption


@dataclass(frozen=True)
class PersonTrouble:
    """``planned``: an operation of ours did it; ``until``: when it is to be over; ``instead``: endpoints that help.

    ``reported``: those who can mend it have heard of it.
    """

    trouble: EndpointTrouble
    planned: bool
    reported: bool
    until: datetime | None
    instead: Sequence[str]

    @property
    def endpoint(self) -> Endpoint:
        return self.trouble.endpoint

    @property
    def title(self) -> str:
        since = self.trouble.since
        values = {"label": self.endpoint.label, "since": format_recent_moment(since) if since else "?"}
        return _title(self.trouble.kind, planned=self.planned) % values

    @property
    def text(self) -> str:
        """What helps, and whether anybody need be told."""
        sentences = []
        if self.until:
            sentences.append(
                _("It is planned to be back at %(until)s.") % {"until": format_recent_moment(self.until)}
            )
        if self.instead:
            sentences.append(_("Connect to %(labels)s instead.") % {"labels": join_words(self.instead)})
        if self.reported:
            sentences.append(_("We know about this. You don't need to report it."))
        elif self.trouble.kind is TroubleKind.GONE:
            # It won't come back by itself. Who is to use another one since it was closed down needs nobody.
            if not (self.planned and self.instead):
                sentences.append(_("If you still need it, ask your helpdesk."))
        elif not self.planned:
            sentences.append(_("If this lasts for more than ten minutes, tell your helpdesk."))
        return join_sentences(*sentences)

    @property
    def notice(self) -> Notice:
        tone = "info" if self.planned else "warn"
        if not self.instead:
            return Notice(tone, self.title, self.text)
        return Notice(tone, self.title, self.text, reverse("profiles"), _("To the profiles"))


def troubles_for(
    endpoints: Iterable[Endpoint],
    *,
    allowed: Collection[Endpoint],
    used: Collection[Endpoint],
    is_reported: Callable[[EndpointTrouble], bool],
) -> list[PersonTrouble]:
    """Of the endpoints that this person uses; of all that the person may use, if it is none yet.

    ``allowed``: AWS's rules let the person in; ``used``: downloaded, or connected to. An endpoint that is gone has no
    rules any more, so that only having used it tells whom it concerns. ``is_reported``: whether somebody who can mend
    it has heard of a trouble; asked only of what is broken and not planned.
    """
    concerned = [endpoint for endpoint in endpoints if _concerns(endpoint, allowed=allowed, used=used)]
    troubles = [trouble for trouble in map(find_trouble, concerned) if trouble]
    return [_person_trouble(trouble, allowed, is_reported) for trouble in troubles]


def is_without_way(troubles: Collection[PersonTrouble], endpoints: Collection[Endpoint]) -> bool:
    """Whether none of these endpoints of the person's leads to the fixed address (or anywhere, if none is meant to)."""
    broken = [trouble.endpoint for trouble in troubles]
    full = [endpoint for endpoint in (*endpoints, *broken) if not endpoint.split_tunnel]
    needed = full or [*endpoints, *broken]
    return bool(broken) and all(endpoint in broken or is_standby(endpoint) for endpoint in needed)


def _concerns(endpoint: Endpoint, *, allowed: Collection[Endpoint], used: Collection[Endpoint]) -> bool:
    if endpoint.vanished_at is not None:
        is_news = endpoint.vanished_at > timezone.now() - GONE_IS_NEWS
        # Without any other endpoint it is the only answer to "where is my profile?".
        return endpoint in used and (is_news or not allowed)
    uses_any = any(candidate in used for candidate in allowed)
    return endpoint in allowed and (endpoint in used or not uses_any)


def _person_trouble(
    trouble: EndpointTrouble, allowed: Iterable[Endpoint], is_reported: Callable[[EndpointTrouble], bool]
) -> PersonTrouble:
    closing = find_closing(trouble)
    return PersonTrouble(
        trouble,
        planned=closing is not None,
        reported=closing is None and is_reported(trouble),
        until=find_resumption(trouble.endpoint.pk) if closing else None,
        instead=[endpoint.label for endpoint in allowed if solves(endpoint, trouble)],
    )


def _title(kind: TroubleKind, *, planned: bool) -> str:
    if kind is TroubleKind.GONE:
        if planned:
            return _("%(label)s was closed down (%(since)s)")
        return _("%(label)s is no longer there (since %(since)s)")
    if kind is TroubleKind.CLOSED:
        if planned:
            return _("%(label)s is paused as planned (since %(since)s)")
        return _("%(label)s can't be connected to right now (since %(since)s)")
    return _("%(label)s can't provide the fixed IP address right now (since %(since)s)")
