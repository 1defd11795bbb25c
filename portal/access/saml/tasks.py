"""Periodic tasks of signing in. Nobody has to wait for them: a sign-in works without the worker."""

from celery import shared_task
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone

from portal.access.saml import metadata
from portal.access.saml.models import UsedAssertion


@shared_task
def refresh_metadata() -> None:
    """Read the identity provider's metadata, so that a new certificate is known before it is used."""
    metadata.refresh()


@shared_task
def forget_expired() -> None:
    """Delete sessions that have ended, and used assertions that have expired for certain (assertion.SKEW included)."""
    SessionStore.clear_expired()
    UsedAssertion.objects.filter(expires_at__lt=timezone.now()).delete()
