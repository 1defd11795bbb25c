"""Opening somebody's page: only with a reason, recorded, and not fifty people an hour."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final

from django import forms
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.access.models import User
from portal.access.names import account_key, is_same_account
from portal.access.requests import PortalRequest
from portal.audit import targets
from portal.audit.models import AuditEvent
from portal.audit.services import record
from portal.audit.tags import Tag
from portal.forms import PortalForm
from vpn.helpdesk.learning import call_key

SESSION_KEY: Final = "helpdesk-opened"
# As long as a call and the work after it; then it is another look, with a reason of its own.
OPEN_FOR: Final = timedelta(hours=1)
MAX_REMEMBERED: Final = 20
MAX_REASON: Final = 200
# On a bad day an agent answers twenty calls an hour.
PEOPLE_AN_HOUR: Final = 30
OPENING_TAGS: Final = (Tag.HELPDESK_PERSON_OPENED, Tag.SUPPORT_CODE_OPENED)


class OpeningForm(PortalForm):
    reason = forms.CharField(
        label=_("Ticket number or reason"),
        max_length=MAX_REASON,
        strip=True,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autofocus": True}),
        help_text=_("Recorded together with your name. The person can ask who looked."),
    )


def is_open(request: PortalRequest, username: str) -> bool:
    """Whether this browser has opened the person's page lately. One's own needs no opening."""
    if is_same_account(username, request.user.username):
        return True
    opened_at = request.session.get(SESSION_KEY, {}).get(account_key(username))
    return bool(opened_at) and timezone.now() - datetime.fromisoformat(opened_at) < OPEN_FOR


def call_of(request: PortalRequest, username: str) -> str:
    """The key of the call for which the person's page is open; empty: it isn't, or it is one's own."""
    opened_at = request.session.get(SESSION_KEY, {}).get(account_key(username))
    if not opened_at or not is_open(request, username):
        return ""
    return call_key(request.user.username, account_key(username), opened_at)


@contextmanager
def next_opening(agent: User) -> Iterator[bool]:
    """Whether the agent may open one more person, and the only moment in which this agent opens somebody.

    Without the lock, requests that arrive together would all count before any is recorded.
    """
    with transaction.atomic():
        User.objects.select_for_update().get(pk=agent.pk)
        yield not opened_too_many(agent)


def opened_too_many(agent: User) -> bool:
    """Counted in the audit record, so that neither another browser nor another process counts anew."""
    since = timezone.now() - timedelta(hours=1)
    events = AuditEvent.objects.filter(tag__in=OPENING_TAGS, actor=agent.username, at__gt=since)
    people = {account_key(username) for username in events.values_list("target_id", flat=True)}
    return len(people) >= PEOPLE_AN_HOUR


def open_person(
    request: PortalRequest, username: str, *, reason: str, tag: Tag = Tag.HELPDESK_PERSON_OPENED
) -> None:
    """Recorded under the person, who is the first to have a right to know."""
    record(
        tag,
        actor=request.user,
        target=targets.person(username),
        address=request.client_address,
        reference=request.reference,
        details={"reason": reason},
    )
    # A copy: a change inside the old one would not be saved.
    opened = dict(request.session.get(SESSION_KEY, {}))
    opened.pop(account_key(username), None)
    opened[account_key(username)] = timezone.now().isoformat()
    request.session[SESSION_KEY] = dict(list(opened.items())[-MAX_REMEMBERED:])
