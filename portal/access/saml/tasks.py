"""What beat does for sign-in; signing in itself needs none of it."""

from celery import shared_task
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone

from portal.access.saml import metadata
from portal.access.saml.models import UsedAssertion


@shared_task
def refresh_metadata() -> None:
    metadata.refresh()


@shared_task
def forget_expired() -> None:
    """Sessions that have ended, and assertions that no clock could take for valid any more."""
    SessionStore.clear_expired()
    UsedAssertion.objects.filter(expires_at__lt=timezone.now()).delete()
