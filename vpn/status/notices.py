"""What one person is told above their pages of the line to the office: no snapshot of an endpoint shows it."""

from collections.abc import Collection
from typing import Final

from django.core.cache import cache
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.text import join_words
from vpn.assurance.models import Requirement, RequirementStatus, RequirementValue
from vpn.assurance.queries import OLD, RequirementState, current_state
from vpn.endpoints.models import Endpoint
from vpn.moments import format_recent_moment
from vpn.notices.notice import Notice
from vpn.status.advice import advice_instead

CACHE_KEY: Final = "office-states"
# It is the same for everybody, and each open page would ask again.
CACHE_SECONDS: Final = 10


def office_notices(allowed: Collection[Endpoint]) -> list[Notice]:
    """At most one, of the endpoints that the person may use; as `/status/` has it, with the same advice."""
    own = [state for state in _office_states() if state.endpoint in allowed]
    failing = [state for state in own if state.value is RequirementValue.FAILS and state.endpoint]
    if not failing:
        return []
    since = min(state.since for state in failing if state.since)
    title = _("The office network can't be reached through %(labels)s (since %(since)s).") % {
        "labels": join_words(state.endpoint.label for state in failing if state.endpoint),
        "since": format_recent_moment(since),
    }
    return [Notice("warn", title, advice_instead(failing, own, allowed))]


def _office_states() -> list[RequirementState]:
    """Of each endpoint, ten seconds old at most; nothing while none fails."""
    states: list[RequirementState] | None = cache.get(CACHE_KEY)
    if states is None:
        states = _find_office_states()
        cache.set(CACHE_KEY, states, CACHE_SECONDS)
    return states


def _find_office_states() -> list[RequirementState]:
    now = timezone.now()
    failing = RequirementStatus.objects.filter(
        requirement=Requirement.OFFICE_REACHED,
        value=RequirementValue.FAILS,
        evaluated_at__gte=now - OLD,
        endpoint__vanished_at=None,
        endpoint__isnull=False,
    )
    if not failing.exists():
        return []
    return [
        state
        for state in current_state(now)
        if state.requirement == Requirement.OFFICE_REACHED and state.endpoint is not None
    ]
