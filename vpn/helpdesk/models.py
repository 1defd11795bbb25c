"""What agents asked to be told of, and what their callers saw an error page of."""

from typing import ClassVar, Final

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.access.models import USERNAME_LENGTH

CAUSE_LENGTH: Final = 60


class WatchOutcome(models.TextChoices):
    WAITING = "waiting", _("not yet")
    CONNECTED = "connected", _("the person has connected")
    CAUSE_GONE = "cause-gone", _("the cause isn't there any more")
    EXPIRED = "expired", _("nothing changed in time")


class FailedRequest(models.Model):
    """A page that somebody signed in couldn't have: what the reference number on the error page leads to.

    ``path`` without the query, which may hold what was searched for.
    """

    reference = models.CharField(max_length=11, primary_key=True)
    username = models.CharField(max_length=USERNAME_LENGTH)
    status = models.SmallIntegerField()
    path = models.CharField(max_length=200)
    at = models.DateTimeField(db_index=True)

    class Meta:
        app_label = "vpn"

    def __str__(self) -> str:
        return f"{self.reference} {self.status}"


class CallAnswer(models.TextChoices):
    RIGHT = "right", _("This was it")
    OTHER = "other", _("It was something else")


class DiagnosedCall(models.Model):
    """What was said of one opening of a person's page (vpn.helpdesk.learning.note_call), and what it turned out to be.

    Of whom and by whom isn't kept: ``key`` is a keyed hash. ``cause`` empty: none was found. ``answer`` empty: nobody
    has said. ``actual``: a vpn.diagnosis.causes.CauseId where it was something else; ``note`` in the agent's words.
    """

    key = models.CharField(max_length=64, unique=True)
    at = models.DateTimeField(db_index=True)
    cause = models.CharField(max_length=CAUSE_LENGTH, blank=True)
    endpoint_id = models.CharField(max_length=40, blank=True)
    client_version = models.CharField(max_length=40, blank=True)
    answer = models.CharField(max_length=10, blank=True, choices=CallAnswer)
    actual = models.CharField(max_length=CAUSE_LENGTH, blank=True)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        app_label = "vpn"

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.cause}"


class HelpdeskWatch(models.Model):
    """An agent waits for a person's trouble to end, and is told once.

    ``layer`` and ``cause`` are those of the diagnosis at ``created_at``; empty: it found none. ``settled_at`` None:
    the agent hasn't been told yet.
    """

    agent = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="helpdesk_watches"
    )
    username = models.CharField(max_length=USERNAME_LENGTH)
    name = models.CharField(max_length=USERNAME_LENGTH)
    layer = models.CharField(max_length=20, blank=True)
    cause = models.CharField(max_length=CAUSE_LENGTH, blank=True)
    outcome = models.CharField(max_length=20, choices=WatchOutcome.choices, default=WatchOutcome.WAITING)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "vpn"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["agent", "username"], name="helpdesk_watch_once", condition=Q(settled_at=None)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.username} {self.layer}"
