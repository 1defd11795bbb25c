"""Tasks of the schedule."""

from celery import shared_task
from django.utils import timezone

from vpn.allowlist import services


@shared_task
def publish() -> None:
    services.publish(timezone.now())
